"""What a source of counts usually brings at this hour of the week, robustly."""

from __future__ import annotations

import msgspec

HELD = 4
"""Occurrences of an hour of the week that its level is taken from: four weeks."""

LEAST_IN_PROGRESS = 5
"""Buckets after which an hour that was never seen before speaks for itself."""


class _Hour(msgspec.Struct, array_like=True):
    """One hour of the week: its last levels, and how often in a row it taught nothing."""

    levels: list[tuple[float, float]] = []
    refused: int = 0


class WeeklyLevel:
    r"""Levels of a pair of series by hour of the week, as lower medians of four weeks.

    The level of an hour is, of its mean counts a bucket in the last four weeks, the second
    smallest (of two the smaller, of one that): a feast, a flood or a defect in one week moves
    it little, a new level is taken on within two weeks, and a young source is held to
    its quietest. An hour not seen before has, from its fifth bucket on, the mean of those
    so far, else no level: nothing can be expected of a first weekend.

    Buckets of a day have one hour a weekday, that of midnight.

    Hours whose buckets were all left out (`skip`) four times in a row lose their level: what
    is left out for ever would never be learned.

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

    def forget(self) -> None:
        """Begin anew."""
        self._hours: dict[int, _Hour] = {}
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
        """Take in a bucket of this hour."""
        self._turn(hour)
        self._buckets += 1
        self._sums = (self._sums[0] + first, self._sums[1] + second)

    def skip(self, hour: int) -> None:
        """Leave a bucket of this hour out."""
        self._turn(hour)
        self._left_out += 1

    def _turn(self, hour: int) -> None:
        if hour == self._now:
            return
        of = self._hours.setdefault(self._now, _Hour())
        if self._buckets:
            means = (self._sums[0] / self._buckets, self._sums[1] / self._buckets)
            of.levels = [*of.levels, means][-HELD:]
            of.refused = 0
        elif self._left_out:
            of.refused += 1
            if of.refused >= HELD:
                of.levels, of.refused = [], 0
        self._hours.pop(-1, None)
        self._now, self._buckets, self._left_out, self._sums = hour, 0, 0, (0.0, 0.0)

    def dump(self) -> bytes:
        """State as bytes."""
        return msgspec.msgpack.encode(
            _Dump(self._hours, self._now, self._buckets, self._left_out, self._sums)
        )

    def load(self, state: bytes) -> None:
        """Take the state that `dump` gave."""
        got = msgspec.msgpack.decode(state, type=_Dump)
        self._hours, self._now = got.hours, got.now
        self._buckets, self._left_out, self._sums = got.buckets, got.left_out, got.sums


class _Dump(msgspec.Struct, array_like=True):
    hours: dict[int, _Hour]
    now: int
    buckets: int
    left_out: int
    sums: tuple[float, float]
