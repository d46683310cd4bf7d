"""Actions handed in on Kafka itself, by a command on a host that reaches the broker."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from confluent_kafka import TopicPartition

from streams.actions.action import Action
from streams.actions.book import Book, BookTopics
from streams.actions.desk import DeskError, HidingReport, LogEntry, LostText
from streams.actions.event_log import EventLog, EventUnanswered
from streams.actions.labels import labels_of
from streams.actions.matcher import Matcher
from streams.actions.preview import Preview, WrittenRevision, hidden_by, preview, told_revisions
from streams.actions.state import ActionOutcome
from streams.alerts.cloudevent import Alert, decode_event
from streams.alerts.label import Label
from streams.alerts.latest import rank
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from streams.broker.errors import TopicsError
from streams.broker.topics.needed import missing_topics, sentence
from streams.broker.topics.offsets import partition_count
from streams.broker.topics.records import (
    WAIT_S,
    ends_of,
    explained,
    new_consumer,
    read_records,
)
from streams.config.model import Config

_READ_WITHIN_S = 120.0
_FEW = 20


def book_topics(config: Config) -> BookTopics:
    """Name the topics of actions of a configuration."""
    return BookTopics(config.topic("actions"), config.topic("notes"), config.topic("labels"))


def sources_of(config: Config) -> dict[str, tuple[str, ...]]:
    """Return the names of the sources of each group of a configuration."""
    return {
        group: tuple(source.name for source in sources) for group, sources in config.groups.items()
    }


class KafkaDesk:
    """A desk that has read all actions.

    Parameters
    ----------
    connection, config
        The broker and the monitor.
    book
        Holds all actions, and takes new ones.
    runner
        Runs it.
    """

    def __init__(
        self, connection: Connection, config: Config, book: Book, runner: asyncio.Runner
    ) -> None:
        self._connection, self._config = connection, config
        self._book, self._runner = book, runner

    @property
    def place(self) -> str:
        """Where the actions go, for people."""
        return f"topic {self._book.topics.actions} on {self._connection.bootstrap}"

    def submit(self, submissions: Sequence[tuple[Action, str | None]]) -> Sequence[ActionOutcome]:
        """Do actions in order, each with its text, and say what became of each."""
        try:
            return self._runner.run(self._book.submit_all(submissions))
        except (EventUnanswered, ValueError) as error:
            raise DeskError(str(error)) from None

    def find(self, alert_ids: Collection[str]) -> dict[str, Alert]:
        """Return the last revisions of those of the alerts that are known."""
        found: dict[str, Alert] = {}
        # To look for a few ids is faster than to decode; to look for many is not.
        few = alert_ids if len(alert_ids) <= _FEW else ()
        for each in self._published(None, [alert_id.encode() for alert_id in few]):
            alert = each.envelope.alert
            if alert.alert_id in alert_ids and alert.event != "ended":
                before = found.get(alert.alert_id)
                if before is None or rank(before) < rank(alert):
                    found[alert.alert_id] = alert
        return found

    def under(self, alert_id: str) -> Sequence[Alert]:
        """Return the last revisions of the alerts that have an alert for their parent."""
        holding = (each.envelope.alert for each in self._published(None, [alert_id.encode()]))
        ids = {alert.alert_id for alert in holding if alert.parent == alert_id}
        return list(self.find(ids).values()) if ids else []

    def known_ids(self) -> Sequence[str]:
        """Return the ids of all alerts, of early ones too."""
        every = (each.envelope.alert for each in self._published(None))
        return sorted({alert.alert_id for alert in every if alert.event != "ended"})

    def log(self) -> Sequence[LogEntry]:
        """Return the actions that were done, in their order."""
        text = self._book.notes.text
        return [LogEntry(entry.action, text(entry.action.id)) for entry in self._book.log]

    def lost_texts(self) -> Sequence[LostText]:
        """Return the texts that belong to no action that is known."""
        return self._book.lost_texts()

    def labels(self) -> Sequence[Label]:
        """Return all labels in their order, those of earlier versions first."""
        return [*self._book.labels, *labels_of(self.log())]

    def hidings(self, ended_since: dt.datetime) -> Sequence[HidingReport]:
        """Return silences and snoozes that run, or have ended since a time."""
        kept = [each for each in self._book.state.every_hiding() if each.ends_at >= ended_since]
        if not kept:
            return []
        since = min(each.made.at for each in kept)
        revisions = told_revisions(self._published(since))
        counts = hidden_by(kept, revisions, sources_of(self._config))
        text = self._book.notes.text
        return [HidingReport(each, text(each.made.id), counts[each.made.id]) for each in kept]

    def preview(self, match: Matcher, since: dt.datetime) -> Preview:
        """Say what a silence would have hidden since a time."""
        revisions = told_revisions(self._published(since))
        return preview(match, revisions, sources_of(self._config), since)

    def _published(
        self, since: dt.datetime | None, holding: Sequence[bytes] = ()
    ) -> Iterator[WrittenRevision]:
        """Yield the revisions that were written since a time, of which the bytes hold one of these.

        They come in the order in which they were written, partition by partition.
        """
        topic = self._config.topic("alerts")
        try:
            for partition, begin in self._begins(topic, since).items():
                for message in read_records(self._connection, topic, partition, begin):
                    raw, (_, written_ms) = message.value() or b"", message.timestamp()
                    if holding and not any(part in raw for part in holding):
                        continue
                    try:
                        envelope = decode_event(raw)
                    except ValueError:
                        continue  # `weathervane alerts` reports it
                    yield WrittenRevision(
                        envelope, dt.datetime.fromtimestamp(written_ms / 1000, dt.UTC)
                    )
        except TopicsError as error:
            raise DeskError(str(error)) from None

    def _begins(self, topic: str, since: dt.datetime | None) -> dict[int, int]:
        """Return where to begin in each partition."""
        places = range(partition_count(self._connection, topic))
        if since is None:
            return dict.fromkeys(places, 0)
        since_ms = int(since.timestamp() * 1000)
        with new_consumer(self._connection, "weathervane-look") as consumer:
            with explained(self._connection):
                found = consumer.offsets_for_times(
                    [TopicPartition(topic, number, since_ms) for number in places], timeout=WAIT_S
                )
            # A partition without a record since then is at its end.
            return {
                at.partition: at.offset
                if at.offset >= 0
                else ends_of(consumer, TopicPartition(topic, at.partition))[1]
                for at in found
            }


@contextmanager
def kafka_desk(connection: Connection, config: Config) -> Iterator[KafkaDesk]:
    """Read all actions, and take new ones until the end of the block.

    Raises
    ------
    DeskError
        Where a topic is missing or cannot be read.
    """
    topics = book_topics(config)
    try:
        missing = missing_topics(connection, [*topics, config.topic("alerts")])
    except TopicsError as error:
        raise DeskError(str(error)) from None
    if missing:
        raise DeskError(f"kafka.bootstrap: this needs {sentence(missing, connection)}")
    with asyncio.Runner() as runner:
        book = Book(
            for_aiokafka(connection), topics, sources_of(config), kept=None, most_characters=None
        )
        with followed(book, runner):
            yield KafkaDesk(connection, config, book, runner)


@contextmanager
def followed(log: EventLog[Any, Any], runner: asyncio.Runner) -> Iterator[None]:
    """Follow a log of events, of which all has been read, until the end of the block.

    Raises
    ------
    DeskError
        Where it cannot be read.
    """
    following = runner.run(_started(log))
    try:
        yield
    finally:
        following.cancel()
        runner.run(_ended(following))


async def _started(book: EventLog[Any, Any]) -> asyncio.Task[None]:
    following = asyncio.create_task(book.run())
    try:
        async with asyncio.timeout(_READ_WITHIN_S):
            await book.ready.wait()
    except TimeoutError:
        following.cancel()
        await _ended(following)
        raise DeskError(
            f"the topic {book.topic} must be readable within {_READ_WITHIN_S:.0f} s"
        ) from None
    return following


async def _ended(following: asyncio.Task[None]) -> None:
    await asyncio.gather(following, return_exceptions=True)
