"""What is expected of each cell: its share of everybody's complaints, week by week."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detectors.emerging.onset_mixture import WINDOW, Heights, OnsetsFound, Prior, judge_onsets
from detectors.emerging.season_index import season_index
from detectors.emerging.week_weights import DISCOUNT, MOST_SURE, excess_variance, week_weights
from streams.bulletin.cell import Cell
from streams.bulletin.cell_table import CellTable
from streams.bulletin.weeks import Weeks, campaigns
from streams.config.tables import CalendarEntry

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

LEAST_WEEKS = 8
"""Weeks before an onset, at least, that say what is usual."""

BASELINE_WEEKS = 52

CAMPAIGN_ERROR = 0.3
"""Relative error of what the calendar leads one to expect of a week."""

PRIOR_SHAPE = 0.5
"""A cell that was never seen is expected at the product of its names' shares, with this shape."""

NEW_LEAF = 0.02
"""Part of what was counted of a finest cell in the window that tells how large it is."""

MOST_SHARE = 0.5
"""A cell with a larger part of the complaints is everybody: its rise cannot be told from theirs."""

MARGIN_WEEKS = 4
MARGIN_PULL = 200.0
"""How a name does is seen over so many weeks; so many complaints pull it to what is usual."""

MOST_MARGIN = 2.0
"""By how much a name explains its cells at most: beyond that it is told itself."""

LEAST_COMMON = 0.2
"""Part of the complaints, at least, that must be left to say how everybody's rose."""


class Shares:
    """Expectations of all cells, beside what is explained by cells that are told already.

    A cell is compared with the complaints of all others that no told cell holds: its expectation in
    a week is its share beside them, times what the season and the calendar make of that share, and
    its part of told cells' excess.

    Parameters
    ----------
    weeks
        What was counted of the finest cells.
    leaves
        The finest cells.
    entries
        The calendar.

    Attributes
    ----------
    table
        The cells.
    counts
        What was counted of them, shape (cells, weeks).
    expected
        What their shares lead one to expect, shape (cells, weeks).
    weights
        What each week tells.
    comparable
        Which cells are small enough to be compared with the others.
    """

    def __init__(
        self, weeks: Weeks, leaves: Sequence[Cell], entries: Sequence[CalendarEntry]
    ) -> None:
        self._of_leaves = weeks.counts
        self.weeks = weeks.counts.shape[1]
        self._begin = max(self.weeks - WINDOW, 0)
        self.table = CellTable(leaves)
        self.counts = self.table.sums(weeks.counts)
        self._told = np.zeros(len(leaves), dtype=np.bool_)
        self._added = np.zeros((len(leaves), self.weeks))
        before = weeks.counts[:, : max(self._begin, LEAST_WEEKS)]
        self._size = before[:, -BASELINE_WEEKS:].mean(axis=1)
        self._size += NEW_LEAF * weeks.counts[:, self._begin :].mean(axis=1)
        found = campaigns(weeks, leaves, entries)
        self._unsure = CAMPAIGN_ERROR**2 * found.touched
        factor = self._with_seasons(found.factor)
        self._usual_of_leaves = self._size[:, None] * factor
        self._usual = self.table.sums(self._usual_of_leaves)
        size = self.table.sums(self._size[:, None])[:, 0]
        self.comparable = size <= MOST_SHARE * self._size.sum()
        self.prior = self._prior(size)
        self._expect()

    def _with_seasons(self, factor: F8) -> F8:
        """Multiply the calendar's factors by the seasons of names.

        A name's season is learned of what the calendar and the seasons of the names before it leave
        unexplained: so a platform that is of one category has not its season twice.
        """
        everybody = self._of_leaves.sum(axis=0)
        everybody /= np.maximum(self._size @ factor, 1e-9)
        for name in range(4):
            counts = self.table.by_name(name, self._of_leaves)
            due = self.table.by_name(name, self._size[:, None] * factor) * everybody
            factor = factor * season_index(counts, due, self._begin)[self.table.codes[name]]
        return factor

    def _prior(self, size: F8) -> Prior:
        """Expect a cell at the product of its names' shares, with little weight."""
        total = max(float(self._size.sum()), 1e-9)
        share = np.ones(len(self.table.cells))
        for name in range(4):
            alone = self.table.by_name(name, self._size[:, None] / total)[self.table.codes[name], 0]
            share *= np.where(self.table.named[:, name], alone[self.table.a_leaf], 1.0)
        shape = np.full(len(share), PRIOR_SHAPE)
        return Prior(shape, shape * np.maximum(size, 1e-9) / np.maximum(total * share, 1e-9))

    def _expect(self) -> None:
        """Learn every cell's share beside the others that no told cell holds."""
        open_leaves = ~self._told[:, None]
        left, usual = self._of_leaves * open_leaves, self._usual_of_leaves * open_leaves
        others = left.sum(axis=0) - self.table.sums(left)
        of_others = usual.sum(axis=0) - self.table.sums(usual)
        exposure = self._usual * np.maximum(others, 0.0) / np.maximum(of_others, 1e-9)
        begin = max(self._begin - BASELINE_WEEKS, 0)
        past = slice(begin, max(self._begin, LEAST_WEEKS))
        exposure = exposure * self._margins(left, usual, self._learned(exposure, past))
        self.expected = self._learned(exposure, past)
        self.excess = excess_variance(self.counts[:, past], self.expected[:, past])
        excess = self.excess[:, None] + self._unsure + 1.0 / np.maximum(others, 1.0)
        added = self.table.sums(self._added)
        factor = np.maximum(1.0 + added / np.maximum(self.expected, 1e-9), 0.02)
        self.exposure = exposure * factor
        self.expected = self.expected * factor
        self.weights = week_weights(self.expected, excess)

    def _learned(self, exposure: F8, past: slice) -> F8:
        """Return what the shares of past weeks lead one to expect."""
        age = DISCOUNT ** np.arange(past.stop - past.start - 1, -1, -1.0)
        a = self.prior.shape + (self.counts[:, past] * age).sum(axis=1)
        b = self.prior.rate + (exposure[:, past] * age).sum(axis=1)
        return np.asarray((a / b)[:, None] * exposure)

    def _margins(self, left: F8, usual: F8, expected: F8) -> F8:
        """Return how each name of a cell does without the cell: what explains its rise in part.

        A cell by one name has no such margin. Where a platform and a region have each 10 % more, as
        shares drift, both together have 21 % more without anything of their own.
        """
        out = np.ones_like(expected)
        several = self.table.named.sum(axis=1) > 1
        own, due = self.table.sums(left), self.table.sums(usual)
        part = due / np.maximum(self._usual, 1e-9)  # of the cell that no told cell holds
        own, due = _lately(own), _lately(expected * part)
        for name in range(4):
            counts, of_name = self.table.by_name(name, left), self.table.by_name(name, usual)
            others, of_others = left.sum(axis=0) - counts, usual.sum(axis=0) - of_name
            of_name *= np.maximum(others, 0.0) / np.maximum(of_others, 1e-9)
            before = slice(0, max(self._begin, LEAST_WEEKS))
            share = counts[:, before].sum(axis=1) / np.maximum(of_name[:, before].sum(axis=1), 1e-9)
            codes = self.table.codes[name][self.table.a_leaf]
            rest = _lately(counts)[codes] - own
            rest_due = _lately(share[:, None] * of_name)[codes] - due
            small = self.table.by_name(name, self._size[:, None])[:, 0]
            small = small <= MOST_SHARE * self._size.sum()  # another's rise would be its fall
            ratio = (MARGIN_PULL + np.maximum(rest, 0.0)) / (
                MARGIN_PULL + np.maximum(rest_due, 0.0)
            )
            has = several & self.table.named[:, name] & small[codes]
            out *= np.where(has[:, None], np.clip(ratio, 1.0 / MOST_MARGIN, MOST_MARGIN), 1.0)
        return out

    def judge(self, rows: Rows, heights: Heights) -> OnsetsFound:
        """Judge whether cells have begun to change by one of some heights."""
        begin = max(self._begin - BASELINE_WEEKS, 0)
        return judge_onsets(
            self.counts[rows, begin:],
            self.exposure[rows, begin:],
            self.weights[rows, begin:],
            Prior(self.prior.shape[rows], self.prior.rate[rows]),
            heights,
            discount=DISCOUNT,
            most_sure=MOST_SURE,
            least_weeks=LEAST_WEEKS,
        )

    def weekly(self) -> F8:
        """Return what was expected of each cell in a week before the window."""
        before = self.expected[:, : max(self._begin, LEAST_WEEKS)]
        return np.asarray(before[:, -LEAST_WEEKS:].mean(axis=1))

    def tell(self, cell: int, weeks_ago: int, share: float) -> None:
        """Take a cell as told: what it has in excess since its onset explains others.

        Parameters
        ----------
        cell
            Its place.
        weeks_ago
            Weeks since its onset.
        share
            What its exposure is multiplied by to be what was expected of it.
        """
        leaves = self.table.leaves_of(cell)
        since = slice(self.weeks - weeks_ago, self.weeks)
        excess = self.counts[cell, since] - share * self.exposure[cell, since]
        size = self._size[leaves]
        self._added[leaves, since] += np.outer(size / size.sum(), excess)
        others = ~self._told
        others[leaves] = False
        if self._size[others].sum() >= LEAST_COMMON * self._size.sum():
            self._told = ~others
        self._expect()


def _lately(weekly: F8) -> F8:
    """Sum each week up with those before it, `MARGIN_WEEKS` in all."""
    sums = np.cumsum(weekly, axis=1)
    sums[:, MARGIN_WEEKS:] -= sums[:, :-MARGIN_WEEKS].copy()
    return sums
