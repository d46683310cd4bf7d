"""The look-back of a case: its watch, and what the monitor does when that says something. Pure.

The events are by the monitor itself. Their ids follow from what caused them, so that several
serves, or one that starts again, write each of them once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from streams.alerts.cloudevent import Alert
from streams.alerts.misuse.basis import KeptBasis, RelapseBasis
from streams.cases.case import Case
from streams.cases.event import CaseEvent, Figures, MoveCase, OpenCase
from streams.cases.evidence import AlertEvidence, case_id_of_recurrence
from streams.cases.request import evidence_list, title_of
from streams.config.detection.look_back import LONGEST_WATCH_DAYS
from streams.counts.bucket import DAY_S
from streams.names.canonical import form_of_stored
from streams.registry.watch import MOST_MARKS, WatchedSignal, WatchEntry

BY: Final = "weathervane"
"""Who does it."""

SIGNAL: Final = "relapse"
"""The signal of alerts of a watch."""

_BY_SENDS: Final = ("sends", "fan_out", "newcomers")
"""Signals of alerts after which messages are counted; after all others complaints are."""

_DAY: Final = dt.timedelta(seconds=DAY_S)


def watch_of(case: Case, groups: Mapping[str, Collection[str]]) -> WatchEntry | None:
    """Return the watch of a case that is looked back at; None where there is nothing to watch.

    Parameters
    ----------
    case
        The case: its deadline is when the watch ends.
    groups
        The signals that each group of sources counts.
    """
    first = case.evidence[0] if case.evidence else None
    level, _, entity = (case.opened.entity or (first.entity if first else "")).partition("/")
    signal: WatchedSignal = "sends" if first and first.signal in _BY_SENDS else "complaints"
    having = [name for name in sorted(groups) if signal in groups[name]]
    if not entity or not having or level in ("source", "all"):
        return None
    group = first.group if first is not None and first.group in having else having[0]
    about = [each for each in case.evidence if each.entity == f"{level}/{entity}"]
    return WatchEntry(
        id=case.case_id,
        group=group,
        level=level,
        entity=entity,
        signal=signal,
        days=_days(case),
        mean_per_day=_mean_per_day([each for each in about if each.group == group], signal),
        signatures=_marks(about, "signature"),
        accounts=_marks(about, "account"),
        merchants=_marks(about, "merchant"),
    )


def _days(case: Case) -> int:
    begun = [each.at for each in case.log if isinstance(each, MoveCase) and each.to == "look_back"]
    if case.deadline is None or not begun:
        return 1
    days = math.ceil((case.deadline - begun[-1]) / _DAY)
    return min(max(days, 1), LONGEST_WATCH_DAYS)


def _mean_per_day(evidence: list[AlertEvidence], signal: WatchedSignal) -> float | None:
    """What was expected a day of whom an alert is about, when it said that there was more."""
    for each in evidence:
        if each.signal == signal and each.expected > 0.0:
            onset = dt.datetime.fromisoformat(each.onset)
            last = dt.datetime.fromisoformat(each.last_bucket)
            lasted_s = (last - onset).total_seconds() + each.bucket_s
            if lasted_s > 0.0:
                return each.expected * DAY_S / lasted_s
    return None


def _marks(evidence: list[AlertEvidence], level: str) -> tuple[str, ...]:
    named = {
        form_of_stored(name)
        for each in evidence
        for of, names in (each.belongs_to or {}).items()
        if of == level
        for name in names
    }
    return tuple(sorted(named)[:MOST_MARKS])


def looked_back_at(case: Case, at: dt.datetime, lasts_s: float) -> MoveCase:
    """Return the event by which the look-back of a handled case begins."""
    return MoveCase(
        id=_event_id("look_back", case.case_id, str(case.version)),
        at=at,
        by=BY,
        party="system",
        case_id=case.case_id,
        expects=case.version,
        to="look_back",
        deadline=at + dt.timedelta(seconds=lasts_s),
    )


def steps_after(case: Case, alert: Alert, at: dt.datetime) -> Iterator[CaseEvent]:
    """Yield what an alert of the case's watch leads to: it is closed, or it recurred.

    Parameters
    ----------
    case
        The case, which may have gone on already.
    alert
        A revision of the signal `SIGNAL`.
    at
        Now.
    """
    basis = alert.basis
    if not isinstance(basis, RelapseBasis | KeptBasis) or case.case_id not in basis.cases:
        return
    figures = figures_of(alert, basis)
    to = "closed" if isinstance(basis, KeptBasis) else "recurred"
    if case.state == "look_back":
        yield MoveCase(
            id=_event_id("told", case.case_id, alert.alert_id),
            at=at,
            by=BY,
            party="system",
            case_id=case.case_id,
            expects=case.version,
            to="closed" if to == "closed" else "recurred",
            figures=figures,
        )
    if to == "recurred" and case.state in ("look_back", "recurred"):
        opened = case.opened
        yield OpenCase(
            id=_event_id("recurrence", case.case_id, ""),
            at=at,
            by=BY,
            party="system",
            case_id=case_id_of_recurrence(case.case_id),
            origin="recurrence",
            title=title_of(alert),
            kind=opened.kind,
            entity=opened.entity or f"{alert.entity.level}/{alert.entity.in_form}",
            follows=case.case_id,
            evidence=evidence_list([alert]),
            figures=figures,
            owner=case.owner,
        )


def figures_of(alert: Alert, basis: RelapseBasis | KeptBasis) -> Figures:
    """Return the figures of what a watch said."""
    found: dict[str, float | None] = {
        "evidence_nats": alert.evidence_nats,
        "threshold_nats": alert.threshold_nats,
        "mean_per_day": basis.mean_per_day,
    }
    if isinstance(basis, KeptBasis):
        found |= {
            "days": basis.days,
            "buckets": basis.buckets,
            "skipped": basis.skipped,
            "counted": basis.counted,
            "of_successors": basis.of_successors,
            "per_day": basis.per_day,
            "at_most_per_day": basis.at_most_per_day,
        }
    else:
        found |= {
            "day": basis.days,
            "after_per_day": basis.after_per_day,
            "now_per_day": basis.now_per_day,
            "observed": alert.observed,
            "expected": alert.expected,
            "successors": basis.successors_number,
        }
    return {name: float(value) for name, value in found.items() if value is not None}


def _event_id(what: str, case_id: str, cause: str) -> str:
    return hashlib.blake2b(f"{what}/{case_id}/{cause}".encode(), digest_size=16).hexdigest()
