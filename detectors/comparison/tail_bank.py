"""Tail probabilities of the counts of many entities at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.comparison.own_rates import OwnRates
from detectors.distributions.negative_binomial import upper_tail_nats

F8 = npt.NDArray[np.float64]


class TailBank:
    """`TailProbability` of many entities, each row by itself.

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
        self._rates = OwnRates(a, b, keep, shape)

    def grow(self, n: int) -> None:
        """Add n rows."""
        self._rates.grow(n)

    def score(self, x: F8, *, expected: F8 | None = None, exposure: F8 | float = 1.0) -> F8:
        """Nats of the upper tail at these counts."""
        spread = np.full(len(x), self.dispersion)
        if expected is None:
            expected, error = self._rates.predict(exposure)
            spread += error
        return upper_tail_nats(x, expected, 1.0 / spread)

    def learn(self, x: F8, *, exposure: F8 | float = 1.0) -> None:
        """Learn each row's rate from a count and its exposure."""
        self._rates.learn(x, exposure)
