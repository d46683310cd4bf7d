"""The actions on Kafka: read as they come, written one by one, answered once they are read back.

Whoever submits an action is answered after this process has read it on its topic, among the
actions of all others: only then is it known whether it was done. If the process is killed between
writing and reading, the action stands on the topic, and sending it again, with the same id, changes
nothing.

A record that cannot be read is passed over, and ends nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

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
from streams.actions.note import MOST_CHARACTERS, NoteTexts, encode_note
from streams.actions.state import ActionOutcome, ActionState
from streams.alerts.label import Label, decode_label, note_problem
from streams.broker.client.lazy_producer import LazyProducer

ANSWER_WITHIN_S: Final = 15.0
"""How long an action may take from its submission to its answer."""

KEPT: Final = 10_000
"""Actions of which the log is held in memory: the newest."""

_AT_ONCE = 1000
_READ = ActionOutcome("done", 0)
"""The answer to a text that was written."""

_RESTART_AFTER_S = 2.0
_log = logging.getLogger(__name__)


class ActionUnanswered(Exception):
    """It is not known whether an action was done; the message says why.

    Sent again with the same id, it changes nothing if it was.
    """


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


class Book:
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
        self._client, self.topics = client, topics
        self._sources_of, self._most_characters = sources_of, most_characters
        self._on_entry, self._on_unreadable = on_entry, on_unreadable
        self.log: deque[Entry] = deque(maxlen=kept)
        self.labels: list[Label] = []
        self.ready = asyncio.Event()
        self._places = [TopicPartition(topic, 0) for topic in topics]
        self._waiting: dict[tuple[str, str], asyncio.Future[ActionOutcome]] = {}
        self._producer = LazyProducer(client, enable_idempotence=True)
        self._forget()

    def _forget(self) -> None:
        self.state = ActionState(self._sources_of)
        self.notes = NoteTexts(self._most_characters)
        self.log.clear()
        self.labels.clear()
        self._next: dict[TopicPartition, int] = {}

    async def run(self) -> None:
        """Follow the topics until cancelled; after an error it goes on where it was."""
        try:
            while True:
                try:
                    await self._follow()
                except OffsetOutOfRangeError:
                    _log.warning("a topic of actions has been made anew; all of it is read again")
                    self._forget()
                except KafkaError as error:
                    _log.warning("actions cannot be read now: %r; it goes on in a moment", error)
                except Exception as error:
                    _log.error("actions cannot be read now: %r; they are read anew", error)
                    self._forget()
                await asyncio.sleep(_RESTART_AFTER_S)
        finally:
            await self.close()

    async def submit(self, action: Action, text: str | None = None) -> ActionOutcome:
        """Do an action: write it, and return what became of it once it is read back.

        Raises
        ------
        ActionUnanswered
            Where the broker does not take it, or it is not read back in time.
        ValueError
            Where no reader would take it, or its text; nothing is written.
        """
        (outcome,) = await self.submit_all([(action, text)])
        return outcome

    async def submit_all(self, submissions: Sequence[Submission]) -> list[ActionOutcome]:
        """Do actions in order, and return what became of each.

        Raises
        ------
        ActionUnanswered
            As `submit`; some may be done.
        ValueError
            Where no reader would take one of them, or its text; nothing is written.
        """
        for action, text in submissions:
            if problem := ahead_problem(action, time.time()):
                raise ValueError(problem)
            if text is not None and (problem := note_problem(text)):
                raise ValueError(f"text {problem}")
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S + len(submissions) / _AT_ONCE):
                await self.ready.wait()
                return await self._submit_all(submissions)
        except TimeoutError:
            for action, _ in submissions:
                self._waiting.pop((self.topics.actions, action.id), None)
                self._waiting.pop((self.topics.notes, action.id), None)
            raise ActionUnanswered(
                f"the topic {self.topics.actions} must answer within {ANSWER_WITHIN_S:.0f} s;"
                " whether it was done is not known: `weathervane actions` shows it if it was"
            ) from None
        except KafkaError as error:
            raise ActionUnanswered(
                f"the topic {self.topics.actions} must take an action; {error!r}"
            ) from None

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

    async def close(self) -> None:
        """Stop writing."""
        await self._producer.close()

    async def _submit_all(self, submissions: Sequence[Submission]) -> list[ActionOutcome]:
        answers: list[ActionOutcome | None] = []
        new: list[Submission] = []
        for action, text in submissions:
            answer = self.state.answer(action)
            answers.append(answer)
            if answer is None:
                new.append((action, text))
        written = iter(await self._write_all(new) if new else [])
        return [answer or next(written) for answer in answers]

    async def _write_all(self, submissions: Sequence[Submission]) -> list[ActionOutcome]:
        producer = await self._producer.connected()
        texts = {action.id: encode_note(text) for action, text in submissions if text is not None}
        erased = {
            action.note_id: None for action, _ in submissions if isinstance(action, EraseNote)
        }
        await self._write_notes(producer, {**texts, **erased})
        read: list[asyncio.Future[ActionOutcome]] = []
        for action, text in submissions:
            noted = msgspec.structs.replace(action, noted=text is not None)
            read.append(self._read_back(self.topics.actions, action.id))
            await producer.send(
                self.topics.actions, encode_action(noted), subject_of(action).encode()
            )
        await producer.flush()
        outcomes = [await asyncio.shield(future) for future in read]
        # What is not done leaves no text behind.
        lost = [
            action.id
            for (action, text), outcome in zip(submissions, outcomes, strict=True)
            if text is not None and outcome.result == "conflict"
        ]
        await self._write_notes(producer, dict.fromkeys(lost))
        return outcomes

    async def _write_notes(
        self, producer: AIOKafkaProducer, values: Mapping[str, bytes | None]
    ) -> None:
        if not values:
            return
        read: list[asyncio.Future[ActionOutcome]] = []
        for action_id, value in values.items():
            read.append(self._read_back(self.topics.notes, action_id))
            await producer.send(self.topics.notes, value, action_id.encode())
        await producer.flush()
        for future in read:
            await asyncio.shield(future)

    def _read_back(self, topic: str, action_id: str) -> asyncio.Future[ActionOutcome]:
        """Return what is done when a record with this id is read next."""
        made = asyncio.get_running_loop().create_future()
        return self._waiting.setdefault((topic, action_id), made)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            **self._client, enable_auto_commit=False, auto_offset_reset="none"
        )
        try:
            await consumer.start()
            consumer.assign(self._places)
            first = await consumer.beginning_offsets(self._places)
            head = await consumer.end_offsets(self._places)
            for place in self._places:
                consumer.seek(place, self._next.get(place, first[place]))
            while True:
                if not self.ready.is_set() and await _has_read(consumer, head):
                    self.ready.set()
                batches = await consumer.getmany(timeout_ms=200, max_records=_AT_ONCE)
                for place, records in batches.items():
                    for record in records:
                        self._take(record)
                    self._next[place] = records[-1].offset + 1
        finally:
            with contextlib.suppress(KafkaError):
                await consumer.stop()

    def _take(self, record: ConsumerRecord[bytes, bytes]) -> None:
        try:
            if record.topic == self.topics.actions:
                self._take_action(decode_action(record.value or b"", record.timestamp / 1000))
            elif record.topic == self.topics.labels:
                label = decode_label(record.value or b"")
                self.labels.append(label)
                self.state.take_label(label)
            else:
                self._take_note(record)
        except ValueError as error:
            place = f"{record.topic}[{record.partition}] offset {record.offset}"
            _log.warning("%s cannot be read and is passed over: %s", place, error)
            self._on_unreadable(record.topic)

    def _take_action(self, action: Action) -> None:
        outcome = self.state.take(action)
        if outcome.result == "done":
            entry = Entry(action, outcome)
            self.log.append(entry)
            self._on_entry(entry)
        self._answer(self.topics.actions, action.id, outcome)

    def _take_note(self, record: ConsumerRecord[bytes, bytes]) -> None:
        action_id = (record.key or b"").decode("ascii", "replace")
        try:
            self.notes.take(action_id, record.value)
        finally:
            self._answer(self.topics.notes, action_id, _READ)

    def _answer(self, topic: str, action_id: str, outcome: ActionOutcome) -> None:
        future = self._waiting.pop((topic, action_id), None)
        if future is not None and not future.done():
            future.set_result(outcome)


async def _has_read(consumer: AIOKafkaConsumer, head: Mapping[TopicPartition, int]) -> bool:
    for place, end in head.items():
        if await consumer.position(place) < end:
            return False
    return True
