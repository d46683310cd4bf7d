"""A case as JSON and as a row of a table, for the centre and for its addressee. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import msgspec

from streams.cases.case import Case
from streams.cases.event import (
    AssignCase,
    CaseEvent,
    EraseCaseText,
    MoveCase,
    NoteOnCase,
    OpenCase,
    ReportProgress,
)
from streams.cases.evidence import case_id_of_recurrence
from streams.cases.moves import Party, next_states

TextOf = Callable[[CaseEvent], str | None]
"""Returns the text of an event; None where it has none, was erased, or is not held."""

ROW: Final = (
    "case_id", "version", "state", "title", "kind", "entity", "origin", "rule", "follows",
    "followed_by", "owner", "addressee", "deadline", "overdue", "opened_at", "opened_by",
    "changed_at", "handled_at", "in_time", "ended_at", "alerts", "notes",
)  # fmt: skip
"""The names of a row, in their order."""

_OF_CENTRE: Final = frozenset(("owner", "opened_by", "rule", "notes"))
"""Fields of a row that an addressee is not shown."""

OWN_ROW: Final = tuple(name for name in ROW if name not in _OF_CENTRE)
"""The names of a row that an addressee is shown."""

_COMMON: Final = frozenset(("v", "party", "by_addressee", "case_id", "expects", "noted"))


def case_row(case: Case, now: dt.datetime, *, addressee: str | None = None) -> dict[str, Any]:
    """Return a case as a row.

    Parameters
    ----------
    case
        The case.
    now
        The time, for what is overdue.
    addressee
        Who looks; None is the centre.
    """
    opened = case.opened
    recurred = case.state == "recurred"
    row = {
        "case_id": case.case_id,
        "version": case.version,
        "state": case.state,
        "title": opened.title,
        "kind": opened.kind,
        "entity": opened.entity,
        "origin": opened.origin,
        "rule": opened.rule,
        "follows": opened.follows,
        "followed_by": case_id_of_recurrence(case.case_id) if recurred else None,
        "owner": case.owner,
        "addressee": case.addressee,
        "deadline": _time(case.deadline),
        "overdue": case.overdue(now),
        "opened_at": _time(opened.at),
        "opened_by": opened.by,
        "changed_at": _time((log_for(case, addressee) or case.log)[-1].at),
        "handled_at": _time(case.handled_at),
        "in_time": case.in_time,
        "ended_at": _time(case.ended_at),
        "alerts": len(case.evidence),
        "notes": sum(isinstance(each, NoteOnCase | ReportProgress) for each in case.log),
    }
    if addressee is None:
        return row
    return {name: value for name, value in row.items() if name not in _OF_CENTRE}


def case_document(
    case: Case, now: dt.datetime, text_of: TextOf, *, addressee: str | None = None
) -> dict[str, Any]:
    """Return a case with its evidence, figures, and what was done about it.

    Parameters
    ----------
    case, now, addressee
        As `case_row` has them.
    text_of
        Returns the texts.
    """
    evidence: list[dict[str, Any]] = [msgspec.to_builtins(each) for each in case.evidence]
    if addressee is not None:
        for each in evidence:
            each.pop("belongs_to", None)  # others may use the same code
    party: Party = "centre" if addressee is None else "addressee"
    return {
        **case_row(case, now, addressee=addressee),
        "may": list(next_states(case.state, party)),
        "figures": case.figures,
        "evidence": evidence,
        "log": [
            _step(case, each, text_of, by_name=addressee is None)
            for each in log_for(case, addressee)
        ],
    }


def log_for(case: Case, addressee: str | None) -> list[CaseEvent]:
    """Return what was done about a case as the centre, None, or an addressee may see it.

    An addressee sees moves and progress from the last transfer on, and what it has done itself.
    """
    if addressee is None:
        return list(case.log)
    since = max((n for n, each in enumerate(case.log) if _is_transfer(each)), default=len(case.log))
    return [
        each
        for n, each in enumerate(case.log)
        if each.by_addressee == addressee
        or (n >= since and isinstance(each, MoveCase | ReportProgress))
    ]


def _is_transfer(event: CaseEvent) -> bool:
    return isinstance(event, MoveCase) and event.to == "transferred"


def _step(case: Case, event: CaseEvent, text_of: TextOf, *, by_name: bool) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(event)
    step: dict[str, Any] = {
        "type": fields.pop("type"),
        "id": event.id,
        "at": fields.pop("at"),
        "by": fields.pop("by") if by_name or event.party == "addressee" else None,
        "party": event.party,
        "by_addressee": event.by_addressee,
    }
    if "evidence" in fields:
        fields["alerts"] = [each["alert_id"] for each in fields.pop("evidence")]
    if isinstance(event, OpenCase):
        fields = {name: fields[name] for name in ("alerts", "figures") if name in fields}
    if event.noted:
        step["text"] = text_of(event)
        step["erased"] = any(
            isinstance(each, EraseCaseText) and each.event_id == event.id for each in case.log
        )
    if not by_name and not isinstance(event, AssignCase):
        fields.pop("owner", None)
    skipped = {*_COMMON, *step}
    return {**step, **{name: value for name, value in fields.items() if name not in skipped}}


def _time(time: dt.datetime | None) -> str | None:
    return None if time is None else time.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
