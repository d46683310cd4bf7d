"""The actions on Kafka: read as they come, written one by one, answered once they are read back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from aiokafka import ConsumerRecord

from streams.actions.action import (
    Action,
    EraseNote,
    ahead_problem,
    decode_action,
    encode_action,
    is_action_id,
    subject_of,
)
from streams.actions.desk import LostText
from streams.actions.event_log import EventLog, WrittenEvent
from streams.actions.note import MOST_CHARACTERS, OF_CASES
from streams.actions.state import ActionOutcome, ActionState
from streams.alerts.label import Label, decode_label

KEPT: Final = 10_000
"""Actions of which the log is held in memory: the newest."""


class BookTopics(NamedTuple):
    """The topics of actions, of their texts, and of the labels of earlier versions."""

    actions: str
    notes: str
    labels: str


class Entry(NamedTuple):
    """An action of the log, and what became of it."""

    action: Action
    outcome: ActionOutcome


Submission = tuple[Action, str | None]
"""An action, and the text that goes with it."""


class Book(EventLog[Action, ActionOutcome]):
    """Follows the topics, and holds what is folded of them.

    Parameters
    ----------
    client
        aiokafka's settings of the connection.
    topics
        The topics, which must exist.
    sources_of
        The sources of each group of the configuration.
    kept, most_characters
        How much of the log and of the texts is held; None means all.
    on_entry
        Told of each action when it is read, and what became of it.
    on_unreadable
        Told of each record that is passed over, by its topic.
    """

    def __init__(
        self,
        client: Mapping[str, Any],
        topics: BookTopics,
        sources_of: Mapping[str, Sequence[str]],
        *,
        kept: int | None = KEPT,
        most_characters: int | None = MOST_CHARACTERS,
        on_entry: Callable[[Entry], None] = lambda _: None,
        on_unreadable: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.topics, self._sources_of, self._on_entry = topics, sources_of, on_entry
        self.log: deque[Entry] = deque(maxlen=kept)
        self.labels: list[Label] = []
        super().__init__(
            client,
            topics.actions,
            topics.notes,
            [topics.labels],
            what="actions",
            shown_by="weathervane actions",
            most_characters=most_characters,
            on_unreadable=on_unreadable,
        )

    def lost_texts(self) -> list[LostText]:
        """Return the texts that belong to no action that is known, neither in the log nor done."""
        noted = {entry.action.id for entry in self.log if entry.action.noted}
        return [
            LostText(action_id, self.notes.text(action_id))
            for action_id in self.notes.ids()
            if action_id not in noted
            and is_action_id(action_id)
            and not self.state.was_done(action_id)
        ]

    def _begin_anew(self) -> None:
        self.state = ActionState(self._sources_of)
        self.log.clear()
        self.labels.clear()

    def _ahead_problem(self, event: Action, written_s: float) -> str | None:
        return ahead_problem(event, written_s)

    def _written(self, event: Action, *, noted: bool) -> WrittenEvent:
        value = encode_action(msgspec.structs.replace(event, noted=noted))
        erases = event.note_id if isinstance(event, EraseNote) else None
        return WrittenEvent(event.id, subject_of(event).encode(), value, erases)

    def _text_key(self, event: Action) -> str:
        return event.id

    def _holds_text(self, key: str) -> bool:
        return not key.startswith(OF_CASES)

    def _known(self, event: Action) -> ActionOutcome | None:
        return self.state.answer(event)

    def _is_lost(self, outcome: ActionOutcome) -> bool:
        return outcome.result == "conflict"

    def _take_event(self, record: ConsumerRecord[bytes, bytes]) -> None:
        action = decode_action(record.value or b"", record.timestamp / 1000)
        outcome = self.state.take(action)
        if outcome.result == "done":
            entry = Entry(action, outcome)
            self.log.append(entry)
            self._on_entry(entry)
        self.answer_event(action.id, outcome)

    def _take_other(self, record: ConsumerRecord[bytes, bytes]) -> None:
        label = decode_label(record.value or b"")
        self.labels.append(label)
        self.state.take_label(label)
