"""What a form on a case asks for, as a request. Pure.

Fields: ``form`` (32 hex digits of chance, made with the page), ``what`` (which deed), ``text``, and
by the deed ``alert`` or ``family``, ``title``, ``kind``, ``entity``, ``owner``, ``to``,
``expects``, ``addressee_kind`` and ``addressee``, ``deadline``, ``event``. The same form sent again
does nothing twice: the request's id follows from it and from what it says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from streams.actions.action import is_action_id
from streams.alerts.label import alert_id_of
from streams.cases.request import OpenRequest, StepRequest, read_request
from streams.delivery.console.act.form_problem import (
    BAD_TEXT,
    NO_ALERT,
    NO_TEXT,
    NOT_OURS,
    FormProblem,
)
from streams.delivery.console.act.until import end_of
from streams.delivery.console.frame.forms import SentForm
from streams.language.catalogue import mark

_Asked = TypeVar("_Asked", OpenRequest, StepRequest)

NO_TITLE: Final = mark("Say what the case is about: choose an alert, or write a title.")
NO_ADDRESSEE: Final = mark("Say to whom: what they are, and their name.")

_SAID: Final = (
    "what", "text", "alert", "family", "title", "kind", "entity", "owner", "to", "expects",
    "addressee_kind", "addressee", "deadline", "event",
)  # fmt: skip
"""Fields that make it another deed."""


class FormSender(NamedTuple):
    """Who sends a form, by the clock and in the zone of their times."""

    by: str
    at: dt.datetime
    zone: ZoneInfo


def opening_asked(form: SentForm, sender: FormSender) -> OpenRequest:
    """Return the case that a form opens.

    Parameters
    ----------
    form, sender
        The form, and who sends it.

    Raises
    ------
    FormProblem
        Where it opens none.
    """
    family = form.one("family")
    given = family or form.one("alert")
    alert_id = alert_id_of(given.strip()) if given.strip() else None
    if given.strip() and alert_id is None:
        raise FormProblem(NO_ALERT)
    fields = {name: form.one(name).strip() or None for name in ("title", "kind", "entity", "owner")}
    if alert_id is None and fields["title"] is None:
        raise FormProblem(NO_TITLE)
    return _read(
        {
            "id": _request_id(form, sender, ""),
            "alert_id": alert_id,
            "family": bool(family),
            **fields,
            "text": _text(form),
        },
        OpenRequest,
    )


def step_asked(case_id: str, form: SentForm, sender: FormSender) -> StepRequest:
    """Return what a form does about a case.

    Parameters
    ----------
    case_id
        The case.
    form, sender
        The form, and who sends it.

    Raises
    ------
    FormProblem
        Where it asks for nothing that can be done.
    """
    what = form.one("what")
    text = _text(form)
    fields: dict[str, Any] = {"id": _request_id(form, sender, case_id), "type": what, "text": text}
    if what in ("move", "assign"):
        fields["expects"] = _version(form)
        fields |= _terms(form, sender)
    if what == "move":
        fields["to"] = form.one("to") or None
        if fields["to"] == "verified" and form.one("back") and text is None:
            raise FormProblem(NO_TEXT)
    elif what == "assign":
        fields["owner"] = form.one("owner").strip() if form.all("owner") else None
    elif what in ("note", "progress") and text is None:
        raise FormProblem(NO_TEXT)
    elif what == "evidence":
        found = [alert_id_of(each) for each in form.one("alert").split()]
        if not found or None in found:
            raise FormProblem(NO_ALERT)
        fields["alerts"] = found
    elif what == "erase":
        fields["event_id"] = form.one("event")
    return _read(fields, StepRequest)


def _terms(form: SentForm, sender: FormSender) -> dict[str, Any]:
    """Return to whom and until when, as far as a form says it."""
    kind, name, deadline = form.one("addressee_kind"), form.one("addressee"), form.one("deadline")
    found: dict[str, Any] = {}
    if form.all("addressee"):
        if not kind or not name.strip():
            raise FormProblem(NO_ADDRESSEE)
        found["addressee"] = f"{kind}/{name.strip()}"
    if deadline:
        found["deadline"] = end_of("", deadline, sender.at, sender.zone).isoformat()
    return found


def _read(fields: dict[str, Any], form: type[_Asked]) -> _Asked:
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return read_request(given, form)
    except (ValueError, msgspec.ValidationError) as error:
        raise FormProblem(NOT_OURS, str(error)) from None


def _version(form: SentForm) -> int:
    text = form.one("expects")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FormProblem(NOT_OURS)
    return int(text)


def _text(form: SentForm) -> str | None:
    text = " ".join(form.one("text").split()) or None
    if text is not None and len(text) > 1000:
        raise FormProblem(BAD_TEXT)
    return text


def _request_id(form: SentForm, sender: FormSender, case_id: str) -> str:
    sent = form.one("form")
    if not is_action_id(sent):
        raise FormProblem(NOT_OURS)
    parts = [sent, sender.by, case_id, *(form.all(name) for name in _SAID)]
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()
