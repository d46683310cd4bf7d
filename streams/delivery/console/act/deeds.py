"""What a form asks for, as actions. Pure.

Fields: ``form`` (32 hex digits of chance, made with the page), ``alert`` (repeated: `seen`), and by
the deed ``to``, ``text``, ``verdict``, ``for`` or ``until``, the keys of a matcher, ``silence``,
``note``, ``entity`` and ``signal``. An action's id follows from the form's id, from who sends it,
and from what it says: sent again by a reload or a double click, the same form does nothing twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, get_args
from zoneinfo import ZoneInfo

import msgspec

from streams.actions.action import (
    FORM,
    AcknowledgeAlert,
    Action,
    AddNote,
    AssignAlert,
    EndSilence,
    EndSnooze,
    EraseNote,
    GiveLabel,
    MakeSilence,
    MakeSnooze,
    UnacknowledgeAlert,
    action_problems,
    is_action_id,
)
from streams.actions.book import Submission
from streams.alerts.cloudevent import Alert, AlertSignal
from streams.alerts.label import VERDICTS, in_form, note_problem
from streams.delivery.console.act.form_problem import (
    BAD_NAME,
    BAD_TEXT,
    NO_ALERT,
    NO_TEXT,
    NOT_OURS,
    UNKNOWN_ALERT,
    FormProblem,
)
from streams.delivery.console.act.matched import matcher_of, texts_of
from streams.delivery.console.act.seen import SeenAlert, read_seen
from streams.delivery.console.act.until import end_of
from streams.delivery.console.frame.forms import SentForm
from streams.items import name_problem

_DECIDING: Final = ("to", "text", "verdict", "for", "until", "entity", "signal")
"""Fields beside the subject that make it another action."""


class Acting(NamedTuple):
    """Who sends a form, and when.

    Attributes
    ----------
    by
        Their name.
    at
        The clock.
    zone
        The zone of their times.
    alert
        Returns an alert as it stands; None where it is not held.
    """

    by: str
    at: dt.datetime
    zone: ZoneInfo
    alert: Callable[[str], Alert | None]


class _ReadForm:
    """A form as it is read."""

    def __init__(self, what: str, form: SentForm, acting: Acting) -> None:
        self.form, self.acting, self._what = form, acting, what
        self.left_out = 0
        self._id = form.one("form")
        if not is_action_id(self._id):
            raise FormProblem(NOT_OURS)
        self.text = " ".join(form.one("text").split()) or None
        if self.text is not None and note_problem(self.text):
            raise FormProblem(BAD_TEXT)

    def signed(self, subject: str, expects: int | None = None) -> dict[str, Any]:
        """Return what all actions have."""
        said = [self.form.one(field) for field in _DECIDING]
        # A page that shows more than it did when its form was first sent asks for a new deed.
        seen = [] if expects is None else [expects]
        parts = [self._id, self.acting.by, self._what, subject, *said, *seen]
        digest = hashlib.blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()
        return {
            "v": FORM, "id": digest, "at": self.acting.at, "by": self.acting.by,
            "expects": expects,
        }  # fmt: skip

    def about(self, alert: SeenAlert) -> dict[str, Any]:
        """Return what all actions about an alert have, and its id."""
        return {**self.signed(alert.alert_id, alert.version), "alert_id": alert.alert_id}

    def alerts(self) -> list[SeenAlert]:
        """Return the alerts that were chosen, each once."""
        found = [read_seen(value) for value in self.form.all("alert")]
        if not found:
            raise FormProblem(NO_ALERT)
        known = {one.alert_id: one for one in found if one is not None}
        if None in found:
            raise FormProblem(NOT_OURS)
        return list(known.values())

    def held(self) -> list[Alert]:
        """Return those of the chosen alerts that are still held, and count the others."""
        chosen = [self.acting.alert(alert.alert_id) for alert in self.alerts()]
        found = [alert for alert in chosen if alert is not None]
        self.left_out = len(chosen) - len(found)
        return found

    def known(self, alert_id: str) -> Alert:
        """Return an alert as it stands."""
        alert = self.acting.alert(alert_id)
        if alert is None:
            raise FormProblem(UNKNOWN_ALERT)
        return alert

    def required_text(self) -> str:
        """Return the text, which there must be."""
        if self.text is None:
            raise FormProblem(NO_TEXT)
        return self.text

    def end(self) -> dt.datetime:
        """Return when what is made ends."""
        return end_of(
            self.form.one("for"), self.form.one("until"), self.acting.at, self.acting.zone
        )


class FormDeeds(NamedTuple):
    """What a form asks for.

    Attributes
    ----------
    submissions
        The actions, each with its text.
    left_out
        How many of the chosen alerts are not among them: they are not held here any more.
    """

    submissions: list[Submission]
    left_out: int


def asked_for(what: str, form: SentForm, acting: Acting) -> FormDeeds:
    """Return the actions that a form asks for.

    Parameters
    ----------
    what
        Which deed, a key of `DEEDS`.
    form
        The form.
    acting
        Who sends it, and when.

    Raises
    ------
    FormProblem
        Where it asks for nothing that can be done.
    """
    sent = _ReadForm(what, form, acting)
    actions = list(_DEEDS[what](sent))
    for action in actions:
        for problem in action_problems(action):
            raise FormProblem(NOT_OURS, problem)
    return FormDeeds([(action, sent.text) for action in actions], sent.left_out)


def _acknowledge(sent: _ReadForm) -> Iterable[Action]:
    for alert in sent.alerts():
        severity = alert.severity or sent.known(alert.alert_id).severity
        yield AcknowledgeAlert(**sent.about(alert), severity=severity)


def _unacknowledge(sent: _ReadForm) -> Iterable[Action]:
    return [UnacknowledgeAlert(**sent.about(alert)) for alert in sent.alerts()]


def _assign(sent: _ReadForm) -> Iterable[Action]:
    to = sent.form.one("to").strip() or None
    if to is not None and name_problem(to):
        raise FormProblem(BAD_NAME)
    return [AssignAlert(**sent.about(alert), to=to) for alert in sent.alerts()]


def _note(sent: _ReadForm) -> Iterable[Action]:
    sent.required_text()
    # Whatever others have done, what was to be said is said.
    return [AddNote(**sent.about(alert._replace(version=None))) for alert in sent.alerts()]


def _erase_note(sent: _ReadForm) -> Iterable[Action]:
    ids = sent.form.all("note")
    if not ids or not all(map(is_action_id, ids)):
        raise FormProblem(NOT_OURS)
    return [EraseNote(**sent.signed(each), note_id=each) for each in dict.fromkeys(ids)]


def _label(sent: _ReadForm) -> Iterable[Action]:
    verdict = next((each for each in VERDICTS if each == sent.form.one("verdict")), None)
    if verdict is None:
        raise FormProblem(NOT_OURS)
    for alert in sent.alerts():
        yield GiveLabel(**sent.about(alert._replace(version=None)), verdict=verdict)


def _snooze(sent: _ReadForm) -> Iterable[Action]:
    until = sent.end()
    places = dict.fromkeys(
        (f"{one.entity.level}/{one.entity.in_form}", one.signal) for one in sent.held()
    )
    for entity, signal in places:
        fields = sent.signed(f"{signal}/{entity}")
        yield MakeSnooze(**fields, entity=entity, signal=signal, until=until)


def _end_snooze(sent: _ReadForm) -> Iterable[Action]:
    entity, signal = in_form(sent.form.one("entity")), sent.form.one("signal")
    if signal not in get_args(AlertSignal):
        raise FormProblem(NOT_OURS)
    return [EndSnooze(**sent.signed("snooze"), entity=entity, signal=signal)]


def _silence(sent: _ReadForm) -> Iterable[Action]:
    texts = texts_of(sent.form)
    match, until = matcher_of(texts), sent.end()
    sent.required_text()
    fields = sent.signed(msgspec.json.encode(texts).decode())
    return [MakeSilence(**fields, match=match, until=until)]


def _end_silence(sent: _ReadForm) -> Iterable[Action]:
    ids = sent.form.all("silence")
    if not ids or not all(map(is_action_id, ids)):
        raise FormProblem(NOT_OURS)
    return [EndSilence(**sent.signed(each), silence_id=each) for each in dict.fromkeys(ids)]


_DEEDS: Final[dict[str, Callable[[_ReadForm], Iterable[Action]]]] = {
    "acknowledge": _acknowledge,
    "unacknowledge": _unacknowledge,
    "assign": _assign,
    "note": _note,
    "erase_note": _erase_note,
    "label": _label,
    "snooze": _snooze,
    "end_snooze": _end_snooze,
    "silence": _silence,
    "end_silence": _end_silence,
}

DEEDS: Final = tuple(_DEEDS)
"""What a form can ask for: the end of its address."""
