"""Sums of what one or several archives hold: the parts of a local archive follow each other."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence, Set
from typing import NamedTuple

from streams.archive.read.complaint_names import read_complaint_names
from streams.archive.read.files import TimeSpan
from streams.archive.read.members import MemberTotal, read_members
from streams.archive.read.reader import Archive
from streams.archive.read.totals import EntityTotal, first_days, read_totals, recorded_days
from streams.bulletin.cell import Cell, Cells
from streams.bulletin.contents.days import DaySpan
from streams.counts.bucket import DAY_S, Buckets
from streams.items import Level
from streams.registry.table import Registry

Sums = dict[tuple[str, str], Counter[str]]
"""What was counted, by signal and level, and by id."""


class RecordedParts(NamedTuple):
    """The days that some archives hold.

    Attributes
    ----------
    sends, complaints
        Which part of each day is recorded.
    """

    sends: dict[dt.date, float]
    complaints: dict[dt.date, float]


class Recordings:
    """Archives that follow each other, read as one.

    Parameters
    ----------
    archives
        At least one.
    timezone
        In which days are.
    """

    def __init__(self, archives: Sequence[Archive], timezone: str) -> None:
        self._archives = archives
        self._days = Buckets(DAY_S, timezone)

    @property
    def archives(self) -> Sequence[Archive]:
        """The archives."""
        return self._archives

    @property
    def levels(self) -> Set[Level]:
        """The levels that were counted in any of them."""
        return {level for archive in self._archives for level in archive.manifest.levels}

    def start_of(self, day: dt.date) -> float:
        """Say when a day begins, epoch s."""
        noon = dt.datetime.combine(day, dt.time(12), dt.UTC).timestamp()
        start = self._days.start(noon)
        # Noon of UTC may be the next day where people live, or the one before.
        while self._days.day(start) < day.toordinal():
            start = self._days.end(start)
        while self._days.day(start) > day.toordinal():
            start = self._days.back(start, 1)
        return float(start)

    def time_span(self, span: DaySpan) -> TimeSpan:
        """Return the event time of some days."""
        return TimeSpan(self.start_of(span.first), self.start_of(span.last + dt.timedelta(days=1)))

    def held(self, span: DaySpan | None = None) -> RecordedParts:
        """Say which part of each day is recorded; of all days where no span is given."""
        within = TimeSpan(float("-inf"), float("inf")) if span is None else self.time_span(span)
        found: dict[str, dict[int, float]] = defaultdict(dict)
        for archive in self._archives:
            for signal, days in recorded_days(archive, within, self._days).items():
                for day, part in days.items():
                    found[signal][day] = min(found[signal].get(day, 0.0) + part, 1.0)
        sends, complaints = (
            {dt.date.fromordinal(day): part for day, part in sorted(found.get(signal, {}).items())}
            for signal in ("sends", "complaints")
        )
        return RecordedParts(sends, complaints)

    def sums(self, span: DaySpan, levels: Collection[str]) -> Sums:
        """Add up what was counted in some days."""
        found: Sums = defaultdict(Counter)
        for total in self._totals(span, levels, None):
            found[total.signal, total.level][total.id] += total.total
        return found

    def by_day(
        self, span: DaySpan, level: str, names: Set[str] | None = None
    ) -> dict[tuple[str, str], Counter[dt.date]]:
        """Add up what was counted at a level, of some names or all: by signal and id, and day."""
        found: dict[tuple[str, str], Counter[dt.date]] = defaultdict(Counter)
        for total in self._totals(span, [level], self._days):
            if names is not None and total.id not in names:
                continue
            found[total.signal, total.id][dt.date.fromordinal(total.day)] += total.total
        return found

    def members(self, span: DaySpan, platform: str) -> Iterator[MemberTotal]:
        """Read what a platform's senders counted in some days."""
        within = self.time_span(span)
        for archive in self._archives:
            yield from read_members(archive, within, platform, self._days)

    def cells(self, span: DaySpan) -> Cells | None:
        """Read what complaints have in common; None where nobody counted it."""
        within = self.time_span(span)
        rows: list[tuple[dt.date, Cell, int]] = []
        known: set[dt.date] = set()
        for archive in self._archives:
            for names in read_complaint_names(archive, within, self._days):
                day = dt.date.fromordinal(names.day)
                known.add(day)
                if names.total:
                    cell = Cell(names.category, names.platform, names.region, names.kind)
                    rows.append((day, cell, names.total))
        return Cells.of_rows(rows, known) if known else None

    def first_days(self, until: dt.date, level: str, names: Set[str]) -> dict[str, dt.date]:
        """Say on which day before `until` names were counted first; others never were."""
        found: dict[str, dt.date] = {}
        for archive in self._archives:
            for name, number in first_days(
                archive, self.start_of(until), level, names, self._days
            ).items():
                day = dt.date.fromordinal(number)
                found[name] = min(day, found.get(name, day))
        return found

    def registry(self) -> Registry:
        """Return the registry as the archives hold it at their end; empty where they have none."""
        rows = {
            row.seq: row
            for archive in self._archives
            for group in sorted(archive.groups)
            for _, row in archive.declared(group)
        }
        made = Registry()
        made.take([rows[seq] for seq in sorted(rows)])
        return made

    def _totals(
        self, span: DaySpan, levels: Collection[str], days: Buckets | None
    ) -> Iterator[EntityTotal]:
        within = self.time_span(span)
        for archive in self._archives:
            yield from read_totals(archive, within, levels, days=days)
