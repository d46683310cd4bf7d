"""From archives and cases to a report of a platform's progress. Pure but for what it reads."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from detectors.comparison.rate_ratio import Bounded, rate_ratio
from detectors.comparison.trend import weekly_trend
from streams.archive.read.members import MemberTotal
from streams.bulletin.contents.bulletin import DayOfComplaints, Missing
from streams.bulletin.contents.campaigns import campaigns_on
from streams.bulletin.contents.days import DaySpan
from streams.bulletin.contents.handling import FollowedCase, handling_of
from streams.bulletin.contents.progress import ProgressContent, ProgressRow, stage_before
from streams.bulletin.contents.recorded import RecordedParts, Recordings
from streams.config.model import Config

MOST_ROWS: Final = 50
"""Rows of each level."""

PER: Final = 10_000
"""A rate is complaints of so many sends."""

_WEEK: Final = 7
_Key = tuple[str, str]
_ByDay = dict[str, Counter[dt.date]]
"""Counts by signal and day."""


class ProgressCollector:
    """Collects what a report of progress says.

    Parameters
    ----------
    config
        The configuration.
    recordings, held
        What was recorded, and which part of each day that is.
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

    def content(self, platform: str, stage: DaySpan) -> ProgressContent:
        """Collect all of it.

        Parameters
        ----------
        platform
            The platform, in the form that counts.
        stage
            Its days.
        """
        before = stage_before(stage, min(self._held.complaints))
        span = DaySpan(before.first, stage.last)
        every = self._recordings.by_day(span, "platform")
        own: _ByDay = {
            signal: every.get((signal, platform), Counter()) for signal in ("sends", "complaints")
        }
        members, shared = self._members(span, platform)
        cases = self._of_platform(platform)
        rows = {
            level: self._rows(level, members, stage, before, cases)
            for level in ("merchant", "signature", self._code_level)
        }
        since, until = (
            dt.datetime.fromtimestamp(each, dt.UTC) for each in self._recordings.time_span(stage)
        )
        handling = handling_of(cases, since, until)
        return ProgressContent(
            monitor=self._config.name,
            config=self._config.hash,
            timezone=self._config.timezone,
            platform=platform,
            stage=stage,
            before=before,
            recorded_days=self._recorded(stage),
            missing=tuple(self._missing(stage, before, members)),
            row=self._row("platform", platform, own, stage, before, cases),
            among_others=self._among_others(platform, every, stage),
            days=tuple(self._days(own, stage)),
            merchants=rows["merchant"],
            signatures=rows["signature"],
            codes=rows[self._code_level],
            shared=shared,
            cases=tuple(cases),
            handling=handling[0] if handling else None,
        )

    @property
    def _code_level(self) -> str:
        return "access_code" if "access_code" in self._recordings.levels else "sender"

    def _members(self, span: DaySpan, platform: str) -> tuple[Mapping[_Key, _ByDay], float]:
        """Add up what belongs to a platform, by level and name; and say which part is shared."""
        found: dict[_Key, _ByDay] = defaultdict(lambda: defaultdict(Counter))
        whole = shared = 0
        for member in self._recordings.members(span, platform):
            day = dt.date.fromordinal(member.day)
            whole += member.total
            shared += member.total if member.shared else 0
            for key in _keys(member, self._code_level):
                found[key][member.signal][day] += member.total
        for level in ("merchant", "signature"):
            self._take_totals(found, span, level)
        return found, shared / whole if whole else 0.0

    def _take_totals(self, found: dict[_Key, _ByDay], span: DaySpan, level: str) -> None:
        """Take the totals of a level where it is counted: a sender may have several names at once.

        A code is used by many platforms, so that of codes only what the platform's senders counted
        is taken.
        """
        names = {name for of_level, name in found if of_level == level}
        if not names or level not in self._recordings.levels:
            return
        for name in names:
            found[level, name] = defaultdict(Counter)
        for (signal, name), counts in self._recordings.by_day(span, level, names).items():
            found[level, name][signal] = counts

    def _rows(
        self,
        level: str,
        members: Mapping[_Key, _ByDay],
        stage: DaySpan,
        before: DaySpan,
        cases: Sequence[FollowedCase],
    ) -> tuple[ProgressRow, ...]:
        rows = [
            self._row(level, name, counts, stage, before, cases)
            for (of_level, name), counts in members.items()
            if of_level == level
        ]
        rows = [row for row in rows if row.complaints or row.sends]
        rows.sort(key=lambda row: (-row.complaints, -(row.sends or 0), row.name))
        return tuple(rows[:MOST_ROWS])

    def _row(
        self,
        level: str,
        name: str,
        counts: Mapping[str, Counter[dt.date]],
        stage: DaySpan,
        before: DaySpan,
        cases: Sequence[FollowedCase],
    ) -> ProgressRow:
        complained, sent = counts.get("complaints", Counter()), counts.get("sends", Counter())
        has_sends = any(self._held.sends.get(day) for day in stage.days)
        now, was = _within(complained, stage), _within(complained, before)
        sends, sends_before = _within(sent, stage), _within(sent, before)
        over = sends if has_sends else self._recorded(stage)
        over_before = sends_before if has_sends else self._recorded(before)
        weeks = _weeks(stage)
        exposures = [
            float(_within(sent, week)) if has_sends else self._recorded(week) for week in weeks
        ]
        of_weeks = [_within(complained, week) for week in weeks]
        return ProgressRow(
            level,
            name,
            sends if has_sends else None,
            now,
            PER * now / sends if has_sends and sends else None,
            was / over_before * over if over_before else None,
            rate_ratio(now, over, was, over_before),
            weekly_trend(of_weeks, exposures),
            tuple(of_weeks),
            sum(case.entity == f"{level}/{name}" or level == "platform" for case in cases
                if case.handled is None and case.ended is None),
        )  # fmt: skip

    def _among_others(
        self,
        platform: str,
        every: Mapping[_Key, Counter[dt.date]],
        stage: DaySpan,
    ) -> Bounded | None:
        own: Counter[str] = Counter()
        others: Counter[str] = Counter()
        for (signal, name), counts in every.items():
            (own if name == platform else others)[signal] += _within(counts, stage)
        return rate_ratio(own["complaints"], own["sends"], others["complaints"], others["sends"])

    def _of_platform(self, platform: str) -> list[FollowedCase]:
        """Return the cases that were handed to it: of others it is told nothing."""
        return [
            case
            for case in self._cases or ()
            if case.addressee == f"platform/{platform}" and case.transferred is not None
        ]

    def _days(self, own: _ByDay, stage: DaySpan) -> Iterator[DayOfComplaints]:
        parts = self._held.complaints
        for day in stage.days:
            count = own["complaints"][day] if parts.get(day) else None
            campaigns = campaigns_on(self._config.calendar, day)
            yield DayOfComplaints(day, count, parts.get(day, 0.0), campaigns)

    def _recorded(self, span: DaySpan) -> float:
        return sum(self._held.complaints.get(day, 0.0) for day in span.days)

    def _missing(
        self, stage: DaySpan, before: DaySpan, members: Mapping[_Key, _ByDay]
    ) -> Iterator[Missing]:
        days = self._recorded(stage)
        if days < len(stage.days) - 0.001:
            yield Missing("part_of_stage", (("days", f"{days:.3g}"), ("all", len(stage.days))))
        if not self._recorded(before):
            yield Missing("no_expectation")
        if not any(self._held.sends.get(day) for day in stage.days):
            yield Missing("no_sends")
        if not any(level == "merchant" for level, _ in members):
            yield Missing("no_merchant")
        if self._cases is None:
            yield Missing("no_cases")


def _keys(member: MemberTotal, code_level: str) -> Iterator[_Key]:
    yield from (("merchant", name) for name in member.merchants)
    yield from (("signature", name) for name in member.signatures)
    if code_level == "access_code":
        yield from (("access_code", name) for name in member.access_codes)
    else:
        yield "sender", member.sender


def _within(counts: Counter[dt.date], span: DaySpan) -> int:
    return sum(count for day, count in counts.items() if span.first <= day <= span.last)


def _weeks(stage: DaySpan) -> list[DaySpan]:
    """Cut a stage into spans of seven days; the last may be shorter."""
    days = stage.days
    return [
        DaySpan(days[n], days[min(n + _WEEK, len(days)) - 1]) for n in range(0, len(days), _WEEK)
    ]
