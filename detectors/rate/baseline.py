"""How many complaints the messages due lead one to expect, for all entities."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.burst.bucket_rows import BLOCK
from detectors.distributions.dispersion import Dispersion
from detectors.exposure.common_factor import bulk
from detectors.kernels.library import kernel, placed
from detectors.rate.prior import BUSY, RatePrior
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

_PREDICT = kernel("predict_rate")
_LEARN = kernel("learn_rate")

NUMBERS = 3
"""How many numbers are remembered of a row that leaves."""


class Due(msgspec.Struct, frozen=True):
    """Messages whose complaints are due in a bucket, of each row."""

    known: F8
    """By known sends."""
    total: F8
    """With messages that were probably sent before the recording began."""


class RateBaseline:
    r"""Gamma(a, b) posteriors of complaints a message, the cohort's prior, and dispersions.

    Parameters
    ----------
    keep
        Weight that what was learned keeps after one more bucket.
    watched_buckets
        Buckets after its first in which an entity is watched before the prior learns from it.
    rate, shape, expectation_cv, winsor_sd
        As `RateBank` takes them.
    """

    def __init__(
        self,
        keep: float,
        watched_buckets: int,
        *,
        rate: float,
        shape: float,
        expectation_cv: float,
        winsor_sd: float,
    ) -> None:
        self._keep = keep
        self._shape = shape
        self._error = expectation_cv * expectation_cv
        self._winsor = winsor_sd
        self.dispersion = Dispersion(keep)
        self.prior = RatePrior(keep, watched_buckets, rate=rate)
        self.a, self.b = np.zeros(0), np.zeros(0)
        self._v, self._m = np.zeros(0), np.zeros(0)
        self.state = State()
        self.state.columns(self, "a", "b", "_v", "_m")
        self.state.include(dispersion=self.dispersion.state, prior=self.prior.state)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.a)

    def enter(self, count: int) -> None:
        """Add rows that have only the cohort's prior yet."""
        if not count:
            return
        start = len(self)
        self.prior.enter(start, start + count)
        self.state.grow_to(start + count)
        self.a[start:], self.b[start:] = self.prior.gamma()

    def begin(self, x: F8, due: F8) -> None:
        """Begin with the mean of the first judged bucket: no entity is judged by the given rate."""
        self.prior.start(float(np.sum(x)), float(np.sum(due)))
        self.a[:], self.b[:] = self.prior.gamma()

    def predictive(
        self, rows: slice | Rows, due: Due, factor: float = 1.0
    ) -> tuple[F8, F8, F8, F8]:
        """Widened shape and rate, mean, and exposure of some rows, by what is due of all.

        The exposure is messages due, times the common factor.
        """
        numbers, start, n = placed(rows)
        out = np.empty((4, n))
        _PREDICT(numbers, start, n, due.total, due.known, *self.known(factor), out)
        wide_a, wide_b, mean, exposure = out
        return wide_a, wide_b, mean, exposure

    def known(self, factor: float) -> tuple[Any, ...]:
        """What is known of the rows before a bucket with this common factor, as kernels take it."""
        return (
            factor, self.a, self.b, self._v, self._m, self.dispersion.table,
            self.dispersion.own_weight, self._error,
        )  # fmt: skip

    def common_factor(self, x: F8, due: Due, judged: Flags, weight: float) -> float:
        r"""Complaints about the bulk of the judged entities, over what was expected.

        .. math::

            f = \frac{\kappa + \sum u \min(x, c)}{\kappa + \sum u E[\min(X, c)]}

        c is 3 for sparse entities, and three predictive deviations over the mean for others,
        whose weight u makes them count as if three complaints were expected.
        """
        if not self.prior.begun:
            return 1.0
        sums = np.array([weight, weight])
        for at in range(0, len(self), BLOCK):
            rows = slice(at, min(at + BLOCK, len(self)))
            a, b, mean, exposure = self.predictive(rows, due)
            bulk(a, b, mean, x[rows], exposure, sums, judged[rows])
        seen, expected = map(float, sums)
        return seen / expected

    def learn(
        self, rows: slice, x: F8, mean: F8, due: Due, factor: float, relative: float, calm: Flags
    ) -> None:
        """Learn the complaints of one bucket; the arrays are of all rows.

        Parameters
        ----------
        rows
            Which rows learn.
        x, mean
            Complaints, and what `predictive` expected of them.
        due, factor
            Messages due, and the common factor of the bucket.
        relative
            Common factor by which rates are learned (`FactorSplit`).
        calm
            Rows that learn.
        """
        taught = _LEARN(
            rows.start, rows.stop - rows.start, x, mean, due.known, due.total, factor, relative,
            calm, self.a, self.b, self._v, self._m, self.dispersion.table, self._winsor,
            self.dispersion.aside, self._keep, self._shape, BUSY,
        )  # fmt: skip
        self.prior.add(*taught)

    def pass_bucket(self) -> None:
        """End a bucket: what its rows taught about all of them counts from now on."""
        self.dispersion.pass_bucket()
        self.prior.pass_bucket(self.a, self.b)

    def adopt(self, rows: Rows, rate: F8) -> None:
        """Set the rates of some rows, as though nothing else were known about them."""
        rate = np.maximum(rate, 1e-12)
        self.b[rows] = np.maximum(self.b[rows], self._shape / rate)
        self.a[rows] = self.b[rows] * rate
        self._v[rows] = self._m[rows] = 0.0

    def remember(self, rows: Rows) -> F8:
        """What is worth remembering of rows that leave: `NUMBERS` numbers of each."""
        now = np.full(len(rows), float(self.prior.closed))
        return np.stack([self.a[rows], self.b[rows], now])

    def recall(self, numbers: F8) -> None:
        """Add rows that had left, given what was remembered: as sure of it as had they stayed."""
        a, b, left = numbers
        self.enter(len(a))
        kept = self._shape + (a - self._shape) * self._keep ** (self.prior.closed - left)
        at = slice(len(self) - len(a), None)
        self.a[at], self.b[at] = kept, b * (kept / a)
