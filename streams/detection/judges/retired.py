"""The retired: entities that have left since they fell silent, remembered in a capped table.

They leave the banks, the budget and the slots of their stream. What stays is a name, the day of the
last count, and the few numbers that say what to expect of the entity. When it counts again, it gets
a row with these numbers, and is judged as an entity that was silent for long: not as a newcomer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from detectors.row_selection import Kept
from detectors.state import State
from streams.detection.context.bucket import F8, Days
from streams.names.canonical import form_of_stored

REMEMBERED_BYTES = 8_000_000
"""Of a stream, as they are stored. Beyond it those that left first are forgotten."""

DAY_BYTES, NUMBER_BYTES = 4, 8


class Retired:
    """The retired of one stream, in the order in which they left.

    Parameters
    ----------
    numbers
        How many numbers are remembered of each.

    Attributes
    ----------
    state
        What a checkpoint stores.

    Examples
    --------
    >>> retired = Retired(1)
    >>> retired.end_day(["a", "b"], np.array([100, 101]), np.array([[0.5, 0.25]]))
    >>> retired.among(["x", "b"])
    ['b']
    >>> retired.take(["b"])
    (array([101], dtype=int32), array([[0.25]]))
    >>> len(retired)
    1
    """

    def __init__(self, numbers: int) -> None:
        self._names: list[str] = []
        self._last_day = np.zeros(0, dtype=np.int32)
        self._numbers: F8 = np.zeros((numbers, 0))
        self._rows: dict[str, int] = {}
        self._entry_bytes = DAY_BYTES + numbers * NUMBER_BYTES
        self.state = State()
        self.state.listed(self, _names=str)
        self.state.columns(self, "_last_day", "_numbers")
        self.state.after_unpack(self._derive)
        self.state.after_keep(lambda _: self._derive())

    def _derive(self) -> None:
        self._rows = {form_of_stored(name): row for row, name in enumerate(self._names) if name}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._rows)

    def __contains__(self, name: object) -> bool:
        """Whether an entity has retired."""
        return name in self._rows

    def among(self, names: Iterable[str]) -> list[str]:
        """Those of these names that have retired, by name."""
        rows = self._rows
        return sorted(name for name in names if name in rows) if rows else []

    def numbers(self, names: Sequence[str]) -> F8:
        """What is remembered of these; they stay."""
        return self._numbers[:, [self._rows[name] for name in names]]

    def take(self, names: Sequence[str]) -> tuple[Days, F8]:
        """Let these come back: gives the day of their last count, and their numbers."""
        rows = np.array([self._rows.pop(name) for name in names], dtype=np.intp)
        for row in rows.tolist():
            self._names[row] = ""  # until the end of the day: no id is empty
        return self._last_day[rows], self._numbers[:, rows]

    def end_day(self, names: Sequence[str], last_day: Days, numbers: F8) -> None:
        """Remember entities that leave; forget the oldest beyond what may be remembered."""
        before = len(self._names)
        self._names.extend(names)
        self.state.grow_to(len(self._names))
        self._last_day[before:], self._numbers[:, before:] = last_day, numbers
        sizes = np.array([len(name.encode()) for name in self._names], dtype=np.intp)
        stored = np.where(sizes > 0, sizes + self._entry_bytes, 0)
        younger = np.cumsum(stored[::-1])[::-1]
        stays = (sizes > 0) & (younger <= REMEMBERED_BYTES)
        if len(names) or not stays.all():
            self.state.keep(Kept(np.flatnonzero(stays)))
