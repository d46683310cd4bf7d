"""Which hours of the week have been seen, and how little is known of one that has not."""

from __future__ import annotations

import math

import numpy as np

from detectors.state import State

DAYS, WORKING, HOURS = 7, 5, 168

UNSEEN = 1.0
"""Squared relative error of an expectation for an hour of the day that nobody has seen yet, and
as much for one of a weekend's; in shorter buckets less, since the last ones say something."""


class HoursSeen:
    r"""Closed buckets of each hour of the week.

    With d buckets of an hour of the day, w of them on working days, or weekends, like the
    one at hand, the squared relative error of what is expected then is taken for

    .. math:: \sqrt h \bigl((1 + d)^{-2} + (1 + w)^{-3}\bigr)

    for buckets of h hours, an hour at most. More would promise less than it seems to: an
    e-detector takes what it does not know for new in each bucket, and steady counts under a
    shape far below 1 look like a rise.

    Parameters
    ----------
    bucket_days
        Bucket size in days.

    Examples
    --------
    >>> seen = HoursSeen(1.0 / 24.0)
    >>> seen.error(9), seen.new(9)
    (2.0, True)
    >>> for day in range(5):
    ...     seen.pass_bucket(24 * day + 9)
    >>> round(seen.error(9), 3), round(seen.error(24 * 5 + 9), 3), seen.new(10)
    (0.032, 1.028, True)
    """

    def __init__(self, bucket_days: float) -> None:
        self._most = UNSEEN * math.sqrt(min(1.0, 24.0 * bucket_days))
        self._passed = np.zeros(HOURS)
        self.state = State()
        self.state.shared(self, _passed=np.ndarray)

    def error(self, slot: int) -> float:
        """Squared relative error of what is expected in an hour of the week, 0 to 167."""
        by_day = self._passed[slot % 24 :: 24]
        alike = by_day[:WORKING] if slot < 24 * WORKING else by_day[WORKING:]
        days, like_it = float(np.sum(by_day)), float(np.sum(alike))
        return self._most * (1.0 / (1.0 + days) ** 2 + 1.0 / (1.0 + like_it) ** 3)

    def new(self, slot: int) -> bool:
        """Whether no bucket has shown yet what happens at this hour of the day."""
        return not bool(self._passed[slot % 24 :: 24].any())

    def pass_bucket(self, slot: int) -> None:
        """End a bucket."""
        self._passed[slot] += 1.0
