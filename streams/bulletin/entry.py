"""An entry of a bulletin: a cell whose complaints rose, or fell, beyond what explains them."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple

from streams.bulletin.cell import Cell

Direction = Literal["rose", "fell"]


class Stretch(NamedTuple):
    """Some days in a row of an entry's history, mostly a week.

    Attributes
    ----------
    first
        Its first day.
    counted
        How many complaints were counted.
    expected
        How many were expected.
    low, high
        Between them a count is in 95 of 100 cases where nothing has changed.
    """

    first: dt.date
    counted: int
    expected: float
    low: float
    high: float


class EmergingEntry(NamedTuple):
    """A cell whose complaints rose, or fell, and the evidence for it.

    Attributes
    ----------
    cell
        Which complaints: None in it stands for all.
    direction
        Whether they rose or fell.
    period
        What was counted and expected in the bulletin's period.
    ratio, ratio_low, ratio_high
        Counted over expected since the onset, with its 95 % interval.
    since
        The first day of the week in which it began, as far as can be told.
    counted_since, expected_since
        From that day to the end of the period.
    evidence_nats
        Natural logarithm of the e-value.
    e_value
        Evidence that the cell has changed: if nothing has, it is 1 on average or less.
    chance
        At most so likely is such an e-value where nothing has changed: ``1 / e_value``, at most 1.
    weeks
        The history to draw, the oldest first: up to 26 weeks, the last one ending with the period.
    explains
        Cells that rose, or fell, too, and that this one explains: they are no entries.
    """

    cell: Cell
    direction: Direction
    period: Stretch
    ratio: float
    ratio_low: float
    ratio_high: float
    since: dt.date
    counted_since: int
    expected_since: float
    evidence_nats: float
    e_value: float
    chance: float
    weeks: tuple[Stretch, ...]
    explains: tuple[Cell, ...] = ()


class Emerging(NamedTuple):
    """What the statistics say of a period.

    Attributes
    ----------
    entries
        What emerges, the strongest evidence first.
    fell
        What fell, the strongest evidence first. It has a budget of its own, as large.
    cells_judged
        How many cells were looked at: all of them share the budget.
    threshold_nats
        The evidence that an entry must have at least.
    weeks_known
        Weeks of history that were counted, up to the period's end.
    too_short
        Whether the history is too short to judge anything.
    """

    entries: tuple[EmergingEntry, ...]
    fell: tuple[EmergingEntry, ...]
    cells_judged: int
    threshold_nats: float
    weeks_known: int
    too_short: bool
