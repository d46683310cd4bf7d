"""In which hours of the week newcomers come."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.exposure.hours_seen import HOURS
from detectors.kernels.library import kernel
from detectors.state import State

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_INDEX = kernel("arrival_index")
_LEARN = kernel("learn_arrival_hour")

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
    >>> held = np.array([False])
    >>> for hour in range(336):
    ...     count = 19.0 if 8 <= hour % 24 < 20 else 1.0
    ...     week.learn(hour % 168, np.array([count]), np.array([10.0]), held)
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
        found: tuple[float, float] = _INDEX(hour, self._seen, self._due, self._weight, UNSEEN)
        return found

    def learn(self, hour: int | None, x: F8, plain: F8, held: Flags) -> None:
        """Learn a bucket.

        Parameters
        ----------
        hour
            Hour of the week.
        x, plain
            What rows counted, and what was expected of them without the index.
        held
            Rows that teach nothing.
        """
        if hour is not None:
            room = np.empty(2 * len(held))
            _LEARN(hour, x, plain, held, self._keep, self._seen, self._due, room)
