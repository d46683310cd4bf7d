"""From archives and cases to what a bulletin says. Pure but for what it reads."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from detectors.comparison.rate_ratio import weekly_dispersion
from streams.bulletin.cell import Cells
from streams.bulletin.contents.bulletin import (
    BulletinContent,
    DayOfComplaints,
    Missing,
    NewName,
)
from streams.bulletin.contents.campaigns import campaigns_on
from streams.bulletin.contents.comparison import Exposures, NamedCount, compare, largest
from streams.bulletin.contents.days import DaySpan, PeriodKind, a_year_before, period_before
from streams.bulletin.contents.handling import FollowedCase, Handling, handling_of
from streams.bulletin.contents.numbers import NUMBER_KINDS, number_kind
from streams.bulletin.contents.recorded import RecordedParts, Recordings, Sums
from streams.bulletin.entry import Emerging
from streams.config.model import Config
from streams.registry.entry import CodeEntry
from streams.registry.table import Registry

TOP: Final = 10
"""Rows of a table of the largest."""

AMONG: Final = 50
"""A name is among the most complained of if it is one of so many of its level."""

WEEKS_SHOWN: Final = 8
HISTORY_DAYS: Final = 7
"""With fewer days before the period nobody can say what is new."""

_WHOLE: Final = 0.999


class BulletinCollector:
    """Collects what a bulletin says.

    Parameters
    ----------
    config
        The configuration: names, calendar, zone.
    recordings
        What was recorded.
    held
        Which part of each day that is.
    cases
        All cases; None where nobody told of any.
    """

    def __init__(
        self,
        config: Config,
        recordings: Recordings,
        held: RecordedParts,
        cases: Sequence[FollowedCase] | None,
    ) -> None:
        self._config, self._recordings, self._held = config, recordings, held
        self._cases = cases
        self._missing: list[Missing] = []

    def content(
        self,
        kind: PeriodKind,
        period: DaySpan,
        cells: Cells | None,
        emerging: Emerging | None,
    ) -> BulletinContent:
        """Collect all of it.

        Parameters
        ----------
        kind, period
            Its days.
        cells
            Complaints by category, platform, region and kind; None where they were not counted.
        emerging
            What rose and fell in the period; None where that cannot be told.
        """
        self._missing = []
        spans = (period, period_before(kind, period), a_year_before(kind, period))
        days = self._by_day(period)
        over = self._exposures(spans, self._held.complaints, self._dispersion(days))
        sums = [self._sums(span) for span in spans]
        of_sends = self._exposures(spans, self._held.sends, 1.0)
        registry = self._recordings.registry()
        self._say_parts(spans, over)
        if emerging is None:
            self._lacks("no_emerging")
        content = BulletinContent(
            monitor=self._config.name,
            config=self._config.hash,
            timezone=self._config.timezone,
            kind=kind,
            period=period,
            before=spans[1],
            year_before=spans[2],
            recorded_days=over.now,
            recorded_through=max(self._held.complaints),
            missing=(),
            complaints=compare([_all(each, "complaints") for each in sums], over),
            sends=compare([_all(each, "sends") for each in sums], of_sends)
            if of_sends.now
            else None,
            dispersion=over.dispersion,
            days=days,
            emerging=emerging,
            new_names=self._new_names(period, sums[0]),
            relapses=self._relapses(period),
            kinds=self._by_cell("kind", cells, spans, over),
            number_kinds=self._by_sender(sums, over, _kind_of(registry, period.last), NUMBER_KINDS),
            carriers=self._carriers(registry, period.last, sums, over),
            regions=self._by_cell("region", cells, spans, over),
            platforms=self._by_level("platform", sums, over),
            categories=self._by_level("category", sums, over),
            handling=self._handling(period),
        )
        return content._replace(missing=tuple(self._missing))

    def _lacks(self, what: str, **figures: int | str) -> None:
        self._missing.append(Missing(what, tuple(figures.items())))

    def _sums(self, span: DaySpan) -> Sums:
        levels = {"all", "category", "platform", "signature", "access_code", "sender"}
        return self._recordings.sums(span, levels & set(self._recordings.levels))

    def _by_day(self, period: DaySpan) -> tuple[DayOfComplaints, ...]:
        first = period.last - dt.timedelta(days=7 * WEEKS_SHOWN - 1)
        span = DaySpan(min(first, period.first), period.last)
        counts = self._recordings.by_day(span, "all").get(("complaints", "all"), Counter())
        parts = self._held.complaints
        return tuple(
            DayOfComplaints(
                day,
                counts[day] if parts.get(day) else None,
                parts.get(day, 0.0),
                campaigns_on(self._config.calendar, day),
            )
            for day in span.days
        )

    @staticmethod
    def _dispersion(days: Sequence[DayOfComplaints]) -> float:
        """Say how much days scatter, from whole weeks without campaigns up to the period's end."""
        rows = []
        for end in range(len(days), 6, -7):
            week = days[end - 7 : end]
            if all(day.recorded > _WHOLE and not day.campaigns for day in week):
                rows.append([day.complaints or 0 for day in week])
        return weekly_dispersion(np.array(rows, dtype=np.int64).reshape(-1, 7))

    @staticmethod
    def _exposures(
        spans: Sequence[DaySpan], parts: Mapping[dt.date, float], dispersion: float
    ) -> Exposures:
        now, before, year_before = (sum(parts.get(day, 0.0) for day in s.days) for s in spans)
        return Exposures(now, before, year_before, dispersion)

    def _say_parts(self, spans: Sequence[DaySpan], over: Exposures) -> None:
        names = ("period", "before", "year_before")
        for name, span, days in zip(names, spans, over, strict=False):
            if days == 0.0:
                self._lacks(f"no_{name}")
            elif days < _WHOLE * len(span.days):
                self._lacks(f"part_of_{name}", days=f"{days:.3g}", all=len(span.days))

    def _by_level(
        self, level: str, sums: Sequence[Sums], over: Exposures
    ) -> tuple[NamedCount, ...]:
        if level not in self._recordings.levels:
            self._lacks(f"no_{level}")
            return ()
        named = [dict(each["complaints", level]) for each in sums]
        for counts, each in zip(named, sums, strict=True):
            counts[""] = max(_all(each, "complaints") - sum(counts.values()), 0)
        return largest(named, over, TOP)

    def _by_cell(
        self, what: str, cells: Cells | None, spans: Sequence[DaySpan], over: Exposures
    ) -> tuple[NamedCount, ...]:
        if cells is None or not cells.leaves:
            self._lacks(f"no_{what}")
            return ()
        named: list[dict[str, int]] = []
        known: list[float] = []
        for span in spans:
            begin = max((span.first - cells.first).days, 0)
            end = max((span.last - cells.first).days + 1, begin)
            counts: Counter[str] = Counter()
            for leaf, row in zip(cells.leaves, cells.counts[:, begin:end].sum(axis=1), strict=True):
                counts[getattr(leaf, what) or ""] += int(row)
            named.append(dict(counts))
            known.append(float(cells.known[begin:end].sum()))
        if not known[0]:
            self._lacks(f"no_{what}")
            return ()
        exposures = Exposures(known[0], known[1], known[2], over.dispersion)
        return largest(named, exposures, TOP if what == "region" else None)

    def _by_sender(
        self,
        sums: Sequence[Sums],
        over: Exposures,
        name_of: Callable[[str], str],
        always: Sequence[str] = (),
    ) -> tuple[NamedCount, ...]:
        if "sender" not in self._recordings.levels:
            self._lacks("no_sender")
            return ()
        named = []
        for each in sums:
            counts: Counter[str] = Counter(dict.fromkeys(always, 0))
            for sender, count in each["complaints", "sender"].items():
                counts[name_of(sender)] += count
            counts[""] += max(_all(each, "complaints") - sum(counts.values()), 0)
            named.append(dict(counts))
        return largest(named, over)

    def _carriers(
        self, registry: Registry, day: dt.date, sums: Sequence[Sums], over: Exposures
    ) -> tuple[NamedCount, ...]:
        number = day.toordinal()
        if not registry.number_of("code"):
            self._lacks("no_registry")
            return ()

        def carrier(sender: str) -> str:
            found = registry.code_of(sender, number)
            return (found.carrier or "") if isinstance(found, CodeEntry) else ""

        return self._by_sender(sums, over, carrier)

    def _new_names(self, period: DaySpan, now: Sums) -> tuple[NewName, ...]:
        known = [day for day, part in self._held.complaints.items() if part and day < period.first]
        if len(known) < HISTORY_DAYS:
            self._lacks("no_history", days=len(known), least=HISTORY_DAYS)
            return ()
        levels = self._recordings.levels
        found: list[NewName] = []
        for level in ("signature", "access_code" if "access_code" in levels else "sender"):
            if level not in levels:
                continue
            ranked = sorted(now["complaints", level].items(), key=lambda item: (-item[1], item[0]))
            counts = dict(ranked[:AMONG])
            names = list(counts)
            after = period.last + dt.timedelta(days=1)
            firsts = self._recordings.first_days(after, level, set(names))
            new = [
                NewName(level, name, counts[name], rank, firsts[name])
                for rank, name in enumerate(names, 1)
                if firsts.get(name, period.first) >= period.first and name in firsts
            ]
            found += new[:TOP]
        return tuple(found)

    def _relapses(self, period: DaySpan) -> tuple[FollowedCase, ...]:
        since, until = self._instants(period)
        return tuple(
            case
            for case in self._cases or ()
            if case.follows is not None and since <= case.opened < until
        )

    def _handling(self, period: DaySpan) -> tuple[Handling, ...]:
        if self._cases is None:
            self._lacks("no_cases")
            return ()
        return handling_of(self._cases, *self._instants(period))

    def _instants(self, period: DaySpan) -> tuple[dt.datetime, dt.datetime]:
        since, until = self._recordings.time_span(period)
        return (
            dt.datetime.fromtimestamp(since, dt.UTC),
            dt.datetime.fromtimestamp(until, dt.UTC),
        )


def _all(sums: Sums, signal: str) -> int:
    return sums[signal, "all"]["all"]


def _kind_of(registry: Registry, day: dt.date) -> Callable[[str], str]:
    number = day.toordinal()
    return lambda sender: number_kind(
        sender, lambda code: registry.code_of(code, number) is not None
    )
