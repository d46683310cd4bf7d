"""What a person or a program does about alerts: one event each, and its JSON. Pure.

Actions are events on their own topic, and are never changed. A text that somebody wrote with one
(a note, a silence's comment) may name a person, so that it stands apart, where it can be erased:
`streams.actions.note`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

import msgspec

from streams.actions.matcher import Matcher, matcher_problems
from streams.alerts.cloudevent import AlertSignal
from streams.alerts.label import (
    Instant,
    Span,
    Verdict,
    entity_problem,
    in_form,
    span_in_form,
    span_problems,
)
from streams.items import Name, name_problem
from streams.ready_form import ready
from streams.sources.times.time_format import NEWEST, OLDEST

FORM: Final = 1
"""The form of actions that is written and read."""

LONGEST: Final = dt.timedelta(days=366)
"""The longest time that a silence or a snooze may hide."""

ActionId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
AlertId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]
Version = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Severity = Literal["warning", "critical"]

MOST_AHEAD: Final = dt.timedelta(days=1)
"""How far an action's time may be after that of its record: further on, no clock is only wrong."""


class _Common(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What all actions have.

    Attributes
    ----------
    v
        The form.
    id
        Made by who acts, 32 hex digits of chance: a repeat has the same.
    at
        When it was done, by the clock of who acts.
    by
        Name of the person or program.
    expects
        The subject's version that who acts has seen; None where any will do.
    noted
        Whether a text was written with it.
    """

    v: Annotated[int, msgspec.Meta(ge=1, le=FORM)]
    id: ActionId
    at: Instant
    by: Name
    expects: Version | None = None
    noted: bool = False


class AcknowledgeAlert(_Common, frozen=True, kw_only=True, omit_defaults=True, tag="acknowledge"):
    """Somebody has seen an alert, whose severity was this, and takes care of it."""

    alert_id: AlertId
    severity: Severity


class UnacknowledgeAlert(
    _Common, frozen=True, kw_only=True, omit_defaults=True, tag="unacknowledge"
):
    """Nobody takes care of an alert any more."""

    alert_id: AlertId


class AssignAlert(_Common, frozen=True, kw_only=True, omit_defaults=True, tag="assign"):
    """An alert is this person's; nobody's where `to` is None."""

    alert_id: AlertId
    to: Name | None = None


class AddNote(_Common, frozen=True, kw_only=True, omit_defaults=True, tag="note"):
    """A text about an alert."""

    alert_id: AlertId


class EraseNote(_Common, frozen=True, kw_only=True, omit_defaults=True, tag="erase_note"):
    """The text of an earlier action is gone; the action stays."""

    note_id: ActionId


class MakeSnooze(_Common, frozen=True, kw_only=True, omit_defaults=True, tag="snooze"):
    """Alerts of one entity and signal tell nobody until then: this one, and the next too."""

    entity: str
    signal: AlertSignal
    until: Instant


class EndSnooze(_Common, frozen=True, kw_only=True, omit_defaults=True, tag="end_snooze"):
    """Alerts of one entity and signal are told again."""

    entity: str
    signal: AlertSignal


class MakeSilence(_Common, frozen=True, kw_only=True, omit_defaults=True, tag="silence"):
    """Alerts that match tell nobody until then. Its action's id is the silence's."""

    match: Matcher
    until: Instant


class EndSilence(_Common, frozen=True, kw_only=True, omit_defaults=True, tag="end_silence"):
    """A silence ends before its time."""

    silence_id: ActionId


class GiveLabel(_Common, frozen=True, kw_only=True, omit_defaults=True, tag="label"):
    """A verdict on either an alert or a span of an entity's time."""

    verdict: Verdict
    alert_id: AlertId | None = None
    window: Span | None = None


AlertAction = AcknowledgeAlert | UnacknowledgeAlert | AssignAlert | AddNote | GiveLabel
Action = (
    AcknowledgeAlert
    | UnacknowledgeAlert
    | AssignAlert
    | AddNote
    | EraseNote
    | MakeSnooze
    | EndSnooze
    | MakeSilence
    | EndSilence
    | GiveLabel
)

_ACTION = ready(Action)

_document = msgspec.json.Decoder(dict[str, Any])


def encode_action(action: Action) -> bytes:
    """Write an action as JSON, its times in UTC."""
    return msgspec.json.encode(action)


def decode_action(raw: bytes, written_s: float) -> Action:
    """Read an action that was written at a time, and check all its rules.

    Parameters
    ----------
    raw
        Its bytes.
    written_s
        The timestamp of its record, epoch s. Every reader passes over the same actions by it.

    Raises
    ------
    ValueError
        Where `raw` is none; the message says what is wrong, and where.
    """
    try:
        document = _document.decode(raw)
    except RecursionError:
        raise ValueError("JSON must not be nested so deeply") from None
    action = action_of(document)
    if problem := ahead_problem(action, written_s):
        raise ValueError(problem)
    return action


def ahead_problem(action: Action, written_s: float) -> str | None:
    """Say what is wrong where an action is of much later than it was written, epoch s.

    What hides alerts may last for long from its time on, so that it must not be any time.
    """
    if action.at.timestamp() - written_s <= MOST_AHEAD.total_seconds():
        return None
    return f"at must be at most a day after it was written; found {action.at.isoformat()}"


def action_of(document: dict[str, Any]) -> Action:
    """Make an action of its JSON document.

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
    action: Action = msgspec.convert(document, _ACTION)
    for problem in action_problems(action):
        raise ValueError(problem)
    return _in_form(action)


def action_problems(action: Action) -> Iterator[str]:
    """Say what the types of an action do not say is wrong with it."""
    if problem := name_problem(action.by):
        yield f"by {problem}"
    if not OLDEST <= action.at < NEWEST:
        yield f"at must lie between {OLDEST.year} and {NEWEST.year}"
        return
    match action:
        case AssignAlert(to=str(to)) if problem := name_problem(to):
            yield f"to {problem}"
        case MakeSnooze() | EndSnooze():
            yield from _of_snooze(action)
        case MakeSilence():
            if not action.match.texts:
                yield "match must have a key: a silence of everything would hide every alert"
            yield from (f"match.{problem}" for problem in matcher_problems(action.match))
            yield from _of_end(action.at, action.until)
            yield from _of_new(action)
        case GiveLabel():
            if (action.alert_id is None) == (action.window is None):
                yield "must have either alert_id or window, not both"
            elif action.window is not None:
                yield from span_problems(action.window)
            if action.expects is not None:
                yield "expects must be left out: every label is kept, and the last one holds"
        case EraseNote():
            yield from _of_new(action)


def is_action_id(text: str) -> bool:
    """Whether a text can be the id of an action."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None


def subject_of(action: Action) -> str:
    """Return what an action is about: the key of its record, and whose version it expects.

    Examples
    --------
    >>> at = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    >>> subject_of(AddNote(v=1, id="0" * 32, at=at, by="wang", alert_id="2b1926685558e977"))
    'alert/2b1926685558e977'
    """
    match action:
        case MakeSnooze() | EndSnooze():
            return f"snooze/{action.signal}/{action.entity}"
        case MakeSilence():
            return f"silence/{action.id}"
        case EndSilence():
            return f"silence/{action.silence_id}"
        case EraseNote():
            return f"note/{action.note_id}"
        case GiveLabel(window=Span() as window):
            return f"window/{window.entity}"
    return f"alert/{action.alert_id}"


def _of_snooze(action: MakeSnooze | EndSnooze) -> Iterator[str]:
    if problem := entity_problem(action.entity):
        yield f"entity {problem}"
    elif (action.signal == "source") != action.entity.startswith("source/"):
        yield "signal must be source where the entity is source/NAME, and only there"
    if isinstance(action, MakeSnooze):
        yield from _of_end(action.at, action.until)


def _of_end(at: dt.datetime, until: dt.datetime) -> Iterator[str]:
    if until <= at:
        yield f"until must be after at; got {until.isoformat()}"
    elif until - at > LONGEST:
        yield f"until must be at most {LONGEST.days} days after at; got {until.isoformat()}"


def _of_new(action: MakeSilence | EraseNote) -> Iterator[str]:
    if action.expects:
        yield "expects must be left out: nothing was there before"


def _in_form(action: Action) -> Action:
    """Name entities as they are counted today, and give times in UTC."""
    changes: dict[str, Any] = {"at": action.at.astimezone(dt.UTC)}
    match action:
        case MakeSnooze() | EndSnooze():
            changes["entity"] = in_form(action.entity)
        case GiveLabel(window=Span() as span):
            changes["window"] = span_in_form(span)
    if isinstance(action, MakeSnooze | MakeSilence):
        changes["until"] = action.until.astimezone(dt.UTC)
    return msgspec.structs.replace(action, **changes)
