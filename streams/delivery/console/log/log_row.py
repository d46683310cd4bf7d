"""An action of the log as its page shows it: what it is about, and what was said with it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from streams.actions.action import (
    AlertAction,
    AssignAlert,
    EndSilence,
    EndSnooze,
    EraseNote,
    GiveLabel,
    MakeSilence,
    MakeSnooze,
)
from streams.actions.desk import LogEntry
from streams.delivery.console.log.log_filter import kind_of


class LogRow(msgspec.Struct, frozen=True, kw_only=True):
    """An action.

    Attributes
    ----------
    id, at, by, kind
        Its id, when it was done, by whom, and what was done.
    alert_id
        The alert that it is about.
    level, entity
        The entity that it is about, or that the alert is about where that is known.
    signal
        The signal of a snooze.
    match
        What a silence matches: keys and texts.
    silence_id, note_id
        The silence that was ended, or the action whose text was erased.
    until, since
        Until when it hides, and the span of a label without an alert.
    verdict, to
        The label, and whose the alert is now.
    text, is_erased
        What was written with it, and whether that was erased, or is not held any more.
    """

    id: str
    at: dt.datetime
    by: str
    kind: str
    alert_id: str | None = None
    level: str | None = None
    entity: str | None = None
    signal: str | None = None
    match: Sequence[tuple[str, Sequence[str]]] = ()
    silence_id: str | None = None
    note_id: str | None = None
    until: dt.datetime | None = None
    since: dt.datetime | None = None
    verdict: str | None = None
    to: str | None = None
    text: str | None = None
    is_erased: bool = False


def log_row(entry: LogEntry, entity_of: Callable[[str], str | None]) -> LogRow:
    """Return an action as it is shown.

    Parameters
    ----------
    entry
        The action and its text.
    entity_of
        Returns the entity of an alert, ``level/id``, where it is known.
    """
    action = entry.action
    row = LogRow(
        id=action.id,
        at=action.at,
        by=action.by,
        kind=kind_of(action),
        text=entry.text,
        is_erased=action.noted and entry.text is None,
    )
    if isinstance(action, AlertAction) and action.alert_id is not None:
        row = _of_entity(row, entity_of(action.alert_id))
        row = msgspec.structs.replace(row, alert_id=action.alert_id)
    match action:
        case AssignAlert():
            return msgspec.structs.replace(row, to=action.to)
        case GiveLabel(window=None):
            return msgspec.structs.replace(row, verdict=action.verdict)
        case GiveLabel(window=span):
            assert span is not None
            row = _of_entity(row, span.entity)
            return msgspec.structs.replace(
                row, verdict=action.verdict, since=span.start, until=span.end
            )
        case MakeSnooze():
            row = _of_entity(row, action.entity)
            return msgspec.structs.replace(row, signal=action.signal, until=action.until)
        case EndSnooze():
            return msgspec.structs.replace(_of_entity(row, action.entity), signal=action.signal)
        case MakeSilence():
            match = tuple(action.match.texts.items())
            return msgspec.structs.replace(row, match=match, until=action.until)
        case EndSilence():
            return msgspec.structs.replace(row, silence_id=action.silence_id)
        case EraseNote():
            return msgspec.structs.replace(row, note_id=action.note_id)
    return row


def _of_entity(row: LogRow, entity: str | None) -> LogRow:
    if entity is None:
        return row
    level, _, name = entity.partition("/")
    return msgspec.structs.replace(row, level=level, entity=name)
