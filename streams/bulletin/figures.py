"""The figures of an entry: what was counted and expected, with intervals."""

from __future__ import annotations

import math

from detectors.emerging.onset_mixture import OnsetsFound
from streams.bulletin.cell import BulletinPeriod, Cells
from streams.bulletin.entry import Direction, EmergingEntry, Stretch
from streams.bulletin.shares import Shares
from streams.bulletin.weeks import WEEK_DAYS, Weeks

WEEKS_SHOWN = 26
Z_95 = 1.96
MOST_NATS = 700.0
"""Above it an e-value is no number."""


def entry_of(
    shares: Shares,
    cell: int,
    judged: OnsetsFound,
    direction: Direction,
    cells: Cells,
    period: BulletinPeriod,
    weeks: Weeks,
) -> EmergingEntry:
    """Make the entry of a cell, as it stands before it is told.

    Parameters
    ----------
    shares
        What is expected.
    cell
        The cell's place.
    judged
        What was found of it alone: columns of one row.
    direction
        Whether it rose or fell.
    cells, period, weeks
        What was counted, by day and by week, and of which days the bulletin is.
    """
    a, b = float(judged.shape[0]), float(judged.rate[0])
    begin = shares.weeks - int(judged.weeks_ago[0])
    expected = (a / b) * shares.exposure[cell]
    counted = shares.counts[cell]
    spread = 1.0 / shares.weights[cell]  # variance over mean
    stretches = tuple(
        _stretch(weeks, week, float(counted[week]), float(expected[week]), float(spread[week]), a)
        for week in range(max(shares.weeks - WEEKS_SHOWN, 0), shares.weeks)
        if weeks.known[week] > 0.0
    )
    since_counted, since_expected = float(counted[begin:].sum()), float(expected[begin:].sum())
    weighed = float((shares.weights[cell, begin:] * counted[begin:]).sum())
    ratio = since_counted / max(since_expected, 1e-9)
    off = math.exp(Z_95 * math.sqrt(1.0 / max(weighed, 1.0) + 1.0 / a))
    nats = float(judged.evidence_nats[0])
    in_period = _expected_in(period, weeks, expected.tolist())
    low, high = _between(in_period, float(spread[-1]), a)
    name = shares.table.cells[cell]
    return EmergingEntry(
        name,
        direction,
        Stretch(period.first, cells.total(name, period), in_period, low, high),
        ratio,
        ratio / off,
        ratio * off,
        weeks.first_day(begin),
        int(since_counted),
        since_expected,
        nats,
        math.exp(min(nats, MOST_NATS)),
        min(math.exp(-nats), 1.0),
        stretches,
    )


def _stretch(
    weeks: Weeks, week: int, counted: float, expected: float, spread: float, shape: float
) -> Stretch:
    return Stretch(
        weeks.first_day(week), int(counted), expected, *_between(expected, spread, shape)
    )


def _expected_in(period: BulletinPeriod, weeks: Weeks, expected: list[float]) -> float:
    """Sum the expectations of the weeks up, each by its part of the period."""
    days = period.days
    found = 0.0
    for week in range(len(expected) - 1, -1, -1):
        found += expected[week] * min(days, WEEK_DAYS) / WEEK_DAYS
        days -= WEEK_DAYS
        if days <= 0:
            break
    return found


def _between(mean: float, spread: float, shape: float) -> tuple[float, float]:
    """Return where a count lies in 95 of 100 cases: a Gamma distribution of its variance.

    The variance is the mean times `spread`, and what the share is not known by. Quantiles are those
    of Wilson and Hilferty (1931), exact to a few percent.

    Examples
    --------
    >>> [round(end) for end in _between(100.0, 1.0, 1e9)]
    [81, 121]
    """
    if mean <= 0.0:
        return 0.0, 0.0
    variance = mean * spread + mean * mean / shape
    k = mean * mean / variance

    def at(z: float) -> float:
        return mean * max(1.0 - 1.0 / (9.0 * k) + z / (3.0 * math.sqrt(k)), 0.0) ** 3

    return at(-Z_95), at(Z_95)
