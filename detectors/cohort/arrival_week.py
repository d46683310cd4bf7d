"""In which hours of the week newcomers come."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.exposure.hours_seen import HOURS
from detectors.state import State

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

CLOCK = 24

UNSEEN = 0.3
"""Squared relative error of an hour of the day in which nothing was expected yet."""


class ArrivalWeek:
    r"""Index of each hour of the week: newcomers of all rows, over what their rates expect.

    .. math::

        S(h) = \frac{\kappa B(h) + s_h}{\kappa + d_h} \Big/ \frac{\sum s}{\sum d}

    s and d are sums of :math:`u\,x / m` and of :math:`u = \min(1, m)`, with x counted in the
    bucket and m expected without the index. B is the same quotient for this hour on all days.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_week
        Weight that an hour's sums keep after a week.
    start_weight
        κ, in buckets.

    Examples
    --------
    >>> week = ArrivalWeek(1 / 24)
    >>> row = np.array([True])
    >>> for hour in range(336):
    ...     count = 19.0 if 8 <= hour % 24 < 20 else 1.0
    ...     week.learn(hour % 168, np.array([count]), np.array([10.0]), row)
    >>> [round(week.index(hour)[0], 1) for hour in (3, 12)], week.index(None)
    ([0.2, 1.8], (1.0, 0.0))
    """

    def __init__(
        self, bucket_days: float, *, keep_per_week: float = 0.85, start_weight: float = 3.0
    ) -> None:
        self._keep = keep_per_week ** min(1.0, 24.0 * bucket_days)
        self._weight = start_weight
        self._seen, self._due = np.zeros(HOURS), np.zeros(HOURS)
        self.state = State()
        self.state.shared(self, _seen=np.ndarray, _due=np.ndarray)

    def index(self, hour: int | None) -> tuple[float, float]:
        """S of an hour of the week, and the squared relative error that it has; 1 where None."""
        if hour is None:
            return 1.0, 0.0
        seen, due, weight = self._seen, self._due, self._weight
        clock = slice(hour % CLOCK, None, CLOCK)
        level = (weight + float(np.sum(seen))) / (weight + float(np.sum(due)))
        of_day = float(np.sum(due[clock]))
        same_hour = (weight * level + float(np.sum(seen[clock]))) / (weight + of_day)
        own = (weight * same_hour + float(seen[hour])) / (weight + float(due[hour]))
        return max(own / level, 0.01), UNSEEN / (1.0 + of_day)

    def learn(self, hour: int | None, x: F8, plain: F8, calm: Flags) -> None:
        """Learn a bucket: what rows counted, what was expected without the index, who counts."""
        if hour is None:
            return
        expected = float(np.sum(plain[calm]))
        if expected <= 0.0:
            return
        weight = min(1.0, expected)
        self._seen[hour] = (
            self._keep * self._seen[hour] + weight * float(np.sum(x[calm])) / expected
        )
        self._due[hour] = self._keep * self._due[hour] + weight
