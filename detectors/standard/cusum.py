"""CUSUM: a rise of one fixed ratio, found as soon as possible; for one series or many rows."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
from river import base

from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class CUSUM(base.AnomalyDetector):
    r"""Log likelihood ratio of a rise by one fixed ratio, over the best start.

    .. math::

        S \leftarrow \max(0, S + \ell), \qquad
        \ell = x \ln\frac{r (1 + \alpha m)}{1 + \alpha m r}
             - \frac{1}{\alpha} \ln\frac{1 + \alpha m r}{1 + \alpha m}

    for counts of mean m, or r m after the rise, and variance :math:`m + \alpha m^2`; with
    :math:`\alpha = 0` they are Poisson, :math:`\ell = x \ln r - m (r - 1)`.

    The score S is in nats. Alarm at S ≥ h, then `reset`. If the expectations are right, at least
    e to the power h counts pass on average between false alarms; and of all procedures with as
    few false alarms, none finds a rise of exactly this ratio sooner in the worst case. A smaller
    rise may take long. Wrong expectations, or counts with a larger spread than α says, break both
    promises. State: one number.

    Parameters
    ----------
    ratio
        r > 1: the rise to look for.
    expected
        Expectation of a count for which none is given.
    dispersion
        α ≥ 0 of the negative binomial; 0 for Poisson.

    Attributes
    ----------
    nats
        The statistic after the last learned count.

    References
    ----------
    E. S. Page: Continuous inspection schemes. Biometrika 41 (1954), 100-115.
    G. V. Moustakides: Optimal stopping times for detecting changes in distributions.
    Annals of Statistics 14 (1986), 1379-1387.
    M. Höhle, M. Paul: Count data regression charts for the monitoring of surveillance time
    series. Computational Statistics & Data Analysis 52 (2008), 4357-4368.

    Examples
    --------
    Each count of mean 2 adds x ln 2 - 2; a sum below zero becomes zero.

    >>> cusum = CUSUM(2.0, expected=2.0)
    >>> for count in [1, 0, 4, 6]:
    ...     print(count, round(cusum.score_one({"count": count}), 3))
    ...     cusum.learn_one({"count": count})
    1 0.0
    0 0.0
    4 0.773
    6 2.931
    """

    def __init__(
        self, ratio: float = 2.0, *, expected: float = 1.0, dispersion: float = 0.0
    ) -> None:
        if not ratio > 1.0:
            raise ValueError(
                f"CUSUM: ratio must be above 1, since it looks for rises; found {ratio}"
            )
        if not dispersion >= 0.0:
            raise ValueError(f"CUSUM: dispersion must be 0 (Poisson) or more; found {dispersion}")
        self.ratio = ratio
        self.expected = expected
        self.dispersion = dispersion
        self.nats = 0.0

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Learn a count and its expectation, which may be left out."""
        self.nats = self.score_one(x)

    def score_one(self, x: dict[Hashable, Any]) -> float:
        """Statistic, in nats, that this count would give."""
        count, expected = float(x["count"]), float(x.get("expected", self.expected))
        rise, alpha = self.ratio - 1.0, self.dispersion
        if alpha == 0.0:
            gain = count * math.log(self.ratio) - expected * rise
        else:
            calm = 1.0 + alpha * expected
            gain = count * math.log1p(rise / (calm + alpha * expected * rise))
            gain -= math.log1p(alpha * expected * rise / calm) / alpha
        return max(0.0, self.nats + gain)

    def reset(self) -> None:
        """Begin anew, after an alarm."""
        self.nats = 0.0


class CusumBank:
    """`CUSUM` of many rows, each by itself.

    Parameters
    ----------
    ratio, dispersion
        As of `CUSUM`.

    Attributes
    ----------
    nats
        The statistic of each row; it is the only state.

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
        self.state = State()
        self.state.columns(self, "nats")

    def grow(self, n: int) -> None:
        """Add n rows."""
        self.state.grow_to(len(self.state) + n)

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
        """Learn a count of each row, with its expectation."""
        self.nats = self.score(x, expected)

    def reset(self, rows: Rows) -> None:
        """Begin these rows anew."""
        self.nats[rows] = 0.0
