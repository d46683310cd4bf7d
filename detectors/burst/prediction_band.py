"""What a bucket's count may be before it is unusual, and before it is an alarm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.distributions.gamma_poisson import tail

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LARGEST = 2**40
"""No count is looked at beyond it."""

OUTSIDE = 0.025
"""Chance of a count below the band, and of one above it: it holds 95 %."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """One entity's bucket before it is counted."""

    low: float | None
    """Lower end of the band; None for a newcomer, who has no baseline."""
    high: float | None
    """Upper end of it."""
    alarms_at: float | None
    """Least count whose evidence reaches the threshold; None where no count's does."""


def band(a: float, b: float, exposure: float) -> tuple[float, float]:
    """Counts between which a predictive negative binomial has 95 % of its chance, at least.

    Parameters
    ----------
    a, b
        Widened posterior.
    exposure
        Exposure of the bucket.

    Examples
    --------
    >>> band(1e6, 1e6, 4.0)
    (1.0, 8.0)
    """

    def above(chance: float) -> Callable[[F8], Flags]:
        return lambda x: tail(np.full(len(x), a), np.full(len(x), b), x + 1.0, exposure) <= chance

    low, high = least(above(1.0 - OUTSIDE)), least(above(OUTSIDE))
    return low or 0.0, float(LARGEST) if high is None else high


def least(reached: Callable[[F8], Flags]) -> float | None:
    """Least whole number from 0 on that reaches something, which all greater ones do too.

    Examples
    --------
    >>> least(lambda x: x >= 1234.5), least(lambda x: x < 0)
    (1235.0, None)
    """
    # Few calls with many numbers each: what is asked is made for arrays.
    low, high = -1, 0
    powers = np.array([0.0, *(2.0**k for k in range(LARGEST.bit_length()))])
    found = np.flatnonzero(reached(powers))
    if not len(found):
        return None
    first = int(found[0])
    high = int(powers[first])
    low = int(powers[first - 1]) if first else -1
    while high - low > 1:
        between = np.unique(np.linspace(low + 1, high, 32).astype(np.int64))
        found = np.flatnonzero(reached(between.astype(np.float64)))
        first = int(found[0])
        high = int(between[first])
        low = int(between[first - 1]) if first else low
    return float(high)
