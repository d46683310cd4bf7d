"""How many complaints the messages due lead one to expect, for all entities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.distributions.dispersion import Dispersion
from detectors.distributions.gamma_poisson import capped_mean, forget, widen
from detectors.rate.prior import RatePrior
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

BLOCK = 1 << 13
"""Rows at a time: what one block needs stays in the processor's cache."""

SPARSE = 1.0
"""Complaints about entities with a smaller expectation are capped at 3 in the common factor."""

NUMBERS = 3
"""How many numbers are remembered of a row that leaves."""


@dataclass(frozen=True, slots=True)
class Due:
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
        start = len(self)
        self.prior.enter(start, start + count)
        self.state.grow_to(start + count)
        self.a[start:], self.b[start:] = self.prior.gamma()

    def begin(self, x: F8, due: F8) -> None:
        """Begin with the mean of the first judged bucket: no entity is judged by the given rate."""
        self.prior.start(float(np.sum(x)), float(np.sum(due)))
        self.a[:], self.b[:] = self.prior.gamma()

    def predictive(self, rows: slice, exposure: F8, known: F8) -> tuple[F8, F8, F8]:
        """Widened shape and rate, and mean, at an exposure of which the part `known` is certain."""
        a, b = self.a[rows], self.b[rows]
        mean = exposure * a / b
        spread = self.dispersion.spread(mean, self._v[rows], self._m[rows]) + self._error
        guessed = 1.0 - known / exposure
        spread += guessed * guessed
        wide_a, wide_b = widen(a, b, spread)
        return wide_a, wide_b, mean

    def common_factor(self, x: F8, due: Due, judged: Flags, weight: float) -> float:
        r"""Complaints about the bulk of the judged entities, over what was expected.

        .. math::

            f = \frac{\kappa + \sum u \min(x, c)}{\kappa + \sum u E[\min(X, c)]}

        c is 3 for sparse entities, and three predictive deviations over the mean for others,
        whose weight u makes them count as if three complaints were expected.
        """
        if not self.prior.begun:
            return 1.0
        seen, expected = weight, weight
        for at in range(0, len(self), BLOCK):
            rows = slice(at, min(at + BLOCK, len(self)))
            a, b, mean = self.predictive(rows, due.total[rows], due.known[rows])
            sparse = capped_mean(a, b, due.total[rows])
            deviation = np.sqrt(mean + mean * mean / a)
            busy = mean >= SPARSE
            counts_as = np.where(busy, np.minimum(1.0, 3.0 / mean), 1.0) * judged[rows]
            cap = np.where(busy, mean + 3.0 * deviation, 3.0)
            seen += float(np.sum(counts_as * np.minimum(x[rows], cap)))
            expected += float(np.sum(counts_as * np.where(busy, mean, sparse)))
        return seen / expected

    def learn(self, rows: slice, x: F8, mean: F8, sure: F8, learning_due: F8, calm: Flags) -> None:
        """Learn the complaints of one bucket.

        Parameters
        ----------
        rows
            Rows that x are the complaints of.
        mean
            What `predictive` expected of them.
        sure
            Part of the messages due that is known.
        learning_due
            Messages due by which rates are learned.
        calm
            Rows that learn.
        """
        a, b, v, m = self.a[rows], self.b[rows], self._v[rows], self._m[rows]
        learned = np.minimum(x, self.dispersion.ceiling(mean, a, self._winsor))
        add_v, add_m = self.dispersion.sums(mean, a, learned)
        add_v, add_m = sure * add_v, sure * add_m
        new_a, new_b = forget(a, b, self._keep, self._shape)
        teaching = slice(None) if calm.all() else calm
        self.dispersion.add(mean[teaching], add_v[teaching], add_m[teaching], x[teaching])
        self.prior.add((sure * learned)[teaching], (sure * learning_due)[teaching], mean[teaching])
        np.copyto(a, new_a + sure * learned, where=calm)
        np.copyto(b, new_b + sure * learning_due, where=calm)
        np.copyto(v, self._keep * v + add_v, where=calm)
        np.copyto(m, self._keep * m + add_m, where=calm)

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
