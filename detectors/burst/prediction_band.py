"""The counts that are usual for an entity in a bucket, and the least count that is an alarm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from detectors.distributions.gamma_poisson import tail

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LARGEST = 2**40
"""Largest count that is tried."""

OUTSIDE = 0.025
"""Chance of a count below the band, and of one above it: the band holds 95 %."""


@dataclass(frozen=True, slots=True)
class PredictionBand:
    """What an entity may count in a bucket, from before it is counted."""

    low: float | None
    """Lower end of the band; None for a newcomer, which has no baseline."""
    high: float | None
    """Upper end of the band; None likewise."""
    alarms_at: float | None
    """Least count with evidence at the threshold; None where no count has so much."""


def band(a: float, b: float, exposure: float) -> tuple[float, float]:
    """Smallest and largest usual count: a negative binomial is between them in 95 % of cases.

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


def bands(a: F8, b: F8, exposure: F8) -> tuple[F8, F8]:
    """Ends of the `band` of each of many, all at once.

    Examples
    --------
    >>> low, high = bands(np.array([1e6, 50.0]), np.array([1e6, 5.0]), np.array([4.0, 1.0]))
    >>> low.tolist(), high.tolist()
    ([1.0, 4.0], [8.0, 17.0])
    """

    def above(chance: float) -> Callable[[F8], Flags]:
        return lambda x: tail(a, b, x + 1.0, exposure) <= chance

    low, high = (least_of_each(above(chance), len(a)) for chance in (1.0 - OUTSIDE, OUTSIDE))
    return np.nan_to_num(low), np.where(np.isnan(high), float(LARGEST), high)


def ends_of(a: F8, b: F8, exposure: F8) -> list[PredictionBand]:
    """`bands` as bands of which nobody asked what would be an alarm."""
    low, high = bands(a, b, np.broadcast_to(exposure, a.shape))
    ends = zip(low.tolist(), high.tolist(), strict=True)
    return [PredictionBand(least_usual, most_usual, None) for least_usual, most_usual in ends]


def with_least(ends: Sequence[PredictionBand], numbers: F8) -> list[PredictionBand]:
    """Add to bands the counts that `least_of_each` found to be alarms."""
    return [
        replace(band, alarms_at=None if np.isnan(number) else number)
        for band, number in zip(ends, numbers.tolist(), strict=True)
    ]


def least_of_each(reached: Callable[[F8], Flags], size: int) -> F8:
    """`least` of each of many, which are asked all at once; NaN in place of None.

    Parameters
    ----------
    reached
        Answers for a number of each.
    size
        How many there are.

    Examples
    --------
    >>> least_of_each(lambda x: x >= np.array([1234.5, 0.0, 1e15]), 3).tolist()
    [1235.0, 0.0, nan]
    """
    # Halves a span that begins at all numbers. It is of one power of 2 after a few steps.
    powers = np.array([-1.0, 0.0, *(2.0**k for k in range(LARGEST.bit_length()))])
    none, ends = np.zeros(size, dtype=np.intp), np.full(size, len(powers))
    while ((ends - none) > 1).any():
        middle = np.minimum((none + ends) // 2, len(powers) - 1)
        over = reached(np.maximum(powers[middle], 0.0)) & (middle > 0)
        none, ends = np.where(over, none, middle), np.where(over, middle, ends)
    found = ends < len(powers)
    high = powers[np.minimum(ends, len(powers) - 1)]
    low = np.where(found, powers[none], high - 1.0)
    while (high - low > 1.0).any():
        between = np.floor((low + high) / 2.0)
        over = reached(np.maximum(between, 0.0)) & (between >= 0.0)
        low, high = np.where(over, low, between), np.where(over, between, high)
    return np.where(found, high, np.nan)


def least(reached: Callable[[F8], Flags]) -> float | None:
    """Least whole number from 0 on for which `reached` is true.

    Parameters
    ----------
    reached
        Answers for an array of numbers; where it is true for one, it is true for all greater ones.

    Examples
    --------
    >>> least(lambda x: x >= 1234.5), least(lambda x: x < 0)
    (1235.0, None)
    """
    # Few calls with an array of numbers each: that is what `reached` is fast at.
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
