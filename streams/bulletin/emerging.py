"""What emerges in a period: cells whose complaints rose beyond all that explains it.

Explained is what a cell's history, its season, the calendar, everybody's rise and cells that are
told already lead one to expect. One budget of false entries holds for the whole bulletin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.emerging.onset_mixture import FALLS, RISES, Heights, OnsetsFound
from streams.bulletin.budget import FALSE_ENTRIES, threshold_nats
from streams.bulletin.cell import BulletinPeriod, Cell, Cells
from streams.bulletin.entry import Direction, Emerging, EmergingEntry
from streams.bulletin.figures import entry_of
from streams.bulletin.shares import LEAST_WEEKS, Shares
from streams.bulletin.weeks import Weeks, by_week
from streams.config.tables import CalendarEntry

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

MOST_ENTRIES = 50
"""Entries of each direction: who has more has another problem."""

LEAST_COUNT = 5.0
"""Complaints that a cell must have had, or been expected to have, since its onset."""

MOST_EXPLAINED = 12
"""Explained cells that an entry names, the largest ones."""

_HEIGHTS: dict[Direction, Heights] = {"rose": RISES, "fell": FALLS}

NEAR_NATS = 8.0
"""Cells whose evidence is by so much below what they need are not looked at again."""


def emerging(
    cells: Cells,
    period: BulletinPeriod,
    calendar: Sequence[CalendarEntry] = (),
    budget: float = FALSE_ENTRIES,
) -> Emerging:
    """Say what emerges in a period, as of its last day.

    Parameters
    ----------
    cells
        What was counted, day by day; later days than the period's are not looked at.
    period
        The bulletin's days.
    calendar
        The entries of the configuration's calendar.
    budget
        False entries of a bulletin, on average at most; as many again that fell.

    Examples
    --------
    >>> import datetime as dt
    >>> day = dt.date(2026, 1, 1)
    >>> nothing = emerging(Cells.of_rows([]), BulletinPeriod(day, day))
    >>> nothing.entries, nothing.too_short
    ((), True)
    """
    weeks = by_week(cells, period)
    known = int((weeks.known > 0.0).sum())
    if known <= LEAST_WEEKS or not weeks.counts.any():
        return Emerging((), (), 0, 0.0, known, too_short=True)
    shares = Shares(weeks, cells.leaves, calendar)
    needed = threshold_nats(shares.table.named.sum(axis=1), shares.weekly(), budget)
    bulletin = _Bulletin(cells, period, weeks, shares)
    found = bulletin.found(needed)
    rose, fell = (
        tuple(each for each in found if each.direction == direction) for direction in _HEIGHTS
    )
    least = float(needed.min()) if len(needed) else 0.0
    return Emerging(rose, fell, len(needed), least, known, too_short=False)


class _Bulletin(NamedTuple):
    """What was counted, and what is expected of it."""

    cells: Cells
    period: BulletinPeriod
    weeks: Weeks
    shares: Shares

    def found(self, needed: F8) -> list[EmergingEntry]:
        """Tell cells one by one, the strongest first, until they explain the others."""
        shares = self.shares
        everyone = np.flatnonzero(shares.comparable)
        rows = {each: self._near(everyone, needed, each) for each in _HEIGHTS}
        beyond: dict[Direction, set[int]] = {each: set() for each in _HEIGHTS}
        entries: list[EmergingEntry] = []
        while len(entries) < MOST_ENTRIES:
            best: tuple[float, Direction, int, OnsetsFound] | None = None
            for direction, heights in _HEIGHTS.items():
                near = rows[direction]
                judged = shares.judge(near, heights)
                margin = judged.evidence_nats - needed[near]
                margin[_is_small(shares, near, judged)] = -np.inf
                still = set(near[margin >= 0.0].tolist())
                if entries and entries[-1].direction == direction:
                    explained = self._cells(beyond[direction] - still)
                    entries[-1] = entries[-1]._replace(explains=explained)
                beyond[direction] = still
                at = int(np.argmax(margin)) if still else 0
                if still and (best is None or margin[at] > best[0]):
                    best = float(margin[at]), direction, int(near[at]), judged.of_series(at)
            if best is None:
                break
            _, direction, cell, own = best
            entries.append(
                entry_of(shares, cell, own, direction, self.cells, self.period, self.weeks)
            )
            shares.tell(cell, int(own.weeks_ago[0]), float(own.shape[0] / own.rate[0]))
            for each in _HEIGHTS:
                rows[each] = rows[each][rows[each] != cell]
            beyond[direction].discard(cell)
        return sorted(entries, key=lambda entry: (-entry.evidence_nats, str(entry.cell)))

    def _near(self, rows: Rows, needed: F8, direction: Direction) -> Rows:
        """Return the cells that have enough evidence, or nearly: others are not looked at again."""
        evidence = self.shares.judge(rows, _HEIGHTS[direction]).evidence_nats
        return np.asarray(rows[evidence - needed[rows] > -NEAR_NATS])

    def _cells(self, places: Iterable[int]) -> tuple[Cell, ...]:
        """Return the largest of some cells, by what was counted of them in the last week."""
        last = self.shares.counts[:, -1]
        largest = sorted(places, key=lambda place: (-last[place], place))[:MOST_EXPLAINED]
        return tuple(self.shares.table.cells[place] for place in largest)


def _is_small(shares: Shares, rows: Rows, judged: OnsetsFound) -> npt.NDArray[np.bool_]:
    """Whether too little was counted, and expected, of each cell since its onset."""
    ages = np.arange(shares.weeks, 0, -1)
    since = ages[None, :] <= judged.weeks_ago[:, None]
    most = np.maximum(shares.counts[rows], shares.expected[rows])
    return np.asarray((most * since).sum(axis=1) < LEAST_COUNT)
