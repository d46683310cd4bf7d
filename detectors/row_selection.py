"""Which rows stay when others leave, and where they are then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Kept:
    """Which rows stay when others leave: they close ranks, and keep their order.

    Attributes
    ----------
    rows
        The rows that stay, ascending. Their places are the new rows.

    Examples
    --------
    >>> kept = Kept(np.array([0, 2, 5]))
    >>> kept.renumbered({2: "b", 3: "gone", 5: "c"}), kept.below(3)
    ({1: 'b', 2: 'c'}, 2)
    """

    rows: Rows

    def __len__(self) -> int:
        """How many rows stay."""
        return len(self.rows)

    def below(self, row: int) -> int:
        """How many of the rows before this one stay: where a boundary between rows lies now."""
        return int(np.searchsorted(self.rows, row))

    def stays(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Which of these rows stay."""
        if not len(self.rows):
            return np.zeros(len(rows), dtype=np.bool_)
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.asarray(self.rows[at] == rows)

    def renumbered(self, by_row: dict[int, V]) -> dict[int, V]:
        """Values by row, by their new rows, in the same order; without those of rows that left."""
        old = list(by_row)
        rows = np.array(old, dtype=np.intp)
        new = np.searchsorted(self.rows, rows).tolist()
        stays = self.stays(rows).tolist()
        return {at: by_row[row] for row, at, stay in zip(old, new, stays, strict=True) if stay}
