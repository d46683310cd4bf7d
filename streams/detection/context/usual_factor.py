"""What the bulk of entities usually does at an hour of the week: what an open bucket is held to."""

from __future__ import annotations

import msgspec

from detectors.exposure.weekly_level import WeeklyLevel


class UsualFactor:
    """Common factors of the past by hour of the week.

    A bucket's own factor is known when it closes. Until then its counts are held to the factor
    that this hour usually has (`WeeklyLevel`), else to the last one; to 1 before any.

    Examples
    --------
    >>> usual = UsualFactor()
    >>> for hour, factor in [(9, 2.0), (10, 3.0)]:
    ...     usual.learn(hour, factor)
    >>> usual.at(9), usual.at(11)
    (2.0, 3.0)
    """

    def __init__(self) -> None:
        self._week = WeeklyLevel()
        self._last = 1.0

    def at(self, hour: int) -> float:
        """What to expect of an hour of the week, 0 to 167."""
        level = self._week.level(hour)
        return self._last if level is None else level[0]

    def learn(self, hour: int, factor: float) -> None:
        """Take in the factor of a closed bucket."""
        self._week.learn(hour, factor, factor)
        self._last = factor

    def dump(self) -> bytes:
        """State as bytes."""
        return msgspec.msgpack.encode([self._last, self._week.dump()])

    def load(self, state: bytes) -> None:
        """Take the state that `dump` gave."""
        self._last, week = msgspec.msgpack.decode(state, type=tuple[float, bytes])
        self._week.load(week)
