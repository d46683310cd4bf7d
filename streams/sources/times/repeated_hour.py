"""Which of two hours a local time means, where a clock change repeats an hour.

A text such as ``2025-11-02 01:30:00`` stands for two instants in New York. Only its place among the
other records says which: in a file in order the time goes back where the second hour begins.
"""

from __future__ import annotations

import datetime as dt

LEAST_STEP_S = 60.0
"""A smaller step back is a record out of order."""

SURE = 2.0
"""The second hour begins where the time goes back by more than so many times the largest step back
before."""


class RepeatedHours:
    """The order of a source's local times, file by file.

    The hour is the first one until the time goes back by more than the file's records usually do,
    or a time after both has been read. In a file out of order by a quarter of an hour and more
    nothing can be said: then it is the first.

    Examples
    --------
    >>> import zoneinfo
    >>> zone = zoneinfo.ZoneInfo("America/New_York")
    >>> hours = RepeatedHours()
    >>> times = [dt.datetime(2025, 11, 2, 1, minute, tzinfo=zone) for minute in (5, 50, 20, 55)]
    >>> [hours.place(time)[1].fold for time in times]
    [0, 0, 1, 1]
    """

    def __init__(self) -> None:
        self._second = False
        self._within: dt.datetime | None = None
        """Largest time of the first hour so far, on the clock."""
        self.begin_file()

    def begin_file(self) -> None:
        """Begin a file: its order is its own; an hour that the last one left goes on."""
        self._latest: dt.datetime | None = None
        self._step_s = 0.0

    def place(self, time: dt.datetime) -> tuple[bool, dt.datetime]:
        """Whether the clock has this local time twice, and the time with its fold.

        Parameters
        ----------
        time
            The file's next one, with its zone.
        """
        clock = time.replace(tzinfo=None, fold=0)
        repeated = _repeated(time)
        if repeated is None:
            self._pass(clock)
            return False, time
        step = max(LEAST_STEP_S, SURE * self._step_s)
        if step > repeated.total_seconds() / 2.0:
            return True, time
        if self._within is not None and self._within.date() != clock.date():
            self._second, self._within = False, None
        if self._within is None or clock > self._within:
            self._within = clock
        elif (self._within - clock).total_seconds() > step:
            self._second = True
        return True, time.replace(fold=1 if self._second else 0)

    def _pass(self, clock: dt.datetime) -> None:
        """Take in a time that the clock has once."""
        if self._within is not None:
            if clock < self._within - dt.timedelta(hours=1):
                self._second, self._within = False, None  # another file, or old data
            elif clock > self._within:
                self._second = True
        if self._latest is None or clock > self._latest:
            self._latest = clock
        else:
            self._step_s = max(self._step_s, (self._latest - clock).total_seconds())


def _repeated(time: dt.datetime) -> dt.timedelta | None:
    """How much later the second of two instants is that have this local time."""
    first, second = time.replace(fold=0).utcoffset(), time.replace(fold=1).utcoffset()
    if first is None or second is None or second >= first:
        return None
    return first - second
