"""Which hours of the week have been seen, and how little is known of one that has not."""

from __future__ import annotations

import math

import numpy as np

from detectors.state import State

DAYS, WORKING, HOURS = 7, 5, 168

UNSEEN = 1.0
"""Squared relative error of an expectation for an hour of the day that was not seen yet, and for a
first hour of a weekend. Shorter buckets have a smaller error, because the last buckets help."""


class HoursSeen:
    r"""Closed buckets of each hour of the week.

    d buckets of the hour of the day have been seen, w of them on the same kind of day (working
    day or weekend) as the present one. The squared relative error of what is expected is taken as

    .. math:: \sqrt h \bigl((1 + d)^{-2} + (1 + w)^{-3}\bigr)

    for buckets of h hours, at most one hour. A larger error would not be safer: an e-detector
    takes the error as new in each bucket, and steady counts under a shape far below 1 look like
    a rise.

    Parameters
    ----------
    bucket_days
        Bucket size in days.

    Examples
    --------
    >>> seen = HoursSeen(1.0 / 24.0)
    >>> seen.error(9), seen.is_new(9)
    (2.0, True)
    >>> for day in range(5):
    ...     seen.pass_bucket(24 * day + 9)
    >>> round(seen.error(9), 3), round(seen.error(24 * 5 + 9), 3), seen.is_new(10)
    (0.032, 1.028, True)
    """

    def __init__(self, bucket_days: float) -> None:
        self._most = UNSEEN * math.sqrt(min(1.0, 24.0 * bucket_days))
        self._passed = np.zeros(HOURS)
        self._known: tuple[int, float, float] | None = None
        """An hour, and the buckets that have passed of it, on all days and on its kind of day."""
        self.state = State()
        self.state.shared(self, _passed=np.ndarray)
        self.state.after_unpack(self._forget)

    def _forget(self) -> None:
        self._known = None

    def _at(self, hour: int) -> tuple[int, float, float]:
        if self._known is None or self._known[0] != hour:
            by_day = self._passed[hour % 24 :: 24].tolist()
            alike = by_day[:WORKING] if hour < 24 * WORKING else by_day[WORKING:]
            self._known = hour, sum(by_day), sum(alike)
        return self._known

    def error(self, hour: int) -> float:
        """Squared relative error of what is expected in an hour of the week, 0 to 167."""
        _, days, alike = self._at(hour)
        return self._most * (1.0 / (1.0 + days) ** 2 + 1.0 / (1.0 + alike) ** 3)

    def is_new(self, hour: int) -> bool:
        """Whether no bucket has shown yet what happens at this hour of the day."""
        return not self._at(hour)[1]

    def pass_bucket(self, hour: int) -> None:
        """End a bucket."""
        self._passed[hour] += 1.0
        if self._known is not None:  # nearly always of the same hour
            known, days, alike = self._known
            self._known = (hour, days + 1.0, alike + 1.0) if known == hour else None
