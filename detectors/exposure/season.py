"""The week of a single entity, learned from its own counts: how busy each hour is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.exposure.hours_seen import HOURS
from detectors.exposure.profile import factors
from detectors.kernels.library import NOTHING, kernel
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

LEAST_DUE = 1.0
"""Expectation from which a bucket has full weight; buckets with a smaller one have less."""

DAY = 24

_TABULATE = kernel("tabulate_season")
_ADD = kernel("season_add")


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
        self._index, self._sums = np.zeros((0, HOURS)), np.zeros((0, 2 * DAY))
        """Indices before they are scaled, and by hour of the day the sums that scale them."""
        self.state = State()
        self.state.columns(self, "_seen", "_due")
        self.state.after_grow(self._grow)
        self.state.after_unpack(self._derive)
        self.state.after_keep(lambda _: self._derive())

    def _derive(self) -> None:
        """Work out the indices of all rows."""
        rows = len(self._seen)
        self._index, self._sums = np.zeros((rows, HOURS)), np.zeros((rows, 2 * DAY))
        self._tabulate(0, -1)

    def _grow(self) -> None:
        """Work out the indices of rows that were added."""
        known = len(self._index)
        added = len(self._seen) - known
        if added > 0:
            self._index = np.concatenate([self._index, np.zeros((added, HOURS))])
            self._sums = np.concatenate([self._sums, np.zeros((added, 2 * DAY))])
            self._tabulate(known, -1)

    def _tabulate(self, start: int, clock: int) -> None:
        """Work out the indices of rows from `start` on, of an hour of the day or (-1) of all."""
        _TABULATE(
            start, len(self._seen), clock, self._seen, self._due, self._weight,
            self._index, self._sums,
        )  # fmt: skip

    def known(self, hour: int | None) -> tuple[Any, ...]:
        """What is known of an hour of the week, as kernels take it."""
        return 0, -1 if hour is None else hour, self._index, self._sums, NOTHING, NOTHING

    def factor(self, rows: Rows | slice, hour: int) -> tuple[F8, F8]:
        """S of these rows in an hour of the week, and 0 for its error."""
        return factors(rows, len(self._index), self.known(hour))

    def add(self, rows: slice, hour: int, x: F8, plain: F8, trust: F8 = NOTHING) -> None:
        """Learn how much rows counted.

        Parameters
        ----------
        rows
            Which rows learn.
        hour
            Hour of the week.
        x
            Counts of all rows, winsorised.
        plain
            What would be expected of them without the season.
        trust
            As `Profile.add` takes it. It changes nothing: a row teaches only itself.
        """
        _ADD(
            rows.start, rows.stop - rows.start, hour, x, plain, self._keep, LEAST_DUE,
            self._seen, self._due,
        )  # fmt: skip

    def pass_bucket(self, hour: int) -> None:
        """End a bucket: what it taught counts from now on."""
        self._tabulate(0, hour % DAY)
