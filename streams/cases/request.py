"""What somebody asks to be done about a case, and the event that it becomes. Pure.

Who asks does not say when, nor on whose side: whoever takes the request does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeVar

import msgspec

from streams.actions.action import ActionId, Version
from streams.alerts.cloudevent import Alert
from streams.alerts.label import Instant, note_problem
from streams.cases.case import Case
from streams.cases.event import LONGEST_TITLE, CaseEvent, Figures, OpenCase, case_event_of
from streams.cases.evidence import (
    MOST_EVIDENCE,
    AlertEvidence,
    AlertId,
    CaseId,
    case_id_of_alert,
    evidence_of,
)
from streams.cases.moves import CaseState, Party
from streams.items import ComplaintKind, Name
from streams.ready_form import ready

_Request = TypeVar("_Request", "OpenRequest", "StepRequest")


class OpenRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
                  omit_defaults=True):  # fmt: skip
    """Open a case: of an alert, of an alert with those under it, or by hand.

    Attributes
    ----------
    id
        32 hex digits of chance; a repeat has the same.
    by
        Who asks, where serve takes anybody's word.
    alert_id, family
        The alert that it is of; whether the alerts under it are evidence, too.
    alerts
        More alerts that are evidence.
    title, entity
        In place of the alert's; a title is needed where there is none.
    kind, owner
        Kind of complaints; whose it is.
    text
        A text of the centre's.
    """

    id: ActionId
    by: Name | None = None
    alert_id: AlertId | None = None
    family: bool = False
    alerts: tuple[AlertId, ...] = ()
    title: str | None = None
    kind: ComplaintKind | None = None
    entity: str | None = None
    owner: Name | None = None
    text: str | None = None

    @property
    def asked_alerts(self) -> tuple[str, ...]:
        """The ids of the alerts that must be known."""
        first = () if self.alert_id is None else (self.alert_id,)
        return tuple(dict.fromkeys((*first, *self.alerts)))

    @property
    def case_id(self) -> str:
        """The id of the case: that of its alert, or of this request."""
        if self.alert_id is not None:
            return case_id_of_alert(self.alert_id)
        return hashlib.blake2b(self.id.encode(), digest_size=8, person=b"case").hexdigest()


class StepRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
                  omit_defaults=True):  # fmt: skip
    """Do something about a case: which fields there are depends on the type.

    Attributes
    ----------
    id, by
        As of `OpenRequest`.
    type
        What is to be done.
    expects
        The version that who asks has seen; of a move and an assignment.
    to, addressee, deadline, figures
        Of a move: the state; of a transfer, to whom and until when; figures that prove it.
    owner, addressee, deadline
        Of an assignment: what changes; an empty owner is nobody.
    alerts
        Of evidence: the ids of alerts, which are added as they are now.
    event_id
        Of an erasure: the event whose text goes.
    text
        Of a note and of progress; with the others it is a reason.
    """

    id: ActionId
    by: Name | None = None
    type: Literal["move", "assign", "note", "progress", "evidence", "erase"]
    expects: Version | None = None
    to: CaseState | None = None
    addressee: str | None = None
    deadline: Instant | None = None
    figures: Figures = {}
    owner: str | None = None
    alerts: tuple[AlertId, ...] = ()
    event_id: ActionId | None = None
    text: str | None = None


class Actor(NamedTuple):
    """Who acts, and on whose side; the addressee where it is one."""

    by: str
    party: Party
    addressee: str | None = None


_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "move": ("expects", "to", "addressee", "deadline", "figures"),
    "assign": ("expects", "owner", "addressee", "deadline"),
    "note": (),
    "progress": (),
    "evidence": ("alerts",),
    "erase": ("event_id",),
}
"""Fields of each type beside those that all have."""


for _form in (OpenRequest, StepRequest):
    ready(_form)


def read_request(document: Any, form: type[_Request]) -> _Request:
    """Read a request.

    Raises
    ------
    ValueError
        Where it is none; the message says what is wrong, and where.
    """
    request: _Request = msgspec.convert(document, form)
    if request.text is not None and (problem := note_problem(request.text)):
        raise ValueError(f"text {problem}")
    if isinstance(request, OpenRequest):
        if request.family and request.alert_id is None:
            raise ValueError("alert_id must be given where family is")
        if request.alert_id is None and request.title is None:
            raise ValueError("title must be given where no alert_id is")
        if request.title is not None and len(request.title) > LONGEST_TITLE:
            raise ValueError(
                f"title must be at most {LONGEST_TITLE} characters; found {len(request.title):,}"
            )
        return request
    allowed = {"id", "by", "type", "text", *_FIELDS[request.type]}
    for name in msgspec.to_builtins(request):
        if name not in allowed:
            raise ValueError(f"{name} must be left out where type is {request.type}")
    return request


def opening(
    request: OpenRequest,
    actor: Actor,
    at: dt.datetime,
    known: Mapping[str, Alert],
    under: Sequence[Alert] = (),
) -> OpenCase:
    """Return the event that a request to open a case becomes.

    Parameters
    ----------
    request, actor, at
        What is asked, by whom, and when.
    known
        The alerts that it names.
    under
        Alerts under its own, which are evidence where they are asked for.

    Raises
    ------
    ValueError
        Where it cannot be one.
    """
    alerts = [known[alert_id] for alert_id in request.asked_alerts]
    if request.family:
        alerts += [each for each in under if each.alert_id not in request.asked_alerts]
    first = alerts[0] if request.alert_id is not None else None
    origin = "hand" if first is None else ("family" if request.family else "alert")
    return _open(
        request.case_id,
        origin,
        {
            "id": request.id,
            **_signed(actor, at, noted=request.text is not None),
            "title": request.title or ("" if first is None else title_of(first)),
            "kind": request.kind,
            "entity": request.entity or (None if first is None else _entity(first)),
            "owner": request.owner,
        },
        evidence_list(alerts),
    )


def opening_by_rule(
    rule: str, kind: str | None, owner: str | None, alert: Alert, at: dt.datetime
) -> OpenCase:
    """Return the event by which a rule of the configuration opens the case of an alert.

    It is the same for all who read the alert, but for its time.
    """
    case_id = case_id_of_alert(alert.alert_id)
    event_id = hashlib.blake2b(f"rule/{case_id}".encode(), digest_size=16).hexdigest()
    return _open(
        case_id,
        "rule",
        {
            "id": event_id,
            **_signed(Actor("weathervane", "system"), at, noted=False),
            "title": title_of(alert),
            "kind": kind,
            "entity": _entity(alert),
            "owner": owner,
            "rule": rule,
        },
        evidence_list([alert]),
    )


def step(
    request: StepRequest,
    case_id: CaseId,
    actor: Actor,
    at: dt.datetime,
    *,
    case: Case | None,
    within_s: float,
    known: Mapping[str, Alert],
) -> CaseEvent:
    """Return the event that a request to do something about a case becomes.

    Parameters
    ----------
    request, case_id, actor, at
        What is asked about which case, by whom, and when.
    case
        The case, where it is held.
    within_s
        From a transfer to its deadline, where neither the request nor the case says one.
    known
        The alerts that it names.

    Raises
    ------
    ValueError
        Where it cannot be one.
    """
    document: dict[str, Any] = msgspec.to_builtins(request)
    for name in ("by", "text", "alerts"):
        document.pop(name, None)
    if request.type == "move" and request.to is None:
        raise ValueError("to must be the state that it goes to")
    if request.to == "transferred" and request.deadline is None:
        set_before = case is not None and case.deadline is not None and case.deadline > at
        if not set_before:
            document["deadline"] = _text(at + dt.timedelta(seconds=within_s))
    if request.type == "evidence":
        evidence = evidence_list([known[alert_id] for alert_id in dict.fromkeys(request.alerts)])
        document["evidence"] = msgspec.to_builtins(evidence)
    signed = _signed(actor, at, noted=request.text is not None)
    return case_event_of({**document, "case_id": case_id, **signed})


def evidence_list(alerts: Sequence[Alert]) -> tuple[AlertEvidence, ...]:
    """Return alerts as evidence.

    Raises
    ------
    ValueError
        Where there are too many, or one is only early.
    """
    if len(alerts) > MOST_EVIDENCE:
        raise ValueError(f"evidence must be at most {MOST_EVIDENCE} alerts; found {len(alerts)}")
    for alert in alerts:
        if alert.revision == 0:
            raise ValueError(
                f"alert {alert.alert_id} must be confirmed before it is evidence; it is only an"
                " early alert"
            )
    return tuple(map(evidence_of, alerts))


def title_of(alert: Alert) -> str:
    """Return the title of a case of an alert, where nobody gives one: its sentence."""
    return alert.summary[:LONGEST_TITLE]


def _entity(alert: Alert) -> str:
    return f"{alert.entity.level}/{alert.entity.in_form}"


def _open(
    case_id: str, origin: str, fields: dict[str, Any], evidence: tuple[AlertEvidence, ...]
) -> OpenCase:
    document = {
        "type": "open",
        "case_id": case_id,
        "origin": origin,
        **fields,
        "evidence": msgspec.to_builtins(evidence),
    }
    event = case_event_of(document)
    if not isinstance(event, OpenCase):
        raise ValueError("type must be open")
    return event


def _signed(actor: Actor, at: dt.datetime, *, noted: bool) -> dict[str, Any]:
    return {
        "v": 1,
        "at": _text(at),
        "by": actor.by,
        "party": actor.party,
        "by_addressee": actor.addressee,
        "noted": noted,
    }


def _text(at: dt.datetime) -> str:
    return at.isoformat()
