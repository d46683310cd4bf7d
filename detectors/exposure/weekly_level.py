"""The usual level of a series at each hour of the week, robust against single weeks."""

from __future__ import annotations

import msgspec

from detectors.state import State

HELD = 4
"""Weeks from which the level of an hour is taken."""

LEAST_IN_PROGRESS = 5
"""Buckets of an hour that was never seen before, from which it has a level."""


class _HourLevels(msgspec.Struct, array_like=True):
    """One hour of the week: its last levels, and the weeks in a row in which it was left out."""

    levels: list[tuple[float, float]] = []
    weeks_left_out: int = 0


class WeeklyLevel:
    r"""Levels of a pair of series by hour of the week, as lower medians of four weeks.

    The level of an hour is the second smallest of its mean counts a bucket in the last four
    weeks; of two the smaller one, of one that one. A holiday, a flood or a defect in one week
    changes it little, a new level is learned within two weeks, and a young source is compared
    with its quietest week. An hour that was not seen before has the mean of its buckets so far,
    from the fifth bucket on, and no level until then.

    With buckets of a day, each weekday has one hour, that of midnight.

    An hour whose buckets were all left out (`skip`) in four weeks in a row loses its level:
    otherwise a new level would never be learned.

    Examples
    --------
    >>> week = WeeklyLevel()
    >>> for monday in (900.0, 1000.0, 1800.0):
    ...     week.learn(0, monday, monday)
    ...     week.learn(24, 100.0, 100.0)
    >>> week.level(0)
    (1000.0, 1000.0)
    >>> week.level(48) is None
    True
    """

    def __init__(self) -> None:
        self.forget()
        self.state = State()
        self.state.keyed(self, _hours=dict[int, _HourLevels])
        self.state.shared(self, _now=int, _buckets=int, _left_out=int, _sums=tuple[float, float])

    def forget(self) -> None:
        """Begin anew."""
        self._hours: dict[int, _HourLevels] = {}
        self._now = -1
        self._buckets = 0
        self._left_out = 0
        self._sums = (0.0, 0.0)

    def level(self, hour: int) -> tuple[float, float] | None:
        """Usual counts a bucket in this hour, 0 to 167; None where nothing is known."""
        known = self._hours.get(hour)
        levels = [] if known is None else known.levels
        if hour == self._now and self._buckets and not levels:
            if self._buckets < LEAST_IN_PROGRESS:
                return None
            return self._sums[0] / self._buckets, self._sums[1] / self._buckets
        if not levels:
            return None
        middle = (len(levels) - 1) // 2
        first, second = zip(*levels, strict=True)
        return sorted(first)[middle], sorted(second)[middle]

    def learn(self, hour: int, first: float, second: float) -> None:
        """Learn a bucket of this hour: its count of the first and of the second series."""
        self._enter(hour)
        self._buckets += 1
        self._sums = (self._sums[0] + first, self._sums[1] + second)

    def skip(self, hour: int) -> None:
        """Leave a bucket of this hour out."""
        self._enter(hour)
        self._left_out += 1

    def _enter(self, hour: int) -> None:
        """End the last hour where this is another one."""
        if hour == self._now:
            return
        last = self._hours.setdefault(self._now, _HourLevels())
        if self._buckets:
            means = (self._sums[0] / self._buckets, self._sums[1] / self._buckets)
            last.levels = [*last.levels, means][-HELD:]
            last.weeks_left_out = 0
        elif self._left_out:
            last.weeks_left_out += 1
            if last.weeks_left_out >= HELD:
                last.levels, last.weeks_left_out = [], 0
        self._hours.pop(-1, None)
        self._now, self._buckets, self._left_out, self._sums = hour, 0, 0, (0.0, 0.0)
