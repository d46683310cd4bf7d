"""CUSUM for many entities at once."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class CusumBank:
    """`CUSUM` of many entities, each row by itself.

    Parameters
    ----------
    ratio, dispersion
        As of `CUSUM`.

    Attributes
    ----------
    nats
        The statistic of each row, and all that is kept of it.

    Examples
    --------
    >>> bank = CusumBank(2.0)
    >>> bank.grow(2)
    >>> for counts in [[1.0, 9.0], [4.0, 0.0], [6.0, 1.0]]:
    ...     bank.learn(np.array(counts), np.array([2.0, 10.0]))
    >>> bank.nats.round(3)
    array([2.931, 0.   ])
    """

    def __init__(self, ratio: float = 2.0, *, dispersion: float = 0.0) -> None:
        self.ratio = ratio
        self.dispersion = dispersion
        self.nats: F8 = np.zeros(0)

    def grow(self, n: int) -> None:
        """Add n rows."""
        self.nats = np.concatenate([self.nats, np.zeros(n)])

    def score(self, x: F8, expected: F8) -> F8:
        """Statistic, in nats, that these counts would give."""
        rise, alpha = self.ratio - 1.0, self.dispersion
        if alpha == 0.0:
            gain = x * math.log(self.ratio) - expected * rise
        else:
            calm = 1.0 + alpha * expected
            gain = x * np.log1p(rise / (calm + alpha * expected * rise))
            gain -= np.log1p(alpha * expected * rise / calm) / alpha
        return np.maximum(self.nats + gain, 0.0)

    def learn(self, x: F8, expected: F8) -> None:
        """Take in one count of each row, with its expectation."""
        self.nats = self.score(x, expected)

    def reset(self, rows: Rows) -> None:
        """Begin these rows anew."""
        self.nats[rows] = 0.0
