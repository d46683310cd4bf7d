"""Cells: complaints by category, platform, region and kind, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

UNNAMED = ""
"""Stands for what a complaint does not name; no name of an event is empty."""


class Cell(NamedTuple):
    """What complaints have in common: None where that is anything, "" where they do not say it.

    Examples
    --------
    >>> Cell("loans", region="11").within(Cell("loans"))
    True
    >>> Cell("loans").within(Cell("loans", region="11"))
    False
    """

    category: str | None = None
    platform: str | None = None
    region: str | None = None
    kind: str | None = None

    def within(self, wider: Cell) -> bool:
        """Whether all complaints of this cell are of the wider one too; a cell is within itself."""
        return all(theirs in (None, own) for own, theirs in zip(self, wider, strict=True))


class BulletinPeriod(NamedTuple):
    """The days that a bulletin is about.

    Attributes
    ----------
    first, last
        Its first and its last day.
    """

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Cells:
    """What was counted of every finest cell, day by day.

    Attributes
    ----------
    first
        The first day.
    leaves
        The finest cells: nothing of them is None; each is there once.
    counts
        Complaints, shape (leaves, days).
    known
        Whether a day was counted, shape (days,): of others nobody knows, and they are no zeros.
    """

    first: dt.date
    leaves: tuple[Cell, ...]
    counts: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]

    @classmethod
    def of_rows(
        cls, rows: Iterable[tuple[dt.date, Cell, int]], known: Iterable[dt.date] = ()
    ) -> Cells:
        """Make cells of rows in any order; those of the same day and cell are added up.

        Parameters
        ----------
        rows
            Day, finest cell and how many complaints.
        known
            Days that were counted, beside those of the rows.

        Examples
        --------
        >>> rows = [(dt.date(2026, 3, 1), Cell("loans", "Mall", "11", "fraud"), 2)] * 2
        >>> Cells.of_rows(rows, [dt.date(2026, 3, 2)]).counts.tolist()
        [[4, 0]]
        """
        sums: dict[tuple[Cell, dt.date], int] = {}
        days = set(known)
        for day, cell, count in rows:
            days.add(day)
            sums[cell, day] = sums.get((cell, day), 0) + count
        if not days:
            nothing = np.zeros((0, 0), dtype=np.int64)
            return cls(dt.date(1970, 1, 1), (), nothing, np.zeros(0, dtype=np.bool_))
        first, last = min(days), max(days)
        leaves = sorted({cell for cell, _ in sums})
        places = {cell: at for at, cell in enumerate(leaves)}
        counts = np.zeros((len(leaves), (last - first).days + 1), dtype=np.int64)
        is_known = np.zeros(counts.shape[1], dtype=np.bool_)
        for day in days:
            is_known[(day - first).days] = True
        for (cell, day), count in sums.items():
            counts[places[cell], (day - first).days] = count
        return cls(first, tuple(leaves), counts, is_known)

    def total(self, cell: Cell, period: BulletinPeriod) -> int:
        """Count the complaints of a cell in a period."""
        rows = [at for at, leaf in enumerate(self.leaves) if leaf.within(cell)]
        begin = max(0, (period.first - self.first).days)
        end = max(begin, (period.last - self.first).days + 1)
        return int(self.counts[rows, begin:end].sum())
