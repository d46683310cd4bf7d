"""What somebody does about a case: one event each, and its JSON. Pure.

Events are never changed. A text that somebody wrote with one may name a person, so that it stands
apart, where it can be erased: on the topic of notes, under ``case/`` and the event's id.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

import msgspec

from streams.actions.action import MOST_AHEAD, ActionId, Version
from streams.actions.note import OF_CASES
from streams.alerts.label import Instant, entity_problem, in_form, note_problem
from streams.cases.addressee import addressee_in_form, addressee_problem
from streams.cases.evidence import (
    MOST_EVIDENCE,
    AlertEvidence,
    CaseId,
    case_id_of_alert,
    case_id_of_recurrence,
)
from streams.cases.moves import CaseState, Party
from streams.items import ComplaintKind, Name, name_problem
from streams.ready_form import ready
from streams.sources.times.time_format import NEWEST, OLDEST

FORM: Final = 1
"""The form of events that is written and read."""

LONGEST_TITLE: Final = 200
MOST_FIGURES: Final = 30
LONGEST: Final = dt.timedelta(days=3 * 366)
"""The latest deadline, after the event that sets it."""

Origin = Literal["alert", "family", "rule", "hand", "recurrence"]
"""From what a case was opened: an alert, an alert with those under it, a rule of the configuration
that an alert met, by hand, or from a case that recurred."""

Figures = dict[Name, float]
"""Figures by their names, such as of a look-back."""


class _OfCase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What all events have.

    Attributes
    ----------
    v
        The form.
    id
        Made by who acts, 32 hex digits: a repeat has the same.
    at
        When it was done, by the clock of who wrote it to the topic: serve, or a command.
    by
        Name of the person or program.
    party, by_addressee
        On whose side; which addressee, where it is one.
    case_id
        The case.
    expects
        The case's version that who acts has seen; moves and assignments must name it.
    noted
        Whether a text was written with it.
    """

    v: Annotated[int, msgspec.Meta(ge=1, le=FORM)] = FORM
    id: ActionId
    at: Instant
    by: Name
    party: Party
    by_addressee: Name | None = None
    case_id: CaseId
    expects: Version | None = None
    noted: bool = False


class OpenCase(_OfCase, frozen=True, kw_only=True, omit_defaults=True, tag="open"):
    """A case begins, as received.

    Attributes
    ----------
    origin, rule, follows
        From what; the rule's name; the case that recurred.
    title
        What it is about, in a line.
    kind
        The kind of complaints, which may say how long an addressee has.
    entity
        What is complained of, ``level/id``.
    evidence
        Alerts as they are now.
    figures
        Figures beside those of the alerts, such as of a relapse.
    owner
        Whose it is, at the centre.
    """

    origin: Origin
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TITLE)]
    kind: ComplaintKind | None = None
    entity: str | None = None
    rule: Name | None = None
    follows: CaseId | None = None
    evidence: Annotated[tuple[AlertEvidence, ...], msgspec.Meta(max_length=MOST_EVIDENCE)] = ()
    figures: Annotated[Figures, msgspec.Meta(max_length=MOST_FIGURES)] = {}
    owner: Name | None = None


class MoveCase(_OfCase, frozen=True, kw_only=True, omit_defaults=True, tag="move"):
    """A case goes to another state.

    Attributes
    ----------
    to
        The state.
    addressee, deadline
        Whom it is handed to, and until when it is to be handled; a transfer needs both, here or
        from before. The deadline of a look-back is when its watch ends.
    figures
        The proof, such as the counts of a look-back.
    """

    to: CaseState
    addressee: Name | None = None
    deadline: Instant | None = None
    figures: Annotated[Figures, msgspec.Meta(max_length=MOST_FIGURES)] = {}


class AssignCase(_OfCase, frozen=True, kw_only=True, omit_defaults=True, tag="assign"):
    """Whose a case is, whom it is for, until when: what is given changes; owner "" is nobody."""

    owner: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    addressee: Name | None = None
    deadline: Instant | None = None


class NoteOnCase(_OfCase, frozen=True, kw_only=True, omit_defaults=True, tag="note"):
    """A text of the centre's, which no addressee sees."""


class ReportProgress(_OfCase, frozen=True, kw_only=True, omit_defaults=True, tag="progress"):
    """A text that the centre and the addressee see."""


class AddEvidence(_OfCase, frozen=True, kw_only=True, omit_defaults=True, tag="evidence"):
    """Alerts as they are now; one that is there already is replaced by a later revision."""

    evidence: Annotated[
        tuple[AlertEvidence, ...], msgspec.Meta(min_length=1, max_length=MOST_EVIDENCE)
    ]


class EraseCaseText(_OfCase, frozen=True, kw_only=True, omit_defaults=True, tag="erase"):
    """The text of an earlier event is gone; the event stays."""

    event_id: ActionId


CaseEvent = (
    OpenCase | MoveCase | AssignCase | NoteOnCase | ReportProgress | AddEvidence | EraseCaseText
)

_document = msgspec.json.Decoder(dict[str, Any])
_CASE_EVENT = ready(CaseEvent)


def encode_case_event(event: CaseEvent) -> bytes:
    """Write an event as JSON, its times in UTC."""
    return msgspec.json.encode(event)


def decode_case_event(raw: bytes, written_s: float) -> CaseEvent:
    """Read an event that was written at a time, epoch s, and check all its rules.

    Raises
    ------
    ValueError
        Where `raw` is none; the message says what is wrong, and where.
    """
    try:
        document = _document.decode(raw)
    except RecursionError:
        raise ValueError("JSON must not be nested so deeply") from None
    event = case_event_of(document)
    if problem := written_ahead_problem(event, written_s):
        raise ValueError(problem)
    return event


def written_ahead_problem(event: CaseEvent, written_s: float) -> str | None:
    """Say what is wrong where an event is of much later than it was written, epoch s."""
    if event.at.timestamp() - written_s <= MOST_AHEAD.total_seconds():
        return None
    return f"at must be at most a day after it was written; found {event.at.isoformat()}"


def case_event_of(document: dict[str, Any]) -> CaseEvent:
    """Make an event of its JSON document.

    Raises
    ------
    ValueError
        Where it is none; the message says what is wrong, and where.
    """
    form = document.get("v")
    if type(form) is int and form > FORM:
        raise ValueError(
            f"v must be at most {FORM}; found {form}: a later version of Weathervane wrote it"
        )
    event = _in_form(msgspec.convert(document, _CASE_EVENT))
    for problem in case_event_problems(event):
        raise ValueError(problem)
    return event


def case_event_problems(event: CaseEvent) -> Iterator[str]:
    """Say what the types of an event do not say is wrong with it."""
    if problem := name_problem(event.by):
        yield f"by {problem}"
    if not OLDEST <= event.at < NEWEST:
        yield f"at must lie between {OLDEST.year} and {NEWEST.year}"
        return
    if (event.party == "addressee") != (event.by_addressee is not None):
        yield "by_addressee must be given where party is addressee, and only there"
    elif event.by_addressee is not None and (problem := addressee_problem(event.by_addressee)):
        yield f"by_addressee {problem}"
    match event:
        case OpenCase():
            yield from _of_open(event)
        case MoveCase() | AssignCase():
            yield from _of_move_or_assignment(event)
        case NoteOnCase() | ReportProgress() if not event.noted:
            yield "text must be given"
    versioned = isinstance(event, MoveCase | AssignCase)
    if versioned != (event.expects is not None):
        yield (
            "expects must be the version of the case that you have seen"
            if versioned
            else "expects must be left out: nothing that was there before changes"
        )


def text_key(event_id: str) -> str:
    """Return the key of the text of an event."""
    return f"{OF_CASES}{event_id}"


def _of_open(event: OpenCase) -> Iterator[str]:
    if problem := note_problem(event.title):
        yield f"title {problem}"
    if event.entity is not None and (problem := entity_problem(event.entity)):
        yield f"entity {problem}"
    if event.owner is not None and (problem := name_problem(event.owner)):
        yield f"owner {problem}"
    if (event.origin == "rule") != (event.rule is not None):
        yield "rule must be given where origin is rule, and only there"
    elif event.rule is not None and (problem := name_problem(event.rule)):
        yield f"rule {problem}"
    if (event.origin == "recurrence") != (event.follows is not None):
        yield "follows must be given where origin is recurrence, and only there"
    elif event.follows is not None and event.case_id != case_id_of_recurrence(event.follows):
        yield "case_id must be the one that follows from the case that recurred"
    if event.origin in ("alert", "family", "rule"):
        if not event.evidence:
            yield "evidence must hold the alert"
        elif event.case_id != case_id_of_alert(event.evidence[0].alert_id):
            yield "case_id must be the one that follows from the first alert"
    yield from _of_evidence(event.evidence)
    yield from _of_figures(event.figures)


def _of_move_or_assignment(event: MoveCase | AssignCase) -> Iterator[str]:
    if event.addressee is not None and (problem := addressee_problem(event.addressee)):
        yield f"addressee {problem}"
    deadline = event.deadline
    if deadline is not None and not event.at < deadline <= event.at + LONGEST:
        yield (
            f"deadline must be after now, and at most {LONGEST.days} days from now;"
            f" got {deadline.isoformat()}"
        )
    if isinstance(event, AssignCase):
        if event.owner and (problem := name_problem(event.owner)):
            yield f"owner {problem}"
        if event.owner is None and event.addressee is None and deadline is None:
            yield "one of owner, addressee and deadline must be given"
    else:
        if event.to not in ("transferred", "look_back") and (event.addressee or deadline):
            yield "addressee and deadline must be left out but of a transfer or a look-back"
        yield from _of_figures(event.figures)


def _of_evidence(evidence: tuple[AlertEvidence, ...]) -> Iterator[str]:
    ids = [each.alert_id for each in evidence]
    if len(set(ids)) < len(ids):
        yield "evidence must name each alert once"


def _of_figures(figures: Figures) -> Iterator[str]:
    for name, value in figures.items():
        if problem := name_problem(name):
            yield f"figures has a name that {problem}"
        if not math.isfinite(value):
            yield "figures must be finite"


def _in_form(event: CaseEvent) -> CaseEvent:
    """Name entities and addressees as they are counted today, and give times in UTC."""
    changes: dict[str, Any] = {"at": event.at.astimezone(dt.UTC)}
    if event.by_addressee is not None:
        changes["by_addressee"] = addressee_in_form(event.by_addressee)
    match event:
        case OpenCase(entity=str(entity)):
            changes["entity"] = in_form(entity)
        case MoveCase() | AssignCase():
            if event.addressee is not None:
                changes["addressee"] = addressee_in_form(event.addressee)
    deadline = getattr(event, "deadline", None)
    if deadline is not None:
        changes["deadline"] = deadline.astimezone(dt.UTC)
    return msgspec.structs.replace(event, **changes)
