"""What is known of a newcomer's rate from the newcomers before it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

STEP = 2.0
"""Ratio between neighbouring rates of the grid."""

LOWEST_PER_DAY = 1e-3
HIGHEST_PER_BUCKET = 1e5

START_KNEE = 1.0
"""Count a bucket from which the starting weights fall as one over the rate. Below it they
are flat: weights that fell there too would call a newcomer's second count a miracle.
"""


class CohortPrior:
    r"""Heavy-tailed prior of rates: weights on a geometric grid, learned as entities age.

    A newcomer counted ``x`` in its first bucket, and is known only because it counted, so
    the likelihood is that of a count given that it is not zero. With one-parameter
    negative binomials of shape 1 and mean :math:`m = \theta e`,

    .. math:: \ln P(x \mid x > 0, \theta) = (x - 1) \ln\frac{m}{1 + m} - \ln(1 + m)

    The posterior over the grid is handed on as the Gamma with its mean and variance.

    When entities leave school (a set number of buckets after their first), the counts S
    they had since, over exposure B, sharpen their responsibilities, whose decayed sum
    is the grid's weight. Responsibilities use the weights of before the bucket, and each
    entity enters once: an online EM that repeats itself exactly.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that an entity's responsibilities keep after a day.
    start_weight
        Entities that the starting weights (falling as one over the rate above 1) count for.

    References
    ----------
    O. Cappé, E. Moulines: On-line expectation-maximization algorithm for latent data
    models. J. R. Stat. Soc. B 71 (2009).

    Examples
    --------
    >>> prior = CohortPrior(1.0)
    >>> a, b = prior.posterior(np.array([1.0, 100.0]), 1.0)
    >>> [float(rate.round(2)) for rate in a / b]
    [0.2, 97.96]
    """

    def __init__(
        self, bucket_days: float, *, keep_per_day: float = 0.97, start_weight: float = 50.0
    ) -> None:
        lowest = LOWEST_PER_DAY * bucket_days
        cells = 1 + math.ceil(math.log(HIGHEST_PER_BUCKET / lowest, STEP))
        self.rates = [lowest * STEP**j for j in range(cells)]
        self._keep = keep_per_day**bucket_days
        start = [1.0 / max(rate, START_KNEE) for rate in self.rates]
        total = math.fsum(start)
        self._weights = [start_weight * weight / total for weight in start]

    def posterior(self, x: F8, exposure: float) -> tuple[F8, F8]:
        """Gamma (a, b) of each newcomer after its first count."""
        cells = self._normalised(self._first(x, exposure))
        mean, square = np.zeros_like(x), np.zeros_like(x)
        for rate, weight in zip(self.rates, cells, strict=True):
            mean += weight * rate
            square += weight * rate * rate
        # Never narrower than the grid is coarse.
        variance = np.maximum(square - mean * mean, 0.1 * mean * mean)
        return mean * mean / variance, mean / variance

    def learn(self, first: F8, exposure: float, later: F8, later_exposure: float, n: int) -> None:
        """Take in entities that leave school.

        Parameters
        ----------
        first
            Their first counts, all in the same bucket.
        exposure
            Exposure of that bucket.
        later, later_exposure
            What they counted in the n buckets since, and the exposure of these.
        n
            Buckets since.
        """
        cells = self._first(first, exposure)
        for j, rate in enumerate(self.rates):
            mean = rate * later_exposure
            cells[j] += later * math.log(mean / (mean + n)) - n * math.log1p(mean / n)
        cells = self._normalised(cells)
        for j, cell in enumerate(cells):
            self._weights[j] += float(np.sum(cell))

    def pass_bucket(self) -> None:
        """Let what was learned fade by one bucket."""
        if math.fsum(self._weights) > 50.0:
            self._weights = [weight * self._keep for weight in self._weights]

    def _first(self, x: F8, exposure: float) -> list[F8]:
        total = math.fsum(self._weights)
        cells = []
        for rate, weight in zip(self.rates, self._weights, strict=True):
            mean = rate * exposure
            base = math.log(weight / total + 1e-12) - math.log1p(mean)
            cells.append((x - 1.0) * math.log(mean / (1.0 + mean)) + base)
        return cells

    @staticmethod
    def _normalised(cells: list[F8]) -> list[F8]:
        # One cell after the other: a sum over an axis may add in another order when
        # there is one newcomer than when there are many.
        top = cells[0].copy()
        for cell in cells[1:]:
            np.maximum(top, cell, out=top)
        weights = [np.exp(cell - top) for cell in cells]
        total = np.zeros_like(top)
        for weight in weights:
            total += weight
        return [weight / total for weight in weights]

    def dump(self) -> list[float]:
        """State as plain values."""
        return list(self._weights)

    def load(self, state: list[float]) -> None:
        """Take the state that `dump` gave."""
        self._weights = [float(weight) for weight in state]
