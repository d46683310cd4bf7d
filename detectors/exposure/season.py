"""The week of a single entity, learned from its own counts: how busy each hour is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.exposure.hours_seen import DAYS, HOURS
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

LEAST_DUE = 1.0
"""Expectation from which a bucket has full weight; buckets with a smaller one have less."""


class Season:
    r"""Index of each hour of the week, for each row from its own counts alone.

    For the few entities without a common factor, above all the total: no other entity shows how
    busy an hour is. In hour h a row is expected to count, against its rate,

    .. math::

        S(h) = \frac{\kappa B(h) + \sum u \tilde x / m_0}{\kappa + \sum u},
        \qquad u = \min(1, m_0)

    with :math:`m_0` expected without the season, :math:`\tilde x` the winsorised count, and B the
    same index for this hour on all days, which leans on 1. The indices are scaled to a mean of 1
    over the hours that were seen. The sums of an hour keep a part of their weight each week.

    It is used like `Profile`. State: 16 bytes for each row and hour of the week.

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
    >>> season = Season(1.0 / 24.0)
    >>> season.state.grow_to(1)
    >>> for hour in range(3 * HOURS):
    ...     count = 280.0 if 8 <= hour % 24 < 20 else 20.0
    ...     season.add(slice(0, 1), hour % HOURS, np.array([count]), np.array([150.0]))
    ...     season.pass_bucket(hour % HOURS)
    >>> [season.factor(slice(0, 1), hour)[0].round(1).tolist() for hour in (3, 12)]
    [[0.1], [1.9]]
    """

    def __init__(
        self, bucket_days: float, *, keep_per_week: float = 0.85, start_weight: float = 0.1
    ) -> None:
        self._keep = keep_per_week ** min(1.0, 24.0 * bucket_days)
        self._weight = start_weight
        self._seen, self._due = np.zeros((0, HOURS)), np.zeros((0, HOURS))
        self._index = np.zeros((0, HOURS))
        self.state = State()
        self.state.columns(self, "_seen", "_due")
        self.state.after_grow(self._tabulate)
        self.state.after_unpack(self._tabulate)
        self.state.after_keep(lambda _: self._tabulate())

    def _tabulate(self) -> None:
        """Work out the indices, for the next bucket."""
        rows = len(self._seen)
        seen, due = (part.reshape(rows, DAYS, 24) for part in (self._seen, self._due))
        clock = (self._weight + seen.sum(axis=1)) / (self._weight + due.sum(axis=1))
        lean = self._weight * np.tile(clock, DAYS)
        index = (lean + self._seen) / (self._weight + self._due)
        # Hours that were not seen say nothing about the level.
        known = np.where(self._due > 0.0, 1.0, 1e-9)
        level = np.sum(known * index, axis=1) / np.sum(known, axis=1)
        self._index = index / level[:, None]

    def factor(self, rows: Rows | slice, hour: int) -> tuple[F8, F8]:
        """S of these rows in an hour of the week, and 0 for its error."""
        index = self._index[rows, hour]
        return index, np.zeros(len(index))

    def add(self, rows: slice, hour: int, x: F8, plain: F8) -> None:
        """Learn how much rows counted.

        Parameters
        ----------
        rows
            Rows that x are the counts of.
        hour
            Hour of the week.
        x
            Counts, winsorised.
        plain
            What would be expected of them without the season.
        """
        part = np.minimum(1.0, plain / LEAST_DUE)
        self._seen[rows, hour] = self._seen[rows, hour] * self._keep + part * x / plain
        self._due[rows, hour] = self._due[rows, hour] * self._keep + part

    def pass_bucket(self, hour: int) -> None:
        """End a bucket: what it taught counts from now on."""
        self._tabulate()
