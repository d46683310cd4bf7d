"""The reference of topics and wire formats, made from the structs and the topics' plan."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from streams.actions.action import Action, AddNote
from streams.alerts.cloudevent import Alert
from streams.broker.topics.plan import topic_plan
from streams.cases.event import CaseEvent, NoteOnCase
from streams.cases.moves import MOVES
from streams.config.model import Config
from streams.delivery.notify.record import Sent
from streams.delivery.undelivered.record import Undelivered
from streams.items import Complaint, Send, Sender
from tests.documents.reference import descriptions, of_cases, of_receivers
from tests.documents.reference.tables import table, values

_DAY_MS = 86_400_000
_TIMES = {"due", "event_time", "occurred_at", "onset", "first_bucket", "last_bucket", "at"}


def topics() -> str:
    """Each topic of the default configuration, as `weathervane topics` makes it."""
    rows = []
    for spec in topic_plan(Config()):
        kept = "" if spec.retention_ms is None else f"{spec.retention_ms // _DAY_MS} days"
        kept = "for ever" if spec.retention_ms == -1 else kept
        partitions = f"{spec.partitions}" + (" or any number" if spec.any_partitions else "")
        rows.append((f"`{spec.name}`", partitions, spec.cleanup, kept))
    return table(["topic", "partitions", "cleanup", "kept at least"], rows)


def send_fields() -> str:
    """Fields of a send."""
    return _fields(Send, descriptions.EVENT, tag="send")


def complaint_fields() -> str:
    """Fields of a complaint."""
    return _fields(Complaint, descriptions.EVENT, tag="complaint")


def sender_fields() -> str:
    """Fields of the sender in an event."""
    return _fields(Sender, descriptions.SENDER)


def alert_fields() -> str:
    """Fields of an alert's data."""
    return _fields(Alert, descriptions.ALERT, leave_out=("event",), with_required=False)


def undelivered_fields() -> str:
    """Fields of an alert that was given up."""
    return _fields(Undelivered, descriptions.UNDELIVERED, tag="undelivered", with_required=False)


def action_fields() -> str:
    """Fields that all actions have."""
    return _fields(AddNote, descriptions.ACTION, leave_out=("alert_id", "type"))


def action_kinds() -> str:
    """Each kind of action, with the fields of its own."""
    common = {*AddNote.__struct_fields__} - {"alert_id"}
    rows = []
    for kind in get_args(Action):
        own = [f"`{name}`" for name in kind.__struct_fields__ if name not in common]
        word = str(kind.__struct_config__.tag)
        rows.append((f"`{word}`", ", ".join(own), descriptions.ACTIONS[word]))
    return table(["type", "fields", "meaning"], rows)


def case_fields() -> str:
    """Fields that all events of cases have."""
    return _fields(NoteOnCase, of_cases.CASE_EVENT, leave_out=("type",))


def case_kinds() -> str:
    """Each kind of event of a case, with the fields of its own."""
    common = {*NoteOnCase.__struct_fields__}
    rows = []
    for kind in get_args(CaseEvent):
        own = [f"`{name}`" for name in kind.__struct_fields__ if name not in common]
        word = str(kind.__struct_config__.tag)
        rows.append((f"`{word}`", ", ".join(own), of_cases.CASE_EVENTS[word]))
    return table(["type", "fields", "meaning"], rows)


def case_moves() -> str:
    """Each state of a case, and what may follow it."""
    rows = []
    for state, following in MOVES.items():
        said = [f"`{to}` ({', '.join(sorted(parties))})" for to, parties in following.items()]
        rows.append((f"`{state}`", ", ".join(said), of_cases.CASE_STATES[state]))
    return table(["state", "may be followed by (by whom)", "meaning"], rows)


def notification_fields() -> str:
    """Fields of a notification that was sent or given up."""
    return _fields(Sent, of_receivers.NOTIFIED, tag="sent", with_required=False)


def _fields(
    struct: type[msgspec.Struct],
    described: dict[str, str],
    *,
    tag: str | None = None,
    leave_out: tuple[str, ...] = (),
    with_required: bool = True,
) -> str:
    schema = msgspec.json.schema(struct)
    definitions: dict[str, Any] = schema["$defs"]
    found = definitions[struct.__name__]
    properties = found["properties"]
    names = [name for name in properties if name not in leave_out]
    if tag is not None:
        names = ["v", "type", *(name for name in names if name not in ("v", "type"))]
    rows = []
    for name in names:
        shape = {"const": tag} if name == "type" and tag else properties[name]
        required = "yes" if name in found.get("required", []) or name == "type" else ""
        takes = "RFC 3339 time" if name in _TIMES else values(shape, definitions)
        row = [f"`{name}`", takes, described[name]]
        rows.append((row[0], required, *row[1:]) if with_required else tuple(row))
    head = ["field", *(["required"] if with_required else []), "values", "meaning"]
    return table(head, rows)
