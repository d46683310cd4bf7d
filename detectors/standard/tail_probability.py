"""The tail probability of a count, taken alone; for one series, and for many rows."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
from river import base

from detectors.distributions.negative_binomial import upper_tail_nats
from detectors.standard.learned_rate import LearnedRate, LearnedRates
from detectors.state import State

F8 = npt.NDArray[np.float64]


class TailProbability(base.AnomalyDetector):
    r"""How surprising a count is, taken alone.

    .. math:: \text{score} = -\ln P(X \ge x), \qquad E X = m, \quad \mathrm{Var} X = m + s m^2

    with X negative binomial. Either the expectation m is given with a count; then s = δ. Or it is
    learned: a ``Gamma(a, b)`` posterior of the rate predicts m = e a / b at exposure e, and
    s = δ + 1 / a, where 1 / a is the uncertainty of the rate.

    The score is in nats: the p-value is e to the power -score. It is the plain upper tail, which
    includes the count itself. The mid-p value would be nearer to uniform on average, but falls
    below a level more often than the level says. So, if the predictive is right, an alarm at
    score ≥ -ln α costs at most αn false alarms in n counts. A rise that no single count shows is
    never found: only the baseline has a memory, and it also learns a burst, unless `learn_one` is
    not called while the burst lasts. State: two numbers.

    Parameters
    ----------
    dispersion
        δ > 0: relative spread of large counts.
    a, b, keep, shape
        Prior of the rate, and how it is forgotten: as of `PredictiveESR`.

    References
    ----------
    A. Noufaily, D. G. Enki, P. Farrington, P. Garthwaite, N. Andrews, A. Charlett: An improved
    algorithm for outbreak detection in multiple surveillance systems. Statistics in
    Medicine 32 (2013), 1206-1222.
    H. O. Lancaster: Significance tests in discrete distributions. Journal of the American
    Statistical Association 56 (1961), 223-234 (the mid-p value).

    Examples
    --------
    >>> tail = TailProbability(dispersion=0.01)
    >>> [round(tail.score_one({"count": x, "expected": 10.0}), 1) for x in (0, 10, 20, 40)]
    [0.0, 0.6, 5.2, 24.3]
    >>> for count in [9, 12, 10, 8, 11] * 10:
    ...     tail.learn_one({"count": count})
    >>> [round(tail.score_one({"count": x}), 1) for x in (0, 10, 20, 40)]
    [0.0, 0.6, 5.1, 23.2]
    """

    def __init__(
        self,
        dispersion: float = 0.1,
        *,
        a: float = 0.5,
        b: float = 0.5,
        keep: float = 0.97,
        shape: float = 0.3,
    ) -> None:
        if not dispersion > 0.0:
            raise ValueError(
                f"TailProbability: dispersion must be above 0; found {dispersion}. Use 1e-6 for"
                " Poisson counts"
            )
        self.dispersion = dispersion
        self.a = a
        self.b = b
        self.keep = keep
        self.shape = shape
        self._rate = LearnedRate(a, b, keep, shape)

    def score_one(self, x: dict[Hashable, Any]) -> float:
        """Nats of the upper tail at this count."""
        if "expected" in x:
            expected, spread = float(x["expected"]), self.dispersion
        else:
            expected = self._rate.mean(float(x.get("exposure", 1.0)))
            spread = self.dispersion + 1.0 / self._rate.a
        count = np.array([float(x["count"])])
        return float(upper_tail_nats(count, np.array([expected]), np.array([1.0 / spread]))[0])

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Learn the rate from a count and its exposure (1 if left out).

        A count that comes with its expectation teaches nothing.
        """
        if "expected" not in x:
            self._rate = self._rate.learn(float(x["count"]), float(x.get("exposure", 1.0)))


class TailBank:
    """`TailProbability` of many rows, each by itself.

    Parameters
    ----------
    dispersion, a, b, keep, shape
        As of `TailProbability`.

    Examples
    --------
    >>> bank = TailBank(0.01)
    >>> bank.grow(2)
    >>> bank.score(np.array([20.0, 20.0]), expected=np.array([10.0, 20.0])).round(1)
    array([5.2, 0.7])
    """

    def __init__(
        self,
        dispersion: float = 0.1,
        *,
        a: float = 0.5,
        b: float = 0.5,
        keep: float = 0.97,
        shape: float = 0.3,
    ) -> None:
        self.dispersion = dispersion
        self._rates = LearnedRates(a, b, keep, shape)
        self.state = State()
        self.state.include(rates=self._rates.state)

    def grow(self, n: int) -> None:
        """Add n rows."""
        self.state.grow_to(len(self.state) + n)

    def score(self, x: F8, *, expected: F8 | None = None, exposure: F8 | float = 1.0) -> F8:
        """Nats of the upper tail at these counts."""
        spread = np.full(len(x), self.dispersion)
        if expected is None:
            expected, error = self._rates.predict(exposure)
            spread += error
        return upper_tail_nats(x, expected, 1.0 / spread)

    def learn(self, x: F8, *, exposure: F8 | float = 1.0) -> None:
        """Learn the rate of each row from a count and its exposure."""
        self._rates.learn(x, exposure)
