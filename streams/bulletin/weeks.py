"""Days to weeks that end with the period, and what the calendar leads one to expect of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streams.bulletin.cell import BulletinPeriod, Cell, Cells
from streams.config.tables import CalendarEntry
from streams.counts.bucket import DAY_S
from streams.detection.context.calendar import Calendar, Occasion, in_force

F8 = npt.NDArray[np.float64]

WEEK_DAYS = 7

MOST_WEEKS = 170
"""Weeks that are looked at: three years and the window."""


class Weeks(NamedTuple):
    """What was counted of the finest cells, week by week; the last week ends with the period.

    Attributes
    ----------
    counts
        Shape (leaves, weeks).
    known
        Part of each week's days that was counted, shape (weeks,).
    last
        The last day of the last week.
    """

    counts: F8
    known: F8
    last: dt.date

    def first_day(self, week: int) -> dt.date:
        """Return the first day of a week."""
        return self.last - dt.timedelta(WEEK_DAYS * (len(self.known) - week) - 1)


def by_week(cells: Cells, period: BulletinPeriod) -> Weeks:
    """Sum up days to weeks; days outside what was counted are not known.

    Examples
    --------
    >>> day = dt.date(2026, 3, 1)
    >>> cells = Cells.of_rows([(day, Cell("a", "", "", ""), 3)], [day + dt.timedelta(7)])
    >>> weeks = by_week(cells, BulletinPeriod(day, day + dt.timedelta(7)))
    >>> weeks.counts.tolist(), weeks.known.round(2).tolist(), str(weeks.first_day(1))
    ([[3.0, 0.0]], [0.14, 0.14], '2026-03-02')
    """
    last_day = (period.last - cells.first).days
    begun = max(last_day + 1, 0)
    number = min(-(-begun // WEEK_DAYS), MOST_WEEKS)
    first_day = last_day + 1 - number * WEEK_DAYS
    counts = np.zeros((len(cells.leaves), number * WEEK_DAYS))
    known = np.zeros(number * WEEK_DAYS)
    begin, end = max(first_day, 0), min(last_day + 1, cells.counts.shape[1])
    if begin < end:
        counts[:, begin - first_day : end - first_day] = cells.counts[:, begin:end]
        known[begin - first_day : end - first_day] = cells.known[begin:end]
    counts *= known
    shape = (len(cells.leaves), number, WEEK_DAYS)
    weekly = counts.reshape(shape).sum(axis=2)
    return Weeks(weekly, known.reshape(number, WEEK_DAYS).mean(axis=1), period.last)


class Campaigns(NamedTuple):
    """What the calendar says of the weeks.

    Attributes
    ----------
    factor
        By how much it multiplies what is expected of each finest cell, shape (leaves, weeks).
    touched
        Weeks with a day of any entry, shape (weeks,): there, expectations are less sure.
    """

    factor: F8
    touched: npt.NDArray[np.bool_]


def campaigns(weeks: Weeks, leaves: Sequence[Cell], entries: Sequence[CalendarEntry]) -> Campaigns:
    """Say what the calendar multiplies: the mean of the factors of a week's days.

    An entry names complaints by their category or their platform, or all of them.
    """
    number = len(weeks.known)
    factor = np.ones((len(leaves), number))
    touched = np.zeros(number, dtype=np.bool_)
    calendar = Calendar(entries, "UTC", DAY_S, "UTC")
    for day_number in range(number * WEEK_DAYS if entries else 0):
        day = weeks.first_day(0) + dt.timedelta(day_number)
        occasions = calendar.at((day - dt.date(1970, 1, 1)).days * DAY_S)
        if not occasions:
            continue
        week = day_number // WEEK_DAYS
        touched[week] = True
        known: dict[tuple[str | None, str | None], float] = {}
        for at, leaf in enumerate(leaves):
            names = leaf.category, leaf.platform
            if names not in known:
                known[names] = _factor(occasions, leaf)
            factor[at, week] += (known[names] - 1.0) / WEEK_DAYS
    return Campaigns(factor, touched)


def _factor(occasions: Sequence[Occasion], leaf: Cell) -> float:
    levels = (("all", "all"), ("category", leaf.category), ("platform", leaf.platform))
    found = [in_force(occasions, level, name) for level, name in levels if name]
    return max([each.factor for each in found if each is not None], default=1.0)
