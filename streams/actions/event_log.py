"""Events on Kafka that are written one by one, and answered once they are read back.

Whoever submits an event is answered after this process has read it on its topic, among the events
of all others: only then is it known whether it was done. If the process is killed between writing
and reading, the event stands on the topic, and sending it again, with the same id, changes nothing.

Texts of events stand on the topic of notes. A record that cannot be read is passed over, and ends
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from streams.actions.note import NoteTexts, encode_note
from streams.alerts.label import note_problem
from streams.broker.client.lazy_producer import LazyProducer

ANSWER_WITHIN_S = 15.0
"""How long an event may take from its submission to its answer."""

_AT_ONCE = 1000
_RESTART_AFTER_S = 2.0
_log = logging.getLogger(__name__)

Event = TypeVar("Event")
Outcome = TypeVar("Outcome")


class EventUnanswered(Exception):
    """It is not known whether an event was done; the message says why.

    Sent again with the same id, it changes nothing if it was.
    """


class WrittenEvent(NamedTuple):
    """An event as it is written: its id, its record, and the text that it erases."""

    id: str
    key: bytes
    value: bytes
    erases: str | None


class EventLog(ABC, Generic[Event, Outcome]):
    """Follows topics of events and of their texts, and writes to them.

    Parameters
    ----------
    client
        aiokafka's settings of the connection.
    events, notes
        The topics of events and of texts, which must exist.
    others
        More topics that are read.
    what
        What the events are, for the log of this process.
    shown_by
        The command that shows whether an event was done.
    most_characters
        How much of the texts is held; None means all.
    on_unreadable
        Told of each record that is passed over, by its topic.
    """

    def __init__(
        self,
        client: Mapping[str, Any],
        events: str,
        notes: str,
        others: Sequence[str] = (),
        *,
        what: str,
        shown_by: str,
        most_characters: int | None,
        on_unreadable: Callable[[str], None],
    ) -> None:
        self._client, self._events, self._notes = client, events, notes
        self._what, self._shown_by = what, shown_by
        self._most_characters, self._on_unreadable = most_characters, on_unreadable
        self.ready = asyncio.Event()
        self._places = [TopicPartition(topic, 0) for topic in (events, notes, *others)]
        self._waiting: dict[tuple[str, str], asyncio.Future[Any]] = {}
        self._producer = LazyProducer(client, enable_idempotence=True)
        self._forget()

    @property
    def topic(self) -> str:
        """The topic of the events."""
        return self._events

    def _forget(self) -> None:
        self.notes = NoteTexts(self._most_characters)
        self._next: dict[TopicPartition, int] = {}
        self._begin_anew()

    @abstractmethod
    def _begin_anew(self) -> None:
        """Forget what was folded: all is read again."""

    @abstractmethod
    def _ahead_problem(self, event: Event, written_s: float) -> str | None:
        """Say why readers would pass over an event that is written now, epoch s."""

    @abstractmethod
    def _written(self, event: Event, *, noted: bool) -> WrittenEvent:
        """Write an event, with or without a text."""

    @abstractmethod
    def _text_key(self, event: Event) -> str:
        """Return the key of an event's text."""

    @abstractmethod
    def _known(self, event: Event) -> Outcome | None:
        """Return what is known to become of an event without its being written."""

    @abstractmethod
    def _is_lost(self, outcome: Outcome) -> bool:
        """Whether an event was not done, so that its text must go."""

    @abstractmethod
    def _take_event(self, record: ConsumerRecord[bytes, bytes]) -> None:
        """Take a record of the events: `answer_event` says what became of it.

        Raises
        ------
        ValueError
            Where it cannot be read.
        """

    def _take_other(self, record: ConsumerRecord[bytes, bytes]) -> None:
        """Take a record of another topic."""

    def _holds_text(self, key: str) -> bool:
        """Whether a text of the topic of notes is one of these events'."""
        raise NotImplementedError

    async def run(self) -> None:
        """Follow the topics until cancelled; after an error it goes on where it was."""
        try:
            while True:
                try:
                    await self._follow()
                except OffsetOutOfRangeError:
                    _log.warning(
                        "a topic of %s has been made anew; all of it is read again", self._what
                    )
                    self._forget()
                except KafkaError as error:
                    _log.warning(
                        "%s cannot be read now: %r; it goes on in a moment", self._what, error
                    )
                except Exception as error:
                    _log.error("%s cannot be read now: %r; they are read anew", self._what, error)
                    self._forget()
                await asyncio.sleep(_RESTART_AFTER_S)
        finally:
            await self.close()

    async def submit(self, event: Event, text: str | None = None) -> Outcome:
        """Do an event: write it, and return what became of it once it is read back.

        Raises
        ------
        EventUnanswered
            Where the broker does not take it, or it is not read back in time.
        ValueError
            Where no reader would take it, or its text; nothing is written.
        """
        (outcome,) = await self.submit_all([(event, text)])
        return outcome

    async def submit_all(self, submissions: Sequence[tuple[Event, str | None]]) -> list[Outcome]:
        """Do events in order, each with its text, and return what became of each.

        Raises
        ------
        EventUnanswered
            As `submit`; some may be done.
        ValueError
            Where no reader would take one of them, or its text; nothing is written.
        """
        for event, text in submissions:
            if problem := self._ahead_problem(event, time.time()):
                raise ValueError(problem)
            if text is not None and (problem := note_problem(text)):
                raise ValueError(f"text {problem}")
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S + len(submissions) / _AT_ONCE):
                await self.ready.wait()
                return await self._submit_all(submissions)
        except TimeoutError:
            for event, _ in submissions:
                self._waiting.pop((self._events, self._written(event, noted=False).id), None)
                self._waiting.pop((self._notes, self._text_key(event)), None)
            raise EventUnanswered(
                f"the topic {self._events} must answer within {ANSWER_WITHIN_S:.0f} s;"
                f" whether it was done is not known: `{self._shown_by}` shows it if it was"
            ) from None
        except KafkaError as error:
            raise EventUnanswered(
                f"the topic {self._events} must take an event; {error!r}"
            ) from None

    async def close(self) -> None:
        """Stop writing."""
        await self._producer.close()

    def answer_event(self, event_id: str, outcome: Outcome) -> None:
        """Answer who waits for an event."""
        self._answer(self._events, event_id, outcome)

    async def _submit_all(self, submissions: Sequence[tuple[Event, str | None]]) -> list[Outcome]:
        answers: list[Outcome | None] = []
        new: list[tuple[Event, str | None]] = []
        for event, text in submissions:
            answer = self._known(event)
            answers.append(answer)
            if answer is None:
                new.append((event, text))
        written = iter(await self._write_all(new) if new else [])
        return [next(written) if answer is None else answer for answer in answers]

    async def _write_all(self, submissions: Sequence[tuple[Event, str | None]]) -> list[Outcome]:
        producer = await self._producer.connected()
        made = [(self._written(event, noted=text is not None), text) for event, text in submissions]
        keys = [self._text_key(event) for event, _ in submissions]
        texts = {
            key: encode_note(text)
            for key, (_, text) in zip(keys, made, strict=True)
            if text is not None
        }
        erased = {event.erases: None for event, _ in made if event.erases is not None}
        await self._write_notes(producer, {**texts, **erased})
        read: list[asyncio.Future[Outcome]] = []
        for event, _ in made:
            read.append(self._read_back(self._events, event.id))
            await producer.send(self._events, event.value, event.key)
        await producer.flush()
        outcomes = [await asyncio.shield(future) for future in read]
        # What is not done leaves no text behind.
        lost = [
            key
            for key, (_, text), outcome in zip(keys, made, outcomes, strict=True)
            if text is not None and self._is_lost(outcome)
        ]
        await self._write_notes(producer, dict.fromkeys(lost))
        return outcomes

    async def _write_notes(
        self, producer: AIOKafkaProducer, values: Mapping[str, bytes | None]
    ) -> None:
        if not values:
            return
        read: list[asyncio.Future[None]] = []
        for key, value in values.items():
            read.append(self._read_back(self._notes, key))
            await producer.send(self._notes, value, key.encode())
        await producer.flush()
        for future in read:
            await asyncio.shield(future)

    def _read_back(self, topic: str, event_id: str) -> asyncio.Future[Any]:
        """Return what is done when a record with this id is read next."""
        made = asyncio.get_running_loop().create_future()
        return self._waiting.setdefault((topic, event_id), made)

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
            if record.topic == self._events:
                self._take_event(record)
            elif record.topic == self._notes:
                self._take_note(record)
            else:
                self._take_other(record)
        except ValueError as error:
            place = f"{record.topic}[{record.partition}] offset {record.offset}"
            _log.warning("%s cannot be read and is passed over: %s", place, error)
            self._on_unreadable(record.topic)

    def _take_note(self, record: ConsumerRecord[bytes, bytes]) -> None:
        key = (record.key or b"").decode("ascii", "replace")
        if not self._holds_text(key):
            return
        try:
            self.notes.take(key, record.value)
        finally:
            self._answer(self._notes, key, None)

    def _answer(self, topic: str, event_id: str, outcome: Outcome | None) -> None:
        future = self._waiting.pop((topic, event_id), None)
        if future is not None and not future.done():
            future.set_result(outcome)


async def _has_read(consumer: AIOKafkaConsumer, head: Mapping[TopicPartition, int]) -> bool:
    for place, end in head.items():
        if await consumer.position(place) < end:
            return False
    return True
