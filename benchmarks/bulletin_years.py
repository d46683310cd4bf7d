"""Simulated years of complaints by category, platform, region and kind, with emerging problems.

What is known of such data goes into it: few large names and many small ones, platforms of some
categories, seasons of categories, weekdays, a festival that raises one category by another factor
than the calendar says, days without data, shares that wander, and rates that vary from week to week
by more than Poisson's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streams.bulletin.cell import Cell, Cells
from streams.config.tables import CalendarEntry

F8 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

HISTORY_WEEKS, JUDGED_WEEKS = 104, 52
FIRST = dt.date(2023, 1, 2)
CATEGORIES, PLATFORMS, REGIONS, KINDS = 12, 20, 31, 5
WEEKDAYS = np.array([1.15, 1.1, 1.05, 1.05, 1.0, 0.85, 0.8])
STAYS_WEEKS = 6
"""Weeks for which a problem stays at its height, before it ends within two."""

WEEKLY_SD = 0.04
"""Relative deviation of the rates of a category on a platform, of a region, and of both."""


@dataclass(frozen=True, eq=False)
class Injected:
    """An emerging problem: a category in a region grows.

    Attributes
    ----------
    cell
        Where.
    begins
        The first week of growth, counted from the first week of the history.
    ratios
        By what it multiplies the rate, from that week on.
    usual, counted
        What the true rates of these weeks lead one to expect without it, and what was counted.
    excess
        The variance of a week's count is its mean m, and this times m squared.
    """

    cell: Cell
    begins: int
    ratios: F8
    usual: F8
    counted: F8
    excess: float


@dataclass(frozen=True)
class World:
    """Simulated complaints, and what was injected."""

    cells: Cells
    calendar: list[CalendarEntry]
    injected: list[Injected]


def simulate(seed: int, problems: int, a_day: float = 2500.0) -> World:
    """Simulate history and a judged year.

    Parameters
    ----------
    seed
        Of all that is random.
    problems
        How many are injected into the judged year.
    a_day
        Complaints a day.
    """
    rng = np.random.default_rng(seed)
    weeks = HISTORY_WEEKS + JUDGED_WEEKS
    pairs = _pairs(rng)
    category = np.array([pair[0] for pair in pairs])
    of_pair = 1.0 / np.arange(1, len(pairs) + 1) ** 0.7
    of_region = rng.permutation(1.0 / np.arange(1, REGIONS + 1) ** 0.5)
    of_kind = rng.dirichlet(np.full(KINDS, 2.0), CATEGORIES)[category]
    taste = rng.gamma(4.0, 0.25, (len(pairs), REGIONS))
    share = (of_pair[:, None] * of_region * taste)[:, :, None] * of_kind[:, None, :]
    share /= share.sum()
    time = np.arange(weeks)
    wave = 2.0 * np.pi * time / 52.18
    season = 1.0 + 0.15 * np.sin(wave + rng.uniform(0.0, 6.28, CATEGORIES)[:, None])[category]
    everybody = (1.0 + 0.1 * np.sin(wave)) * np.exp(np.cumsum(rng.normal(0.0, 0.03, weeks)))
    pair_week = season * _wander(rng, len(pairs), weeks)
    region_week = _wander(rng, REGIONS, weeks)
    both = _noise(rng, (len(pairs), REGIONS, weeks))
    steady = pair_week[:, None, :] * region_week[None] * everybody
    pair_noise, region_noise = _noise(rng, (len(pairs), weeks)), _noise(rng, (REGIONS, weeks))
    rate = steady * pair_noise[:, None, :] * region_noise[None] * both
    days = weeks * 7
    daily = np.tile(WEEKDAYS, weeks) * a_day
    festival = rng.uniform(1.8, 3.2)  # the calendar says 2.5
    dates = [FIRST + dt.timedelta(day) for day in range(days)]
    double_11 = np.array([(day.month, day.day) in ((11, 10), (11, 11)) for day in dates])
    of_day = np.where(double_11, festival, 1.0)
    ratio = np.ones((CATEGORIES, REGIONS, weeks))
    places = _places(rng, share, category, problems, a_day)
    for (at, region), begins in places:
        path = _path(rng)[: weeks - begins]
        ratio[at, region, begins : begins + len(path)] *= path
    usual = np.repeat(rate, 7, axis=2) * daily
    usual[category == 0] *= of_day
    known_rate = np.repeat(steady, 7, axis=2) * daily
    known_rate[category == 0] *= of_day
    mean = usual * np.repeat(ratio[category], 7, axis=2)
    counts = rng.poisson(mean[:, :, None, :] * share[:, :, :, None])
    known = rng.random(days) > 0.004
    counts[:, :, :, ~known] = 0
    leaves = [
        Cell(f"c{pair[0]:02d}", f"p{pair[1]:02d}", f"r{region:02d}", f"k{kind}")
        for pair in pairs
        for region in range(REGIONS)
        for kind in range(KINDS)
    ]
    flat = counts.reshape(len(leaves), days)
    order = sorted(range(len(leaves)), key=lambda leaf: leaves[leaf])
    cells = Cells(FIRST, tuple(leaves[leaf] for leaf in order), flat[order], known)
    found = []
    for (at, region), begins in places:
        own = category == at
        of_pairs = share[own, region].sum(axis=1)
        weekly = (known_rate[own, region] * of_pairs[:, None] * known).sum(axis=0)
        ended = begins + int((ratio[at, region, begins:] > 1.0).sum())
        span = slice(begins, ended)
        usual_week = weekly.reshape(weeks, 7).sum(axis=1)[span]
        own_counts = counts[own, region].sum(axis=(0, 1)).reshape(weeks, 7).sum(axis=1)[span]
        cell = Cell(category=f"c{at:02d}", region=f"r{region:02d}")
        ratios = ratio[at, region, span]
        even = float((of_pairs**2).sum() / of_pairs.sum() ** 2)
        excess = WEEKLY_SD**2 * (1.0 + 2.0 * even)
        counted = own_counts.astype(np.float64)
        found.append(Injected(cell, begins, ratios, usual_week, counted, excess))
    entry = CalendarEntry(
        name="Double 11", festival="double_11", applies_to=["category/c00"], factor=2.5
    )
    return World(cells, [entry], found)


def _pairs(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return which platform is of which categories."""
    pairs = {(platform % CATEGORIES, platform) for platform in range(PLATFORMS)}
    while len(pairs) < 35:
        pairs.add((int(rng.integers(CATEGORIES)), int(rng.integers(PLATFORMS))))
    return [(int(one), int(other)) for one, other in rng.permutation(sorted(pairs))]


def _wander(rng: np.random.Generator, rows: int, weeks: int) -> F8:
    """Return shares that drift by about 7 % a year."""
    return np.asarray(np.exp(np.cumsum(rng.normal(0.0, 0.01, (rows, weeks)), axis=1)))


def _noise(rng: np.random.Generator, shape: tuple[int, ...]) -> F8:
    k = 1.0 / WEEKLY_SD**2
    return rng.gamma(k, 1.0 / k, shape)


def _path(rng: np.random.Generator) -> F8:
    """Return the ratios of a problem: it grows by 20 to 100 % over 3 to 8 weeks, stays, ends."""
    height, growing = rng.uniform(0.2, 1.0), int(rng.integers(3, 9))
    up = 1.0 + height * np.arange(1, growing + 1) / growing
    return np.concatenate([up, np.full(STAYS_WEEKS, 1.0 + height), [1.0 + height / 2.0]])


def _places(
    rng: np.random.Generator,
    share: F8,
    category: npt.NDArray[np.int64],
    problems: int,
    a_day: float,
) -> list[tuple[tuple[int, int], int]]:
    """Return a category and a region, and the week in which its problem begins, for each."""
    weekly = np.zeros((CATEGORIES, REGIONS))
    np.add.at(weekly, category, share.sum(axis=2) * a_day * 7.0)
    large = np.argwhere(weekly >= 20.0)
    chosen = rng.choice(len(large), problems, replace=False)
    begins = HISTORY_WEEKS + rng.integers(0, JUDGED_WEEKS - 10, problems)
    at = [(int(large[one, 0]), int(large[one, 1])) for one in chosen]
    return list(zip(at, begins.tolist(), strict=True))
