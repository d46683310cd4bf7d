"""EWMA of standardised counts: small lasting rises; for one series, and for many rows."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
from river import base
from scipy import special

from detectors.standard.learned_rate import LearnedRate, LearnedRates
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class EWMA(base.AnomalyDetector):
    r"""Exponentially weighted mean of the deviations of counts from what was expected.

    .. math::

        z = \frac{x - m}{\sqrt{m + s m^2}}, \qquad
        w \leftarrow (1 - \lambda) w + \lambda z, \qquad
        v \leftarrow (1 - \lambda)^2 v + \lambda^2, \qquad
        \text{score} = -\ln P(N \ge w / \sqrt v)

    with N standard normal. Either the expectation m is given with a count; then s = δ. Or it is
    learned: a ``Gamma(a, b)`` posterior of the rate predicts m = e a / b at exposure e, and
    s = δ + 1 / a.

    The score is in nats: if w is normal, a mean as high as this has a chance of e to the power
    -score. Nothing is promised. w is nearly normal only where many counts are expected within
    its memory of 1 / λ buckets, and its values are not independent; take the threshold from a
    simulation. It is good at small lasting rises. A learned baseline also learns a burst, unless
    `learn_one` is not called while the burst lasts. State: four numbers.

    Parameters
    ----------
    weight
        0 < λ ≤ 1: weight of the last count. Small weights find small rises.
    dispersion
        δ: relative spread of large counts.
    a, b, keep, shape
        Prior of the rate, and how it is forgotten: as of `PredictiveESR`.

    References
    ----------
    S. W. Roberts: Control chart tests based on geometric moving averages. Technometrics 1
    (1959), 239-250.
    C. M. Borror, C. W. Champ, S. E. Rigdon: Poisson EWMA control charts. Journal of Quality
    Technology 30 (1998), 352-361.

    Examples
    --------
    Four counts of 14 where 10 are expected: each of them is usual, all four together are rare.

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
            raise ValueError(f"EWMA: weight must be above 0 and at most 1; found {weight}")
        self.weight = weight
        self.dispersion = dispersion
        self.a = a
        self.b = b
        self.keep = keep
        self.shape = shape
        self._rate = LearnedRate(a, b, keep, shape)
        self._mean = self._variance = 0.0

    def score_one(self, x: dict[Hashable, Any]) -> float:
        """Nats of the normal tail of the mean that this count would give."""
        mean, variance = self._step(x)
        return -float(special.log_ndtr(-mean / math.sqrt(variance)))

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Learn a count, with its expectation or its exposure (1 if left out)."""
        self._mean, self._variance = self._step(x)
        if "expected" not in x:
            self._rate = self._rate.learn(float(x["count"]), float(x.get("exposure", 1.0)))

    def reset(self) -> None:
        """Begin the mean anew, after an alarm."""
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


class EwmaBank:
    """`EWMA` of many rows, each by itself.

    Parameters
    ----------
    weight, dispersion, a, b, keep, shape
        As of `EWMA`.

    Examples
    --------
    >>> bank = EwmaBank(0.2, dispersion=0.0)
    >>> bank.grow(2)
    >>> ten = np.array([10.0, 10.0])
    >>> for counts in [[14.0, 10.0], [14.0, 8.0], [14.0, 11.0]]:
    ...     bank.learn(np.array(counts), expected=ten)
    >>> bank.score(np.array([14.0, 14.0]), expected=ten).round(1)
    array([5. , 1.5])
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
        self.weight = weight
        self.dispersion = dispersion
        self._rates = LearnedRates(a, b, keep, shape)
        self._mean: F8 = np.zeros(0)
        self._variance: F8 = np.zeros(0)
        self.state = State()
        self.state.columns(self, "_mean", "_variance")
        self.state.include(rates=self._rates.state)

    def grow(self, n: int) -> None:
        """Add n rows."""
        self.state.grow_to(len(self.state) + n)

    def score(self, x: F8, *, expected: F8 | None = None, exposure: F8 | float = 1.0) -> F8:
        """Nats of the normal tail of the means that these counts would give."""
        mean, variance = self._step(x, expected, exposure)
        return -np.asarray(special.log_ndtr(-mean / np.sqrt(variance)), dtype=np.float64)

    def learn(self, x: F8, *, expected: F8 | None = None, exposure: F8 | float = 1.0) -> None:
        """Learn a count of each row, with its expectation or its exposure."""
        self._mean, self._variance = self._step(x, expected, exposure)
        if expected is None:
            self._rates.learn(x, exposure)

    def reset(self, rows: Rows) -> None:
        """Begin the means of these rows anew."""
        self._mean[rows] = self._variance[rows] = 0.0

    def _step(self, x: F8, expected: F8 | None, exposure: F8 | float) -> tuple[F8, F8]:
        spread: F8 | float = self.dispersion
        if expected is None:
            expected, error = self._rates.predict(exposure)
            spread = self.dispersion + error
        z = (x - expected) / np.sqrt(expected + spread * expected * expected)
        held = 1.0 - self.weight
        return (
            held * self._mean + self.weight * z,
            held * held * self._variance + self.weight * self.weight,
        )
