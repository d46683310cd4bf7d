"""Rates that are learned from counts alone, for series without a given expectation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.distributions.gamma_poisson import forget
from detectors.state import State

F8 = npt.NDArray[np.float64]


class LearnedRate(NamedTuple):
    r"""``Gamma(a, b)`` posterior of the rate of one series; the rate may drift.

    .. math::

        g = \min(1, \lambda + (1 - \lambda) s / a), \qquad
        (a, b) \leftarrow (g a + x, \; g b + e)

    It forgets as `gamma_poisson.forget` does, then learns. It is immutable: `learn` returns a new
    object, so that copies of a detector share no state.

    Examples
    --------
    >>> rate = LearnedRate(1.0, 1.0, keep=0.9, shape=0.5)
    >>> for count in [4, 6, 5, 5] * 20:
    ...     rate = rate.learn(count, 1.0)
    >>> round(rate.mean(2.0), 1)
    10.0
    """

    a: float
    b: float
    keep: float
    """λ: weight that what was learned keeps after one more count."""
    shape: float
    """s: shape at which forgetting stops."""

    def mean(self, exposure: float) -> float:
        """Expected count at this exposure."""
        return exposure * self.a / self.b

    def learn(self, count: float, exposure: float) -> LearnedRate:
        """Posterior after one more count."""
        g = min(1.0, self.keep + (1.0 - self.keep) * self.shape / self.a)
        return self._replace(a=g * self.a + count, b=g * self.b + exposure)


class LearnedRates:
    """`LearnedRate` of many rows, each by itself.

    Parameters
    ----------
    a, b
        Prior shape and rate.
    keep
        Weight that what was learned keeps after one more count.
    shape
        Shape at which forgetting stops.
    """

    def __init__(self, a: float, b: float, keep: float, shape: float) -> None:
        self._keep, self._shape = keep, shape
        self._a: F8 = np.zeros(0)
        self._b: F8 = np.zeros(0)
        self.state = State()
        self.state.columns(self, "_a", fill=a)
        self.state.columns(self, "_b", fill=b)

    def predict(self, exposure: F8 | float) -> tuple[F8, F8]:
        """Expected count of each row, and the squared relative error of its rate."""
        return exposure * self._a / self._b, 1.0 / self._a

    def learn(self, x: F8, exposure: F8 | float) -> None:
        """Learn a count of each row, with its exposure."""
        a, b = forget(self._a, self._b, self._keep, self._shape)
        self._a, self._b = a + x, b + exposure
