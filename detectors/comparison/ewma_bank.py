"""EWMA of standardised counts for many entities at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from detectors import columns
from detectors.comparison.own_rates import OwnRates

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class EwmaBank:
    """`EWMA` of many entities, each row by itself.

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
        self._rates = OwnRates(a, b, keep, shape)
        self._mean: F8 = np.zeros(0)
        self._variance: F8 = np.zeros(0)

    def grow(self, n: int) -> None:
        """Add n rows."""
        self._rates.grow(n)
        self._mean = columns.grown(self._mean, n)
        self._variance = columns.grown(self._variance, n)

    def score(self, x: F8, *, expected: F8 | None = None, exposure: F8 | float = 1.0) -> F8:
        """Nats of the mean's normal tail that these counts would give."""
        mean, variance = self._step(x, expected, exposure)
        return -np.asarray(special.log_ndtr(-mean / np.sqrt(variance)), dtype=np.float64)

    def learn(self, x: F8, *, expected: F8 | None = None, exposure: F8 | float = 1.0) -> None:
        """Take in one count of each row, with either its expectation or its exposure."""
        self._mean, self._variance = self._step(x, expected, exposure)
        if expected is None:
            self._rates.learn(x, exposure)

    def reset(self, rows: Rows) -> None:
        """Start the means of these rows anew."""
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
