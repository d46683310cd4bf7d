"""Rates that rows have learned by themselves, where nobody else says what to expect."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors import columns
from detectors.distributions.gamma_poisson import forget

F8 = npt.NDArray[np.float64]


class OwnRates:
    """Gamma(a, b) posteriors, each row by itself.

    Parameters
    ----------
    a, b
        Prior shape and rate.
    keep
        Weight that what was learned keeps after one more count.
    shape
        Shape that forgetting stops at.
    """

    def __init__(self, a: float, b: float, keep: float, shape: float) -> None:
        self._prior = a, b
        self._keep, self._shape = keep, shape
        self._a: F8 = np.zeros(0)
        self._b: F8 = np.zeros(0)

    def grow(self, n: int) -> None:
        """Add n rows."""
        a, b = self._prior
        self._a, self._b = columns.grown(self._a, n, a), columns.grown(self._b, n, b)

    def predict(self, exposure: F8 | float) -> tuple[F8, F8]:
        """Mean of each row's count, and the squared relative error of its rate."""
        return exposure * self._a / self._b, 1.0 / self._a

    def learn(self, x: F8, exposure: F8 | float) -> None:
        """Learn from a count of each row."""
        a, b = forget(self._a, self._b, self._keep, self._shape)
        self._a, self._b = a + x, b + exposure
