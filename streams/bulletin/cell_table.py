"""Every cell that is judged: what the finest cells have in common, by one, two or three names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from streams.bulletin.cell import Cell

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

MOST_NAMES = 3
"""What a cell names at most: four names are the finest cells, which are too small to tell."""


class CellGrouping(NamedTuple):
    """One way to group the finest cells.

    Attributes
    ----------
    names
        What its cells name: places in `Cell`.
    cell_of_leaf
        The cell of each finest cell, shape (leaves,), counted within the grouping.
    first
        Place of its first cell in the table.
    cells
        How many cells it has.
    """

    names: tuple[int, ...]
    cell_of_leaf: Rows
    first: int
    cells: int


class CellTable:
    """Cells by one, two and three names, each set of finest cells once, under the fewest names.

    Parameters
    ----------
    leaves
        The finest cells, in order.

    Attributes
    ----------
    cells
        The cells.
    named
        Which of the four names each has, shape (cells, 4).
    a_leaf
        One of the finest cells of each, shape (cells,).
    codes
        The number of each name of the finest cells, shape (4, leaves).

    Examples
    --------
    >>> table = CellTable([Cell("a", "x", "11", "fraud"), Cell("a", "x", "31", "fraud")])
    >>> [cell.region for cell in table.cells]
    ['11', '31']
    """

    def __init__(self, leaves: Sequence[Cell]) -> None:
        rng = np.random.default_rng(0)  # the same marks for the same leaves
        marks = rng.integers(0, 2**63, size=len(leaves), dtype=np.uint64)
        everything = int(marks.sum(dtype=np.uint64)) if len(leaves) else 0
        self.codes = np.array(
            [np.unique([leaf[at] for leaf in leaves], return_inverse=True)[1] for at in range(4)],
            dtype=np.int64,
        ).reshape(4, -1)
        self.groupings: list[CellGrouping] = []
        self.cells: list[Cell] = []
        self._a_leaf: list[int] = []
        seen = {everything}
        for size in range(1, MOST_NAMES + 1):
            for names in combinations(range(4), size):
                self._add(names, leaves, marks, seen)
        self._matrix = self._sparse(len(leaves))
        named = [[name is not None for name in cell] for cell in self.cells]
        self.named = np.array(named, dtype=np.bool_).reshape(-1, 4)
        self.a_leaf = np.array(self._a_leaf, dtype=np.intp)

    def _add(
        self,
        names: tuple[int, ...],
        leaves: Sequence[Cell],
        marks: npt.NDArray[np.uint64],
        seen: set[int],
    ) -> None:
        if not len(leaves):
            return
        _, first_leaf, group = np.unique(
            self.codes[list(names)], axis=1, return_index=True, return_inverse=True
        )
        group = group.ravel()
        sums = np.zeros(len(first_leaf), dtype=np.uint64)
        np.add.at(sums, group, marks)
        place = np.full(len(first_leaf), -1, dtype=np.intp)
        first = len(self.cells)
        for number, mark in enumerate(sums.tolist()):
            if mark not in seen:  # otherwise a wider cell has the same complaints
                seen.add(mark)
                place[number] = len(self.cells) - first
                leaf = leaves[int(first_leaf[number])]
                self._a_leaf.append(int(first_leaf[number]))
                self.cells.append(Cell(*(leaf[at] if at in names else None for at in range(4))))
        self.groupings.append(CellGrouping(names, place[group], first, len(self.cells) - first))

    def _sparse(self, leaves: int) -> sparse.csr_array:
        """Return which finest cells are of which cells, shape (cells, leaves)."""
        rows, columns = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
        for grouping in self.groupings:
            has = np.flatnonzero(grouping.cell_of_leaf >= 0)
            columns.append(has)
            rows.append(grouping.first + grouping.cell_of_leaf[has])
        places = np.concatenate(rows), np.concatenate(columns)
        ones = np.ones(len(places[0]))
        return sparse.csr_array((ones, places), shape=(len(self.cells), leaves))

    def sums(self, of_leaves: F8) -> F8:
        """Sum what the finest cells have up to all cells, shape (leaves, n) to (cells, n)."""
        return np.asarray(self._matrix @ of_leaves)

    def by_name(self, name: int, of_leaves: F8) -> F8:
        """Sum what the finest cells have up to one of the names, shape (its values, n)."""
        codes = self.codes[name]
        places = codes, np.arange(len(codes))
        return np.asarray(sparse.csr_array((np.ones(len(codes)), places)) @ of_leaves)

    def leaves_of(self, cell: int) -> Rows:
        """Return the places of a cell's finest cells."""
        for grouping in self.groupings:
            at = cell - grouping.first
            if 0 <= at < grouping.cells:
                return np.flatnonzero(grouping.cell_of_leaf == at)
        raise IndexError(cell)
