"""Predictive Shiryaev-Roberts e-detector for one series of counts."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

from river import base

from detectors.burst.shiryaev_roberts import CEILING_NATS


class PredictiveESR(base.AnomalyDetector):
    r"""Evidence, in nats, that a count's rate has risen above what its past predicts.

    The rate has a ``Gamma(a, b)`` posterior. It predicts with shape a', rate b',

    .. math::

        1/a' = 1/a + \delta (1 + 1/m) + c^2, \qquad b' = b\,a'/a, \qquad m = e\,a/b

    and, for each ratio :math:`\mu_k`, all of the same weight,

    .. math::

        R_k \leftarrow (R_k + 1) \exp\Bigl[(a' + x) \ln\frac{b' + e}{b' + \mu_k e}
        + x \ln \mu_k\Bigr], \qquad \text{score} = \ln \frac{1}{K} \sum_k R_k

    Alarm at score :math:`\ge -\ln\alpha`, then `reset`. If the predictive is right, at most
    :math:`\alpha n` alarms are expected in n counts in control, whatever n. Learning
    forgets :math:`1 - \lambda` of what was learned, down to shape s, and winsorises.

    Parameters
    ----------
    a, b
        Prior shape and rate (counts a unit of exposure: a / b).
    overdispersion
        δ: relative spread of large counts, and excess of the variance-to-mean ratio of
        small ones.
    expectation_cv
        c: relative error of the exposure.
    ratios
        Ratios to look for.
    keep
        λ: weight that what was learned keeps after one more count.
    shape
        s: shape at which forgetting stops.
    winsor_sd
        Counts are learned as at most this many deviations, each plus 1, over the mean.

    References
    ----------
    J. Shin, A. Ramdas, A. Rinaldo: E-detectors: a nonparametric framework for sequential
    change detection. arXiv 2203.03532.

    Examples
    --------
    >>> detector = PredictiveESR()
    >>> for count in [9, 12, 10, 8, 11] * 10:
    ...     detector.learn_one({"count": count})
    >>> round(detector.expected, 1)
    10.0
    >>> [round(detector.score_one({"count": count}), 1) for count in (12, 40, 80)]
    [-0.1, 7.2, 25.3]
    """

    def __init__(
        self,
        a: float = 0.5,
        b: float = 0.5,
        *,
        overdispersion: float = 0.1,
        expectation_cv: float = 0.1,
        ratios: tuple[float, ...] = (1.5, 2.0, 4.0, 10.0, 50.0),
        keep: float = 0.97,
        shape: float = 0.3,
        winsor_sd: float = 3.0,
    ) -> None:
        self.a = a
        self.b = b
        self.overdispersion = overdispersion
        self.expectation_cv = expectation_cv
        self.ratios = ratios
        self.keep = keep
        self.shape = shape
        self.winsor_sd = winsor_sd
        self._a, self._b = a, b
        self._r = [0.0] * len(ratios)

    @property
    def expected(self) -> float:
        """Expected count at exposure 1."""
        return self._a / self._b

    def score_one(self, x: dict[Hashable, Any]) -> float:
        """Evidence, in nats, that this count would give."""
        count, exposure = self._read(x)
        return self._step(count, exposure)[0]

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Learn a count and its exposure, which is 1 if left out."""
        count, exposure = self._read(x)
        mean, _, _ = self._predictive(exposure)
        self._r = self._step(count, exposure)[1]
        learned = winsorised(count, mean, self._a, self.overdispersion, self.winsor_sd)
        g = weight_kept(self._a, self.keep, self.shape)
        self._a = g * self._a + learned
        self._b = g * self._b + exposure

    def reset(self) -> None:
        """Begin the evidence anew, after an alarm."""
        self._r = [0.0] * len(self.ratios)

    @staticmethod
    def _read(x: dict[Hashable, Any]) -> tuple[float, float]:
        return float(x["count"]), float(x.get("exposure", 1.0))

    def _predictive(self, exposure: float) -> tuple[float, float, float]:
        mean = exposure * self._a / self._b
        spread = self.overdispersion * (1.0 + 1.0 / mean) + self.expectation_cv**2
        narrow = 1.0 / (1.0 + self._a * spread)
        return mean, self._a * narrow, self._b * narrow

    def _step(self, x: float, exposure: float) -> tuple[float, list[float]]:
        _, a, b = self._predictive(exposure)
        return step_one(self._r, a, b, x, exposure, self.ratios)


def step_one(
    r: list[float], a: float, b: float, x: float, exposure: float, ratios: tuple[float, ...]
) -> tuple[float, list[float]]:
    """Evidence after a count of one series, in nats, and its new R.

    Parameters
    ----------
    r
        R of each ratio.
    a, b
        Widened posterior.
    x, exposure
        The count, and its exposure.
    ratios
        Ratios to look for, all of the same weight.
    """
    gains = []
    for ratio in ratios:
        part = math.log((b + exposure) / (b + ratio * exposure))
        gains.append(a * part + x * (part + math.log(ratio)))
    # A count of zero gives only negative gains; the largest gain is taken out before exp.
    top = max(0.0, *gains)
    raised = [(old + 1.0) * math.exp(g - top) for old, g in zip(r, gains, strict=True)]
    held, ceiling = math.exp(min(top, CEILING_NATS)), math.exp(CEILING_NATS)
    evidence = top + math.log(math.fsum(raised) / len(raised))
    return evidence, [min(new * held, ceiling) for new in raised]


def winsorised(x: float, mean: float, a: float, overdispersion: float, winsor_sd: float) -> float:
    """The count that is learned: at most `winsor_sd` deviations, each plus 1, above its mean."""
    variance = mean + mean**2 / a + overdispersion * mean * (1.0 + mean)
    return min(x, mean + winsor_sd * (math.sqrt(variance) + 1.0))


def weight_kept(a: float, keep: float, shape: float) -> float:
    """Weight that a posterior of shape a keeps after one more count; see `gamma_poisson.forget`."""
    return min(1.0, keep + (1.0 - keep) * shape / a)
