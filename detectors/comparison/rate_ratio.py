"""Exact intervals for a ratio of two rates, for one rate, and for a share.

Two Poisson counts x and y over exposures s and t: given their sum, x is binomial with the chance
r s / (r s + t), where r is the ratio of the rates (Przyborowski and Wilenski, 1940). The interval
of Clopper and Pearson (1934) for that chance gives the interval for r. It is exact, so it is rather
too wide than too narrow.

Counts that scatter more than Poisson's are divided by their dispersion first: then they hold as
many independent events as they tell of (quasi-Poisson).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, gammaincinv

LEVEL: Final = 0.95
"""The share of intervals that hold the truth, at least."""


class Bounded(NamedTuple):
    """A value with its interval.

    Attributes
    ----------
    value
        The estimate; None where there is none, as for a rise from nothing.
    low, high
        Its interval; `high` is None where it has no end.
    """

    value: float | None
    low: float
    high: float | None


def rate_ratio(
    count: float,
    exposure: float,
    before: float,
    exposure_before: float,
    dispersion: float = 1.0,
    level: float = LEVEL,
) -> Bounded | None:
    """Compare two counts by their exposures; None where nothing can be said.

    Parameters
    ----------
    count, exposure
        What was counted, and over how much: days, or messages.
    before, exposure_before
        What it is compared with.
    dispersion
        Variance of the counts over that of Poisson counts; less than 1 is taken as 1.
    level
        Of the interval.

    Examples
    --------
    >>> found = rate_ratio(30, 7, 15, 7)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (2.0, 1.043, 4.0)
    >>> rate_ratio(3, 7, 0, 7).value is None, rate_ratio(0, 7, 0, 7) is None
    (True, True)
    """
    if exposure <= 0 or exposure_before <= 0 or count + before <= 0:
        return None
    scale = max(dispersion, 1.0)
    low, high = _share_bounds(count / scale, before / scale, level)
    times = exposure_before / exposure
    return Bounded(
        None if before == 0 else count / before * times,
        low / (1.0 - low) * times,
        None if high >= 1.0 else high / (1.0 - high) * times,
    )


def share(part: int, whole: int, level: float = LEVEL) -> Bounded | None:
    """Bounded a share with the interval of Clopper and Pearson; None of nothing.

    Parameters
    ----------
    part, whole
        How many have it, and of how many.
    level
        Of the interval.

    Examples
    --------
    >>> found = share(9, 10)
    >>> found.value, round(found.low, 3), round(found.high, 4)
    (0.9, 0.555, 0.9975)
    """
    if whole <= 0:
        return None
    low, high = _share_bounds(part, whole - part, level)
    return Bounded(part / whole, low, high)


def over_expected(count: float, expected: float, level: float = LEVEL) -> Bounded | None:
    """Compare a Poisson count with what is known to be expected (Garwood, 1936).

    Parameters
    ----------
    count, expected
        What was counted, and its known mean; None where that is not above 0.
    level
        Of the interval.

    Examples
    --------
    >>> found = over_expected(10, 5.0)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (2.0, 0.959, 3.678)
    """
    if expected <= 0:
        return None
    tail = (1.0 - level) / 2.0
    low = float(gammaincinv(count, tail)) if count > 0 else 0.0
    high = float(gammaincinv(count + 1.0, 1.0 - tail))
    return Bounded(count / expected, low / expected, high / expected)


def weekly_dispersion(counts: npt.NDArray[np.int64]) -> float:
    """Say how much more days scatter than Poisson counts, weekdays and weeks apart.

    Pearson's statistic of a table of weeks by weekdays over its degrees of freedom, 1 at least.

    Parameters
    ----------
    counts
        Whole weeks, shape (weeks, 7).

    Examples
    --------
    >>> weekly_dispersion(np.full((4, 7), 100))
    1.0
    """
    weeks, days = counts.shape
    total = int(counts.sum())
    if weeks < 2 or total == 0:
        return 1.0
    mean = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    seen = mean > 0
    statistic = float((((counts - mean) ** 2)[seen] / mean[seen]).sum())
    return max(statistic / float((weeks - 1) * (days - 1)), 1.0)


def _share_bounds(part: float, rest: float, level: float) -> tuple[float, float]:
    """Bound a share by Clopper and Pearson, from what has it and what has it not."""
    tail = (1.0 - level) / 2.0
    low = 0.0 if part <= 0 else float(betaincinv(part, rest + 1.0, tail))
    high = 1.0 if rest <= 0 else float(betaincinv(part + 1.0, rest, 1.0 - tail))
    return low, high
