"""How a series' share goes through the year, as the years before had it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

YEAR_WEEKS = 52
NEAR_WEEKS = 2
"""Weeks before and after a week whose shares count for its index too."""

PULL = 300.0
"""Counts that pull an index to 1: one of small counts is mostly chance."""

PASSES = 2

ONE_YEAR = 0.5
"""How far a single year is believed: its drift cannot be told from its season."""


def season_index(counts: F8, exposure: F8, known_until: int) -> F8:
    """Estimate by how much the season multiplies each series' share, week by week.

    Parameters
    ----------
    counts
        Shape (series, weeks).
    exposure
        Shape (series, weeks): what counts are compared with, mostly everybody's counts.
    known_until
        Weeks from this one on are judged: they tell nothing about the season.

    Returns
    -------
    index
        Shape (series, weeks): 1 everywhere where less than a year is known.

    Examples
    --------
    >>> year = np.where(np.arange(52) < 26, 900.0, 1100.0)
    >>> index = season_index(np.tile(year, 3)[None, :], np.full((1, 156), 5000.0), 140)
    >>> index[0, [13, 143]].round(2).tolist()
    [0.92, 1.1]
    """
    if known_until < YEAR_WEEKS:
        return np.ones_like(counts)
    years = -(-known_until // YEAR_WEEKS)
    unknown = years * YEAR_WEEKS - known_until  # of the first year
    shape = (len(counts), years, YEAR_WEEKS)
    seen, due = (
        np.pad(each[:, :known_until], ((0, 0), (unknown, 0))).reshape(shape)
        for each in (counts, exposure)
    )
    covered = due.sum(axis=0) > 0.0
    of_week = np.ones((len(counts), YEAR_WEEKS))
    for _ in range(PASSES):  # a part of a year is compared with what the season makes of it
        share = seen.sum(axis=2) / np.maximum((due * of_week[:, None]).sum(axis=2), 1e-9)
        near_seen, near_due = _near(seen), _near(share[:, :, None] * due)
        deviation = ((PULL + near_seen) / (PULL + near_due) - 1.0) * covered
        times = covered.sum(axis=0)
        alike = _alike(deviation, covered)
        belief = alike / (1.0 + (times - 1.0) * alike)
        of_week = 1.0 + belief * deviation.sum(axis=1)
    at = (np.arange(counts.shape[1]) + unknown) % YEAR_WEEKS
    return np.asarray(of_week[:, at])


def _near(of_year: F8) -> F8:
    """Sum each week up with those near it, around the year."""
    near = range(-NEAR_WEEKS, NEAR_WEEKS + 1)
    return np.asarray(np.sum([np.roll(of_year, shift, axis=2) for shift in near], axis=0))


def _alike(deviation: F8, covered: npt.NDArray[np.bool_]) -> float:
    """Return how much of a year's deviations the others repeat, from 0 to 1.

    Of n years the mean is believed by n r / (1 + (n - 1) r), as Spearman and Brown have it.

    Parameters
    ----------
    deviation
        Shape (series, years, weeks of a year).
    covered
        Which weeks were counted, shape (years, weeks).
    """
    twice = covered.sum(axis=0) > 1
    if not twice.any():
        return ONE_YEAR
    own = deviation[:, :, twice]
    times = covered[:, twice].sum(axis=0)
    squares = (own**2).sum(axis=1)
    products = own.sum(axis=1) ** 2 - squares
    common = float((products / (times * (times - 1.0))).mean())
    variance = float((squares / times).mean())
    return min(max(common / max(variance, 1e-12), 0.0), 1.0)
