"""EWMA of standardised counts for one series."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

from river import base
from scipy import special

from detectors.scalar.own_rate import OwnRate


class EWMA(base.AnomalyDetector):
    r"""Exponentially weighted mean of the counts' deviations from what was expected.

    .. math::

        z = \frac{x - m}{\sqrt{m + s m^2}}, \qquad
        w \leftarrow (1 - \lambda) w + \lambda z, \qquad
        v \leftarrow (1 - \lambda)^2 v + \lambda^2, \qquad
        \text{score} = -\ln P(N \ge w / \sqrt v)

    with N standard normal. The expectation m is given with a count, and then s = δ; or it is
    learned: a ``Gamma(a, b)`` posterior of the rate predicts m = e a / b at exposure e,
    s = δ + 1 / a.

    The score is in nats: a mean as high as this has, if w is normal, a chance of e to the
    power -score. Nothing is promised: w is near normal only where many counts are
    expected within its memory of 1 / λ buckets, and its values are not independent; take the
    threshold from a simulation. Small lasting rises are its strength. A
    learned baseline also learns a burst, unless `learn_one` is left out while it lasts.
    State: four numbers.

    Parameters
    ----------
    weight
        0 < λ ≤ 1: weight of the last count. Small ones find small rises.
    dispersion
        δ: relative spread of large counts.
    a, b, keep, shape
        Prior of the rate and how what is learned is forgotten, as of `PredictiveESR`.

    References
    ----------
    S. W. Roberts: Control chart tests based on geometric moving averages. Technometrics 1
    (1959), 239-250.
    C. M. Borror, C. W. Champ, S. E. Rigdon: Poisson EWMA control charts. Journal of Quality
    Technology 30 (1998), 352-361.

    Examples
    --------
    Four counts of 14 where 10 are expected: none of them is rare, all four together are.

    >>> ewma = EWMA(0.2, dispersion=0.0)
    >>> for count in [14, 14, 14, 14]:
    ...     print(round(ewma.score_one({"count": count, "expected": 10}), 1))
    ...     ewma.learn_one({"count": count, "expected": 10})
    2.3
    3.3
    4.2
    5.0
    """

    def __init__(
        self,
        weight: float = 0.2,
        *,
        dispersion: float = 0.1,
        a: float = 0.5,
        b: float = 0.5,
        keep: float = 0.97,
        shape: float = 0.3,
    ) -> None:
        if not 0.0 < weight <= 1.0:
            raise ValueError(f"EWMA: weight must be above 0 and at most 1: {weight}")
        self.weight = weight
        self.dispersion = dispersion
        self.a = a
        self.b = b
        self.keep = keep
        self.shape = shape
        self._rate = OwnRate(a, b, keep, shape)
        self._mean = self._variance = 0.0

    def score_one(self, x: dict[Hashable, Any]) -> float:
        """Nats of the mean's normal tail that this count would give."""
        mean, variance = self._step(x)
        return -float(special.log_ndtr(-mean / math.sqrt(variance)))

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Take in a count and either its expectation or, unless it is 1, its exposure."""
        self._mean, self._variance = self._step(x)
        if "expected" not in x:
            self._rate = self._rate.learn(float(x["count"]), float(x.get("exposure", 1.0)))

    def reset(self) -> None:
        """Start the mean anew, after an alarm."""
        self._mean = self._variance = 0.0

    def _step(self, x: dict[Hashable, Any]) -> tuple[float, float]:
        if "expected" in x:
            expected, spread = float(x["expected"]), self.dispersion
        else:
            expected = self._rate.mean(float(x.get("exposure", 1.0)))
            spread = self.dispersion + 1.0 / self._rate.a
        z = (float(x["count"]) - expected) / math.sqrt(expected + spread * expected * expected)
        held = 1.0 - self.weight
        return (
            held * self._mean + self.weight * z,
            held * held * self._variance + self.weight * self.weight,
        )
