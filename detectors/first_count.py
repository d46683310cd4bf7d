"""Entities in their first bucket: their count against recent first counts."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

EXACT = 64
"""Counts below this have a bin each; above, eight bins an octave."""

BINS = EXACT + 8 * 40


class FirstCounts:
    r"""History of first counts of a cohort, and the conformal p-value of a new one.

    An entity is seen only because it counted, so its first count says little against a
    rate, but it can be ranked among other first counts:

    .. math:: p(x) = \frac{1 + W\{\text{recent} \ge x\}}{1 + W}

    W sums weights that fall by `keep` a bucket. If first counts are exchangeable,
    :math:`P(p \le \alpha) \le \alpha`, whatever their distribution: weights that do not
    depend on the counts do not spoil it. If they drift, the excess is at most
    the weighted mean of the total variation distances to the present one. Counts are
    binned above 64 (nine per cent wide); a bin counts as a whole, which only raises p.

    Counts are divided by the bucket's exposure where that is above 1, so that a day
    posted twice does not make every newcomer look like a burst.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that a first count keeps after a day.
    start_per_day
        Newcomers expected a day before any has been seen; weighs as one day.

    References
    ----------
    R. F. Barber, E. J. Candès, A. Ramdas, R. J. Tibshirani: Conformal prediction beyond
    exchangeability. Annals of Statistics 51 (2023).

    Examples
    --------
    >>> history = FirstCounts(1.0, start_per_day=100.0)
    >>> history.learn(np.repeat([1.0, 2.0], [900, 99]), 1.0)
    >>> np.exp(-history.evidence(np.array([1.0, 2.0, 50.0]), 1.0)).round(3)
    array([1.   , 0.1  , 0.001])
    """

    def __init__(
        self, bucket_days: float, *, keep_per_day: float = 0.97, start_per_day: float = 1000.0
    ) -> None:
        self._bucket_days = bucket_days
        self._keep = keep_per_day**bucket_days
        self._weights = np.zeros(BINS)
        self._sum = 0.0
        self._newcomers = start_per_day
        self._days = 1.0
        # The capped total follows the last days or hours: newcomers grow fewer while a
        # monitor gets to know its entities.
        self._keep_fast = 0.8 ** max(bucket_days, 1.0 / 24.0)
        self._started = False
        self._capped = 0.0
        self._capped_weight = 0.0

    @property
    def per_day(self) -> float:
        """Newcomers a day, decayed mean."""
        return self._newcomers / self._days

    @property
    def mean(self) -> float:
        """Mean first count; 1 before any has been seen."""
        total = float(np.sum(self._weights))
        return self._sum / total if total > 0.0 else 1.0

    @property
    def capped_total(self) -> float | None:
        """Forecast of the sum of min(first count, 3) in a bucket of exposure 1."""
        return self._capped / self._capped_weight if self._capped_weight > 0.0 else None

    def evidence(self, x: F8, exposure: float) -> F8:
        """``-ln p`` of first counts, in nats."""
        at_least = np.cumsum(self._weights[::-1])[::-1]
        total = float(at_least[0])
        p = (1.0 + at_least[_bins(x, exposure)]) / (1.0 + total)
        return np.asarray(-np.log(p), dtype=np.float64)

    def learn(self, x: F8, exposure: float) -> None:
        """Take in the first counts of one closed bucket, perhaps none."""
        self._weights *= self._keep
        self._weights += np.bincount(_bins(x, exposure), minlength=BINS)
        self._sum = self._sum * self._keep + float(np.sum(x)) / max(exposure, 1.0)
        self._newcomers = self._newcomers * self._keep + len(x)
        self._days = self._days * self._keep + self._bucket_days
        if not self._started:
            # In a monitor's first bucket everybody is new: no measure of what follows.
            self._started = len(x) > 0
            return
        capped = float(np.sum(np.minimum(x, 3.0)))
        self._capped = self._capped * self._keep_fast + capped
        self._capped_weight = self._capped_weight * self._keep_fast + exposure

    def dump(self) -> list[bytes | float]:
        """State as plain values."""
        return [
            self._weights.tobytes(),
            self._sum,
            self._newcomers,
            self._days,
            self._capped,
            self._capped_weight,
            float(self._started),
        ]

    def load(self, state: list[bytes | float]) -> None:
        """Take the state that `dump` gave."""
        weights, *rest = state
        assert isinstance(weights, bytes)
        self._weights = np.frombuffer(weights, dtype=np.float64).copy()
        numbers = [float(value) for value in rest]
        self._sum, self._newcomers, self._days = numbers[:3]
        self._capped, self._capped_weight = numbers[3:5]
        self._started = numbers[5] > 0.0


def _bins(x: F8, exposure: float) -> npt.NDArray[np.intp]:
    scaled = np.maximum(np.rint(x / max(exposure, 1.0)), 1.0)
    octaves = np.floor(8.0 * (np.log2(np.maximum(scaled, EXACT)) - math.log2(EXACT)))
    bins = np.where(scaled < EXACT, scaled, np.minimum(EXACT + octaves, BINS - 1))
    return np.asarray(bins, dtype=np.intp)
