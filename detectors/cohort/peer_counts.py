"""Entities too new for a baseline of their own: the rank of a count among those of their peers."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from detectors.kernels.library import NO_FLAGS, NOTHING, kernel
from detectors.state import State

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

EXACT = 64
"""Counts below this have a bin each; above, eight bins an octave."""

BINS = EXACT + 8 * 40

USUAL = 1.5
"""An exposure up to this does not change the rank of a count."""

MATURE_DAYS = 28.0
"""Age of a history from which its buckets have full weight."""

SPARE = 2.0
"""Counts of others that stand for one that is missing."""

_RANK = kernel("rank")
_LEARN = kernel("learn_ranks")


class PeerCounts:
    r"""History of counts of one age, and the conformal p-value of a new one.

    An entity is seen only because it counted, so its first count cannot be compared with a rate.
    It can be ranked among other first counts; and the next counts of a young entity among those
    of other young entities, zeros left out:

    .. math:: p(x) = \frac{1 + W\{\text{recent} \ge x\}}{1 + W}

    W sums weights that fall by `keep` a bucket. If counts are exchangeable,
    :math:`P(p \le \alpha) \le \alpha`, whatever their distribution; weights that do not depend on
    the counts keep this true. If the distribution drifts, the excess is at most the weighted mean
    of the total variation distances to the present one. Counts above 64 are binned (bins are nine
    per cent wide); a bin counts as a whole, which only raises p.

    When a monitor starts, its first newcomers are not new, and busier than those to come. The
    weight of a bucket therefore grows with the age of the history, from none to full after four
    weeks.

    Where the exposure of a bucket is above 1.5, counts are divided by exposure over 1.5, so that
    a day on which all entities double does not make every newcomer look like a burst.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that a count keeps after a day.
    start_per_day
        Counts expected a day before any has been seen; weighs as one day.

    References
    ----------
    R. F. Barber, E. J. Candès, A. Ramdas, R. J. Tibshirani: Conformal prediction beyond
    exchangeability. Annals of Statistics 51 (2023).

    Examples
    --------
    >>> history = PeerCounts(1.0, start_per_day=100.0)
    >>> for _ in range(100):
    ...     history.learn(np.repeat([1.0, 2.0], [90, 10]), 1.0)
    >>> np.exp(-history.evidence(np.array([1.0, 2.0, 50.0]), 1.0)).round(4).tolist()
    [1.0, 0.1003, 0.0003]
    """

    def __init__(
        self, bucket_days: float, *, keep_per_day: float = 0.97, start_per_day: float = 1000.0
    ) -> None:
        self._bucket_days = bucket_days
        self._keep = keep_per_day**bucket_days
        self._weights = np.zeros(BINS)
        self._sum = 0.0
        self._number = start_per_day
        self._days = 1.0
        # The capped total follows the last days or hours: there are fewer and fewer newcomers
        # while a monitor gets to know its entities.
        self._keep_fast = 0.8 ** max(bucket_days, 1.0 / 24.0)
        self.age_days = 0.0
        self._started = False
        self._capped = 0.0
        self._capped_weight = 0.0
        self.state = State()
        self.state.shared(self, _weights=np.ndarray, _started=bool, age_days=float)
        self.state.shared(self, _sum=float, _number=float, _days=float)
        self.state.shared(self, _capped=float, _capped_weight=float)

    @property
    def per_day(self) -> float:
        """Counts a day, decayed mean."""
        return self._number / self._days

    @property
    def mean(self) -> float:
        """Mean count; 1 before any has been seen."""
        total = self.weight
        return self._sum / total if total > 0.0 else 1.0

    @property
    def capped_total(self) -> float | None:
        """Forecast of the sum of min(count, 3) in a bucket of exposure 1."""
        return self._capped / self._capped_weight if self._capped_weight > 0.0 else None

    @property
    def weight(self) -> float:
        """W: the sum of the weights of all counts."""
        return float(np.sum(self._weights))

    @property
    def _capped_mean(self) -> float:
        """Mean of min(count, 3)."""
        ones, twos = float(self._weights[1]), float(self._weights[2])
        return 3.0 - (2.0 * ones + twos) / self.weight

    def evidence(
        self,
        x: F8,
        exposure: float,
        others: PeerCounts | None = None,
        enough: float = 0.0,
        fellows: F8 | None = None,
        *,
        among: bool = False,
    ) -> F8:
        r"""``-ln p`` of counts above 0, in nats.

        Parameters
        ----------
        x, exposure
            Counts, and the exposure of their bucket.
        others
            A history of other counts, for want of peers.
        enough
            Where W is less, twice as many as are missing, :math:`W_0`, are taken to be as the
            others were: :math:`p = (1 + W\{\ge x\} + W_0 S_0) / (1 + W + W_0)`, with
            :math:`S_0 = (1 + K\{\ge x\}) / (1 + K)`. If newcomers count no more than the others
            do, this is still a p-value; those that count more are found.
        fellows, among
            Counts that each is also ranked among, and whether it is one of them.
        """
        out, weights, scale = np.empty_like(x), self._weights, _scale(exposure)
        have, itself = self.weight, float(among)
        if fellows is not None:
            weights, have = weights.copy(), have + len(fellows) + (1.0 - itself)
            _LEARN(weights, 1.0, 1.0, fellows, NO_FLAGS, scale)
        lacking = 0.0 if others is None else SPARE * max(enough - have, 0.0)
        of_others = NOTHING if others is None else others._weights
        _RANK(weights, itself, of_others, lacking, x, scale, out)
        return out

    def learn(
        self,
        x: F8,
        exposure: float,
        bounds: tuple[float, float] = (0.0, math.inf),
        less: F8 = NOTHING,
        part: float = 1.0,
        left_out: Flags = NO_FLAGS,
        as_before: float = 0.0,
    ) -> None:
        """Learn the counts of one closed bucket; those of 0 say nothing.

        Parameters
        ----------
        x, exposure
            The counts, and the exposure of the bucket.
        bounds
            At an exposure of 1, the forecast of the capped total learns at least and at most this.
        less, part
            Counts that have less weight, and the weight of each.
        left_out
            Flags of counts that are not learned; empty: all are.
        as_before
            So many counts more are learned, as if they had been like those before.
        """
        weight, keep = self.age_days / MATURE_DAYS, self._keep
        weight = 1.0 if weight > 1.0 else weight
        self.age_days += self._bucket_days
        scale = exposure / USUAL
        scale = 1.0 if scale < 1.0 else scale
        renewed, capped_before = keep, 0.0
        if as_before > 0.0 and self.weight > 0.0:
            renewed += weight * as_before / self.weight
            capped_before = as_before * self._capped_mean
        total, capped, number = _LEARN(self._weights, renewed, weight, x, left_out, scale)
        if len(less):
            of_less = _LEARN(self._weights, 1.0, weight * part, less, NO_FLAGS, scale)
            total += part * of_less[0]
            capped += part * of_less[1]
            number += part * len(less)
        capped, number = capped + capped_before, number + as_before
        self._sum = self._sum * renewed + weight * total / scale
        self._number = self._number * keep + number
        self._days = self._days * keep + self._bucket_days
        if not self._started:
            # In the first bucket of a monitor every entity is new: that says nothing of later ones.
            self._started = number > 0.0
            return
        least, most = bounds[0] * exposure, bounds[1] * exposure
        capped = least if capped < least else capped
        capped = most if capped > most else capped
        self._capped = self._capped * self._keep_fast + capped
        self._capped_weight = self._capped_weight * self._keep_fast + exposure


def _scale(exposure: float) -> float:
    return max(exposure / USUAL, 1.0)
