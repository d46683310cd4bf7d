"""A desk in memory, for the commands; it does what the one on Kafka does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from streams.actions.action import Action, EraseNote
from streams.actions.desk import DeskError, HidingReport, LogEntry, LostText
from streams.actions.labels import labels_of
from streams.actions.matcher import Matcher
from streams.actions.preview import Preview, WrittenRevision, hidden_by, preview, told_revisions
from streams.actions.state import ActionOutcome, ActionState
from streams.alerts.cloudevent import Alert, decode_event
from streams.alerts.label import Label


class MemoryDesk:
    """Holds some alerts, and what was done; with `error` it refuses everything."""

    place = "memory"

    def __init__(self, *alerts: bytes) -> None:
        self.state = ActionState()
        self.alerts = [decode_event(raw) for raw in alerts]
        self.done: list[Action] = []
        self.texts: dict[str, str] = {}
        self.former: list[Label] = []
        self.error: str | None = None

    def submit(self, submissions: Sequence[tuple[Action, str | None]]) -> Sequence[ActionOutcome]:
        if self.error is not None:
            raise DeskError(self.error)
        return [self._submit(action, text) for action, text in submissions]

    def _submit(self, action: Action, text: str | None) -> ActionOutcome:
        outcome = self.state.take(action)
        if outcome.result == "done":
            self.done.append(msgspec.structs.replace(action, noted=text is not None))
            if text is not None:
                self.texts[action.id] = text
            if isinstance(action, EraseNote):
                self.texts.pop(action.note_id, None)
        return outcome

    def find(self, alert_ids: Collection[str]) -> dict[str, Alert]:
        every = (envelope.alert for envelope in self.alerts)
        return {a.alert_id: a for a in every if a.alert_id in alert_ids}

    def known_ids(self) -> Sequence[str]:
        return [envelope.alert.alert_id for envelope in self.alerts]

    def log(self) -> Sequence[LogEntry]:
        return [LogEntry(action, self.texts.get(action.id)) for action in self.done]

    def lost_texts(self) -> Sequence[LostText]:
        done = {action.id for action in self.done}
        return [LostText(each, text) for each, text in self.texts.items() if each not in done]

    def labels(self) -> Sequence[Label]:
        return [*self.former, *labels_of(self.log())]

    def hidings(self, ended_since: dt.datetime) -> Sequence[HidingReport]:
        kept = [each for each in self.state.every_hiding() if each.ends_at >= ended_since]
        counts = hidden_by(kept, told_revisions(self._written()), {})
        texts = self.texts.get
        return [HidingReport(each, texts(each.made.id), counts[each.made.id]) for each in kept]

    def preview(self, match: Matcher, since: dt.datetime) -> Preview:
        return preview(match, told_revisions(self._written()), {}, since)

    def _written(self) -> Iterator[WrittenRevision]:
        now = dt.datetime.now(dt.UTC)
        yield from (WrittenRevision(envelope, now) for envelope in self.alerts)


@contextmanager
def at(desk: MemoryDesk) -> Iterator[None]:
    """Let the commands find a desk."""

    @contextmanager
    def opened(*_: Any) -> Iterator[MemoryDesk]:
        yield desk

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.actions.kafka_desk.kafka_desk", opened)
        yield
