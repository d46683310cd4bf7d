"""The events of cases on Kafka: read as they come, written one by one, answered once read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from aiokafka import ConsumerRecord

from streams.actions.event_log import EventLog, WrittenEvent
from streams.actions.note import MOST_CHARACTERS, OF_CASES
from streams.cases.event import (
    CaseEvent,
    EraseCaseText,
    decode_case_event,
    encode_case_event,
    text_key,
    written_ahead_problem,
)
from streams.cases.fold import MOST_ENDED, CaseFold, CaseOutcome
from streams.config.model import Config


class CaseTopics(NamedTuple):
    """The topics of events, and of their texts."""

    cases: str
    notes: str


def case_topics(config: Config) -> CaseTopics:
    """Name the topics of cases of a configuration."""
    return CaseTopics(config.topic("cases"), config.topic("notes"))


class DoneEvent(NamedTuple):
    """An event that was done, and what the case is after it."""

    event: CaseEvent
    outcome: CaseOutcome


CaseSubmission = tuple[CaseEvent, str | None]
"""An event, and the text that goes with it."""

_FOR_NOW = frozenset(("unknown", "order", "party", "addressee", "terms", "many"))
"""Refusals that may be over with the next event of another writer, so that it is written."""


class CaseBook(EventLog[CaseEvent, CaseOutcome]):
    """Follows the topics, and holds all cases.

    Parameters
    ----------
    client
        aiokafka's settings of the connection.
    topics
        The topics, which must exist.
    most_ended, most_characters
        How many cases that are over, and how much of the texts, are held; None means all.
    on_done
        Told of each event that was done, when it is read.
    on_unreadable
        Told of each record that is passed over, by its topic.

    Attributes
    ----------
    fold
        The cases.
    """

    def __init__(
        self,
        client: Mapping[str, Any],
        topics: CaseTopics,
        *,
        most_ended: int | None = MOST_ENDED,
        most_characters: int | None = MOST_CHARACTERS,
        on_done: Callable[[DoneEvent], None] = lambda _: None,
        on_unreadable: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.topics, self._most_ended, self._on_done = topics, most_ended, on_done
        super().__init__(
            client,
            topics.cases,
            topics.notes,
            what="cases",
            shown_by="weathervane case show",
            most_characters=most_characters,
            on_unreadable=on_unreadable,
        )

    def text(self, event: CaseEvent) -> str | None:
        """Return the text of an event; None where it has none, was erased, or is not held."""
        return self.notes.text(text_key(event.id)) if event.noted else None

    def _begin_anew(self) -> None:
        self.fold = CaseFold(most_ended=self._most_ended)

    def _ahead_problem(self, event: CaseEvent, written_s: float) -> str | None:
        return written_ahead_problem(event, written_s)

    def _written(self, event: CaseEvent, *, noted: bool) -> WrittenEvent:
        value = encode_case_event(msgspec.structs.replace(event, noted=noted))
        erases = text_key(event.event_id) if isinstance(event, EraseCaseText) else None
        return WrittenEvent(event.id, event.case_id.encode(), value, erases)

    def _text_key(self, event: CaseEvent) -> str:
        return text_key(event.id)

    def _holds_text(self, key: str) -> bool:
        return key.startswith(OF_CASES)

    def _known(self, event: CaseEvent) -> CaseOutcome | None:
        known = self.fold.answer(event)
        if known is None or known.result == "repeat":
            return known
        if known.why == "version":
            passed = event.expects is not None and event.expects < known.version
            return known if passed else None
        return None if known.why in _FOR_NOW else known

    def _is_lost(self, outcome: CaseOutcome) -> bool:
        return outcome.result == "refused"

    def _take_event(self, record: ConsumerRecord[bytes, bytes]) -> None:
        event = decode_case_event(record.value or b"", record.timestamp / 1000)
        outcome = self.fold.take(event, record.offset)
        if outcome.result == "done":
            self._on_done(DoneEvent(event, outcome))
        self.answer_event(event.id, outcome)
