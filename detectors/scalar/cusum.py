"""CUSUM for one series of counts with known or plugged-in expectations."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

from river import base


class CUSUM(base.AnomalyDetector):
    r"""Log likelihood ratio of a rise by one fixed ratio, over the best start.

    .. math::

        S \leftarrow \max(0, S + \ell), \qquad
        \ell = x \ln\frac{r (1 + \alpha m)}{1 + \alpha m r}
             - \frac{1}{\alpha} \ln\frac{1 + \alpha m r}{1 + \alpha m}

    for counts of mean m, or r m after the rise, and variance :math:`m + \alpha m^2`; with
    :math:`\alpha = 0` they are Poisson, :math:`\ell = x \ln r - m (r - 1)`.

    The score S is in nats. Alarm at S ≥ h, then `reset`. If the expectations are right,
    e to the power h counts at least pass on average between false alarms, and no
    procedure as rare in its false alarms finds a rise by just this ratio sooner in the
    worst case. A lesser rise may take long; a wrong expectation, or counts more spread
    than α says, break both promises. State: one number.

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
        The statistic after the last count learned.

    References
    ----------
    E. S. Page: Continuous inspection schemes. Biometrika 41 (1954), 100-115.
    G. V. Moustakides: Optimal stopping times for detecting changes in distributions.
    Annals of Statistics 14 (1986), 1379-1387.
    M. Höhle, M. Paul: Count data regression charts for the monitoring of surveillance time
    series. Computational Statistics & Data Analysis 52 (2008), 4357-4368.

    Examples
    --------
    Each count of mean 2 adds x ln 2 - 2; what falls below zero is forgotten.

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
            raise ValueError(f"CUSUM: ratio must be above 1, since it looks for rises: {ratio}")
        if not dispersion >= 0.0:
            raise ValueError(f"CUSUM: dispersion must be 0 (Poisson) or more: {dispersion}")
        self.ratio = ratio
        self.expected = expected
        self.dispersion = dispersion
        self.nats = 0.0

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Take in a count and, unless the default is meant, its expectation."""
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
