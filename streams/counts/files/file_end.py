"""Up to when a source's files are complete: what an end mark says, of `ingest` as of `replay`.

It is the largest event time of the files that other records bear out. One fast clock, or one
corrupt time, must not close buckets in which hardly anything has happened yet: the source would be
judged on that, and the next file's first events would be late.
"""

from __future__ import annotations

from streams.sources.clock_jump import JumpGuard

NEIGHBOURS = 64
"""A record is compared with so many before it, and so many after it."""

SURE = 16
"""So many records after one must there be, where others are contradicted."""


class FileEnd:
    """Takes the event times of a source's files in their order.

    A time is *contradicted* if most of the 64 records before it and most of the 64 after it lie
    more than the lateness behind it. Where there are fewer, these decide; the very first record is
    believed, since files from the newest row down begin with their end. Where some of the last
    records are contradicted, those with fewer than sixteen after them are not believed either.
    Files in order contradict none, however sparse they are.

    Parameters
    ----------
    bucket_s, lateness_s
        The source's settings.
    lanes
        How many: the end is no later than what one of them has accepted (`JumpGuard`).

    Examples
    --------
    >>> end = FileEnd(60, 10.0, lanes=1)
    >>> for time_s in (0.0, 60.0, 9e8, 120.0, 4000.0, 130.0, 140.0, 150.0, 4030.0, 160.0, 170.0):
    ...     end.take(0, time_s)
    >>> end.finish()
    170.0
    """

    def __init__(self, bucket_s: float, lateness_s: float, lanes: int) -> None:
        self._guards = [JumpGuard[None](bucket_s) for _ in range(lanes)]
        self._lateness_s = lateness_s
        self._times: list[float] = []
        self._undecided = 0  # where in `_times` those begin that have not been compared
        self._end: float | None = None

    def take(self, lane: int, time_s: float) -> None:
        """Take an event's time."""
        guard = self._guards[lane]
        front = guard.front
        if front is None or time_s > front + guard.jump_s or len(guard):
            guard.offer(time_s, None)
        elif time_s > front:
            guard.front = time_s
        self._times.append(time_s)
        if len(self._times) == 3 * NEIGHBOURS:
            self._compare(2 * NEIGHBOURS)
            del self._times[:NEIGHBOURS]
            self._undecided = NEIGHBOURS

    def finish(self) -> float | None:
        """Return the end, epoch s; None where there was no event."""
        last = len(self._times)
        self._compare(max(last - SURE + 1, self._undecided))
        if not any(map(self._contradicted, range(self._undecided))):
            self._compare(last)
        for guard in self._guards:
            guard.finish()
        accepted = (guard.front for guard in self._guards if guard.front is not None)
        return min(self._end, max(accepted, default=self._end)) if self._end is not None else None

    def _compare(self, upto: int) -> None:
        """Compare the next records that are later than the end, the latest first."""
        times, first = self._times, self._undecided
        self._undecided = upto
        for at in sorted(range(first, upto), key=times.__getitem__, reverse=True):
            if self._end is not None and times[at] <= self._end:
                return
            if not self._contradicted(at):
                self._end = times[at]
                return

    def _contradicted(self, at: int) -> bool:
        before = self._times[max(at - NEIGHBOURS, 0) : at]
        after = self._times[at + 1 : at + 1 + NEIGHBOURS]
        behind_s = self._times[at] - self._lateness_s
        return all(2 * sum(one < behind_s for one in side) > len(side) for side in (before, after))
