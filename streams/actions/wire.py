"""What a serve process says of actions, as JSON, and how a client reads it back. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import msgspec

from streams.actions.action import Action, MakeSilence, MakeSnooze, action_of, subject_of
from streams.actions.desk import HidingReport, LogEntry
from streams.actions.preview import HiddenCount, Preview, WrittenRevision
from streams.actions.state import Hiding
from streams.alerts.cloudevent import decode_event
from streams.alerts.label import Instant
from streams.ready_form import ready


class _SaidOfHiding(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a silence or a snooze beside the action that made it."""

    version: int
    ended_at: Instant | None = None
    ended_by: str | None = None
    text: str | None = None
    hidden_alerts: int
    hidden_messages: int


_SAID_OF_HIDING = ready(_SaidOfHiding)


class _PreviewedAlert(msgspec.Struct, frozen=True):
    """An alert of a preview."""

    written_at: Instant
    cloudevent: msgspec.Raw


class _SaidPreview(msgspec.Struct, frozen=True):
    """A preview."""

    alert_ids: tuple[str, ...]
    last: tuple[_PreviewedAlert, ...]
    messages: int
    seen: int


_said_preview = msgspec.json.Decoder(_SaidPreview)


def written_entry(entry: LogEntry) -> dict[str, Any]:
    """Write an action of the log, with its text."""
    return {**msgspec.to_builtins(entry.action), "text": entry.text}


ROW: Final = (
    "at", "by", "type", "subject", "id", "text", "erased", "severity", "to", "until", "match",
    "verdict", "window", "note_id",
)  # fmt: skip
"""The names of a row of the log, which may have others."""


def log_row(entry: LogEntry) -> dict[str, Any]:
    """Write an action of the log as a row of a table, with what it is about.

    Parameters
    ----------
    entry
        The action, and its text; without one that it was written with, the text was erased.
    """
    action = entry.action
    fields: dict[str, Any] = msgspec.to_builtins(action)
    erased = action.noted and entry.text is None
    row = {**fields, "subject": subject_of(action), "text": entry.text, "erased": erased}
    return {name: value for name, value in row.items() if name not in ("v", "noted", "expects")}


def read_entry(document: dict[str, Any]) -> LogEntry:
    """Read an action of the log, with its text.

    Raises
    ------
    ValueError
        Where it is none.
    """
    text = msgspec.convert(document.get("text"), str | None)
    return LogEntry(_action(document, {"text"}), text)


def written_report(report: HidingReport) -> dict[str, Any]:
    """Write a silence or a snooze, with what it has hidden."""
    hiding = report.hiding
    said = _SaidOfHiding(
        version=hiding.version,
        ended_at=hiding.ended_at,
        ended_by=hiding.ended_by,
        text=report.text,
        hidden_alerts=report.hidden.alerts,
        hidden_messages=report.hidden.messages,
    )
    return {**msgspec.to_builtins(hiding.made), **msgspec.to_builtins(said)}


def read_report(document: dict[str, Any]) -> HidingReport:
    """Read a silence or a snooze, with what it has hidden.

    Raises
    ------
    ValueError
        Where it is none.
    """
    said = msgspec.convert(document, _SAID_OF_HIDING)
    made = _action(document, set(_SaidOfHiding.__struct_fields__))
    if not isinstance(made, MakeSilence | MakeSnooze):
        raise ValueError("type must be silence or snooze")
    hiding = Hiding(
        made=made, version=said.version, ended_at=said.ended_at, ended_by=said.ended_by
    )  # fmt: skip
    return HidingReport(hiding, said.text, HiddenCount(said.hidden_alerts, said.hidden_messages))


def written_preview(preview: Preview, raw_of: Callable[[str], bytes | None]) -> bytes:
    """Write a preview.

    Parameters
    ----------
    preview
        The preview.
    raw_of
        Returns an alert as it was published.
    """
    shown = [(each.written_at, raw_of(each.envelope.alert.alert_id)) for each in preview.last]
    return msgspec.json.encode(
        _SaidPreview(
            preview.alert_ids,
            tuple(_PreviewedAlert(at, msgspec.Raw(raw)) for at, raw in shown if raw is not None),
            preview.messages,
            preview.seen,
        )
    )


def read_preview(raw: bytes) -> Preview:
    """Read a preview.

    Raises
    ------
    ValueError
        Where it is none.
    """
    found = _said_preview.decode(raw)
    last = tuple(
        WrittenRevision(decode_event(bytes(each.cloudevent)), each.written_at.astimezone(dt.UTC))
        for each in found.last
    )
    return Preview(found.alert_ids, last, found.messages, found.seen)


def _action(document: dict[str, Any], beside: set[str]) -> Action:
    return action_of({name: value for name, value in document.items() if name not in beside})
