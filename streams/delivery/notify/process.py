"""The part of serve that tells receivers: it follows the topics, and sends where it is its turn."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from aiokafka import AIOKafkaConsumer

from streams.actions.book import Book
from streams.actions.kafka_desk import book_topics, sources_of
from streams.alerts.cloudevent import Envelope
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from streams.config.model import Config
from streams.delivery.channels.channel import where_it_failed
from streams.delivery.meters import ServeMetrics
from streams.delivery.notify.composer import Deeds
from streams.delivery.notify.deeds import ActionDeeds, alerts_of
from streams.delivery.notify.dispatch import Dispatcher
from streams.delivery.notify.journal import Journal
from streams.delivery.notify.notifier import Notifier
from streams.delivery.notify.ownership import Ownership
from streams.delivery.notify.record import Record
from streams.delivery.queue import MAX_POLL_INTERVAL_MS
from streams.delivery.reading import reading
from streams.delivery.sent_log import SentLog
from streams.delivery.topic_writer import TopicWriter
from streams.delivery.undelivered.writer import UndeliveredWriter

SETTLE_EVERY_S: Final = 600.0
_LOOK_EVERY_S: Final = 0.1
_RESTART_AFTER_S: Final = 5.0
_log = logging.getLogger(__name__)


class Notifying:
    """Tells the ``[[receivers]]`` of a configuration.

    Parameters
    ----------
    config
        The configuration.
    new_consumer
        Makes a consumer, not started, with more settings of aiokafka's where it is given some.
    writer
        Writes to the topic of notifications.
    deeds
        What people did.
    undelivered
        Takes what is given up.
    metrics
        Where it is counted.
    ready
        Whether alerts and actions have been read to their ends.
    """

    def __init__(
        self,
        config: Config,
        new_consumer: Callable[..., AIOKafkaConsumer],
        writer: TopicWriter,
        deeds: Deeds,
        undelivered: UndeliveredWriter,
        metrics: ServeMetrics,
        ready: Callable[[], bool],
    ) -> None:
        self.sends = False
        """Whether it is this process that sends."""
        self.sent = SentLog()
        """What was sent to whom."""
        self.read_through_s = 0.0
        """All alerts that were published by this time have been taken, epoch s."""
        self._metrics, self._ready = metrics, ready
        topic = config.topic("notifications")
        self._notifier = notifier_of(config, deeds)
        self._journal = Journal(new_consumer, topic, writer, self._take_record, metrics, self.sent)
        self._turn: asyncio.Task[None] | None = None
        self._owner = Ownership(
            partial(
                new_consumer,
                auto_offset_reset="latest",  # nothing is read
                group_id=config.consumer_group("notify"),
                max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
            ),
            topic,
            self._gain,
            self._lose,
        )
        self._dispatchers = [
            Dispatcher(
                receiver, self._notifier, self._journal, undelivered, metrics, lambda: self.sends
            )
            for receiver in config.receivers
        ]

    async def run(self) -> None:
        """Tell people until cancelled; an error of one part ends no other."""
        tasks = [
            asyncio.create_task(self._journal.follow(), name="notifications"),
            asyncio.create_task(self._owner.run(), name="whose turn"),
            asyncio.create_task(self._settle(), name="settled"),
            *(asyncio.create_task(one.run(), name=one.name) for one in self._dispatchers),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
            for task in done:
                task.result()
        finally:
            self.sends = False
            # Who sends ends first, so that what is under way is recorded.
            for group in (tasks[3:], tasks[:3]):
                for task in group:
                    task.cancel()
                await asyncio.gather(*group, return_exceptions=True)
            await self._journal.close()

    def take_alert(self, envelope: Envelope, raw: bytes, published_s: float) -> None:
        """Take the next record of the topic of alerts."""
        self._notifier.take_alert(envelope, raw, published_s)
        self._wake()

    def deeds_changed(self, alert_ids: Iterable[str] | None) -> None:
        """Look again at alerts about which people did something; None: a silence came or went."""
        self._notifier.deeds_changed(alert_ids)
        self._wake()

    def _take_record(self, record: Record) -> None:
        self._notifier.take_record(record)
        self._wake()

    def _wake(self) -> None:
        for dispatcher in self._dispatchers:
            dispatcher.wake()

    def _gain(self) -> None:
        self._turn = asyncio.create_task(self._begin(), name="begin to send")

    async def _begin(self) -> None:
        """Begin to send, when all is known that others have sent; after an error once more."""
        while not self.sends:
            try:
                await self._know_all()
            except Exception as error:
                _log.error("notifications cannot be sent yet: %s", where_it_failed(error))
                await asyncio.sleep(_RESTART_AFTER_S)
                continue
            self.sends = True
        self._metrics.notify_sends.set(1)
        _log.info("notifications are sent from here")
        self._wake()

    async def _know_all(self) -> None:
        await self._journal.read_to_end()
        while not self._ready():
            await asyncio.sleep(_LOOK_EVERY_S)
        if (new := self._notifier.begin(dt.datetime.now(dt.UTC))) is not None:
            await self._journal.write(new)

    async def _lose(self) -> None:
        """Send no more; what is under way is ended and recorded first."""
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.cancel()
            await asyncio.gather(turn, return_exceptions=True)
        if self.sends:
            _log.info("notifications are sent from elsewhere now")
        self.sends = False
        self._metrics.notify_sends.set(0)
        await asyncio.gather(*(dispatcher.finish() for dispatcher in self._dispatchers))

    async def _settle(self) -> None:
        while True:
            await asyncio.sleep(SETTLE_EVERY_S)
            if not self.sends:
                continue
            try:
                found = self._notifier.settled(self.read_through_s, dt.datetime.now(dt.UTC))
                if found is not None:
                    await self._journal.write(found)
            except Exception as error:
                _log.error("what is settled is not recorded yet: %s", where_it_failed(error))


def notifier_of(config: Config, deeds: Deeds) -> Notifier:
    """Return the notifier of a configuration."""
    zone = ZoneInfo(config.timezone)
    return Notifier(config.receivers, zone, sources_of(config), deeds, config.serve.link_to)


def notifying_of(
    config: Config,
    connection: Connection,
    undelivered: UndeliveredWriter,
    metrics: ServeMetrics,
    ready: Callable[[], bool],
) -> tuple[Book, Notifying]:
    """Return what people did, as it is followed, and what tells them.

    Parameters
    ----------
    config, connection
        The configuration, and the broker.
    undelivered, metrics
        As `Notifying` takes them.
    ready
        Whether alerts have been read to their end.
    """
    book = Book(
        for_aiokafka(connection),
        book_topics(config),
        sources_of(config),
        on_entry=lambda entry: notifying.deeds_changed(alerts_of(entry.action)),
    )
    notifying = Notifying(
        config,
        lambda **settings: AIOKafkaConsumer(**{**reading(connection), **settings}),
        TopicWriter(for_aiokafka(connection), config.topic("notifications")),
        ActionDeeds(lambda: book.state),
        undelivered,
        metrics,
        lambda: book.ready.is_set() and ready(),
    )
    return book, notifying
