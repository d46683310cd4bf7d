"""The serve process: HTTP, the topic's reader and every receiver's queue in one asyncio program."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.actions.book import Book
from streams.actions.kafka_desk import book_topics, sources_of
from streams.alerts.cloudevent import Envelope
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from streams.broker.topics.needed import await_topics
from streams.broker.topics.offsets import partition_count
from streams.config.model import Config
from streams.config.names import OurTopic
from streams.delivery.access.users_topic import UsersTopic
from streams.delivery.api.board import Board, OffsetPlace
from streams.delivery.api.revisions import Revisions
from streams.delivery.api.server import HttpServer, ServeError, listen
from streams.delivery.cases.look_back import LookingBack
from streams.delivery.cases.process import cases_of
from streams.delivery.channels.channel import Channel, where_it_failed
from streams.delivery.channels.table import group_id
from streams.delivery.console.frame.watched import watched_of
from streams.delivery.courier import Courier
from streams.delivery.entities.process import entities_of
from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.feed.pages import FeedKey, Feeds
from streams.delivery.feed.reader import FeedReader
from streams.delivery.meters import ServeMetrics
from streams.delivery.monitor.sender import EventSender
from streams.delivery.monitor.shared_look import shared_look
from streams.delivery.monitor.watch import MonitorWatch
from streams.delivery.notify.process import Notifying, notifying_of
from streams.delivery.notify.single import SingleSends
from streams.delivery.proofs.process import proving_of
from streams.delivery.queue import MAX_POLL_INTERVAL_MS, DeliveryQueue
from streams.delivery.reading import reading
from streams.delivery.sent_log import SentLog
from streams.delivery.served_parts import ServedParts
from streams.delivery.stopped import stop_event
from streams.delivery.undelivered.follower import UndeliveredCount, follow
from streams.delivery.undelivered.writer import UndeliveredWriter
from streams.delivery.views.process import views_of
from streams.delivery.waiting_threads import WaitingThreads
from streams.health.exporter import Readiness
from streams.health.look import addresses, look

_OF_PEOPLE: Final[tuple[OurTopic, ...]] = ("actions", "notes", "labels", "cases")
"""Topics of what people do."""

_LAG_EVERY_S: Final = 5.0
_log = logging.getLogger(__name__)


class ServeProcess:
    """One serve process.

    Parameters
    ----------
    config
        The configuration: address, feeds and receivers.
    connection
        The broker.
    announce
        Takes the first token, once, where serve makes one.
    """

    def __init__(
        self, config: Config, connection: Connection, announce: Callable[[str], None]
    ) -> None:
        self.metrics = ServeMetrics()
        self._config, self._topic = config, config.topic("alerts")
        self._client = reading(connection)
        self._connection = connection
        self._lost: list[TopicPartition] = []
        self._expected: set[FeedKey] = set()
        self._live = LiveFeeds(Feeds(config.serve.keep))
        self.metrics.sse_clients.set_function(lambda: self._live.listeners + self._views.listeners)
        self._undelivered = UndeliveredWriter(for_aiokafka(connection), config.topic("undelivered"))
        self._announce = announce
        self._users = UsersTopic(
            config.topic("users"),
            for_aiokafka(connection),
            lambda: AIOKafkaConsumer(**self._client),
        )
        self._queues = [self._queue(receiver) for receiver in config.programs]
        self._book, self._notifying = self._people()
        self._board = Board(config.serve.keep)
        self._views, self._registry = views_of(
            config,
            self._board,
            self._live,
            self._users,
            lambda: AIOKafkaConsumer(**self._client),
        )
        look_now = partial(look, config, connection, addresses(config))
        self._look = shared_look(config, look_now, _now)

        def new_consumer(**settings: Any) -> AIOKafkaConsumer:
            return AIOKafkaConsumer(**{**self._client, **settings})

        self._proving = proving_of(config, connection, new_consumer, self.metrics, _now)
        self._cases = cases_of(config, connection, new_consumer, self.metrics, _now)
        self._look_back = LookingBack(config, connection, self._cases.book, _now)
        self._entities = entities_of(config, connection, new_consumer)
        follower = self._entities.follower
        self.metrics.series_standing.set_function(lambda: follower.standing_s)
        sent = SentLog() if self._notifying is None else self._notifying.sent
        self._http = HttpServer(
            config,
            ServedParts(
                live=self._live,
                expected=self._expected,
                proofs=self._proving.live,
                users=self._users,
                book=self._book,
                board=self._board,
                revisions=Revisions(self._topic, new_consumer),
                sent=sent,
                library=self._entities.library,
                watched=watched_of(config, self._look, connection, _now),
                views=self._views,
                cases=self._cases,
            ),
        )

    async def run(self, readiness: Readiness) -> None:
        """Serve until SIGTERM or Ctrl-C.

        Parameters
        ----------
        readiness
            Takes what it waits for.

        Raises
        ------
        ServeError
            Where the port is taken, or the broker fails.
        TopicsError
            Where no broker answers, or this user may not see the topic.
        """
        asyncio.get_running_loop().set_default_executor(WaitingThreads())
        with (
            contextlib.closing(listen(self._config.serve.host, self._config.serve.port)) as socket,
            stop_event() as stopped,
        ):
            http = asyncio.create_task(self._http.run(socket), name="http")
            work = asyncio.create_task(self._work(readiness), name="work")
            await asyncio.wait([stopped, http, work], return_when="FIRST_COMPLETED")
            self._live.close()
            self._views.close()
            for task in (http, work):
                task.cancel()
            results = await asyncio.gather(http, work, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _work(self, readiness: Readiness) -> None:
        await self._await_topics(readiness)
        consumer = AIOKafkaConsumer(**self._client)
        try:
            # In a thread, since it waits for a broker that is only starting.
            count = await asyncio.to_thread(partition_count, self._connection, self._topic)
            kept = 0
            lost = self._config.topic("undelivered")
            if self._gives_up:
                # A broker may make topics by itself where a producer asks: with a week's retention.
                kept = await asyncio.to_thread(partition_count, self._connection, lost)
            await consumer.start()
            places = [TopicPartition(self._topic, number) for number in range(count)]
            self._lost = [TopicPartition(lost, number) for number in range(kept)]
            await self._deliver(consumer, places)
        except KafkaError as error:
            raise ServeError(
                f"kafka.bootstrap must be reachable and let {self._topic!r} be read;"
                f" {self._connection.bootstrap}: {error!r}"
            ) from None
        finally:
            await self._undelivered.close()
            await self._users.close()
            await self._entities.writer.close()
            await self._proving.keeper.close()
            await consumer.stop()

    async def _await_topics(self, readiness: Readiness) -> None:
        stop = threading.Event()

        def on_missing(topics: Sequence[str]) -> None:
            readiness.waits_for(topics)
            self._live.waits_for = readiness.problem
            self._users.problem = readiness.problem or self._users.problem

        topics = [self._topic, self._config.topic("users")]
        if self._gives_up:
            topics.append(self._config.topic("undelivered"))
        topics += [self._config.topic(what) for what in _OF_PEOPLE]
        if self._notifying:
            topics.append(self._config.topic("notifications"))
        try:
            await asyncio.to_thread(await_topics, self._connection, topics, stop, on_missing)
        finally:
            stop.set()

    async def _deliver(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        for shard in range(self._config.detect.shards):  # the topic may have had more before
            self._expected.update((group, shard) for group in self._config.groups)

        def take(envelope: Envelope, raw: bytes, written_s: float, *place: int) -> None:
            self._board.take(envelope, raw, written_s, OffsetPlace(*place))
            self._views.take(envelope, raw, written_s, OffsetPlace(*place))
            self._look_back.take(envelope.alert)
            self._cases.watch.take_alert(envelope.alert, written_s)
            if self._notifying is not None:
                self._notifying.take_alert(envelope, raw, written_s)

        keep = self._config.serve.keep
        reader = FeedReader(consumer, self._live, self.metrics, keep=keep, on_alert=take)
        tasks = [
            asyncio.create_task(reader.run(partitions), name="reader"),
            asyncio.create_task(self._watch_lag(consumer, partitions, reader), name="lag"),
            *(asyncio.create_task(queue.run(), name=queue.name) for queue in self._queues),
            *self._tasks_of_people(),
            asyncio.create_task(self._users.run(), name="users"),
            asyncio.create_task(self._registry.run(), name="registry"),
            asyncio.create_task(self._http.make_way_in(self._announce), name="way in"),
            *self._entities.start(),
            asyncio.create_task(self._proving.keeper.run(partitions), name="proofs"),
            *self._undelivered_watch(),
            *self._monitor_watch(),
        ]
        try:
            await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _watch_lag(
        self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition], reader: FeedReader
    ) -> None:
        while True:
            await asyncio.sleep(_LAG_EVERY_S)
            try:
                first = await consumer.beginning_offsets(partitions)
                looked_s = time.time()
                head = await consumer.end_offsets(partitions)
                lag = await reader.lag(head)
                self.metrics.lag.set(lag)
                if self._notifying is not None and not lag:
                    self._notifying.read_through_s = looked_s
                for queue in self._queues:
                    behind = await queue.lag(first, head)
                    if behind is not None:
                        self.metrics.webhook_lag.labels(queue.name).set(behind)
            except KafkaError as error:
                _log.warning("the lag cannot be measured now: %r", error)
            except Exception as error:  # a number that is missing for a moment ends nothing
                _log.warning("the lag cannot be measured now: %s", where_it_failed(error))

    def _undelivered_watch(self) -> list[asyncio.Task[None]]:
        if not self._lost:
            return []
        gauges = {
            **{one.name: self.metrics.undelivered for one in self._config.programs},
            **{one.name: self.metrics.notify_undelivered for one in self._config.receivers},
        }
        count = UndeliveredCount(gauges)
        watch = follow(lambda: AIOKafkaConsumer(**self._client), self._lost, count)
        return [asyncio.create_task(watch, name="undelivered")]

    def _monitor_watch(self) -> list[asyncio.Task[None]]:
        posts: list[tuple[EventSender, Callable[[], bool]]] = [
            (EventSender(receiver, self.metrics), partial(getattr, queue, "leads"))
            for receiver, queue in zip(self._config.programs, self._queues, strict=True)
            if receiver.monitor
        ]
        if (notifying := self._notifying) is not None:
            posts += [
                (
                    EventSender(
                        SingleSends(receiver, self._config.serve.link_to),
                        self.metrics,
                        heartbeats=receiver.takes_heartbeats,
                    ),
                    lambda: notifying.sends,
                )
                for receiver in self._config.receivers
                if receiver.monitor
            ]
        if not posts:
            return []
        watch = MonitorWatch(self._config, self._look, posts)
        return [asyncio.create_task(watch.run(), name="monitor")]

    @property
    def _gives_up(self) -> bool:
        """Whether there are receivers, so that something may be given up."""
        return bool(self._queues) or self._notifying is not None

    def _tasks_of_people(self) -> list[asyncio.Task[None]]:
        cases = (self._cases.book, self._cases.watch, self._look_back)
        every = (self._book, *cases, self._notifying)
        parts = [part for part in every if part is not None]
        return [asyncio.create_task(part.run(), name=type(part).__name__) for part in parts]

    def _people(self) -> tuple[Book, Notifying | None]:
        """Return what people did, and what tells them."""
        if not self._config.receivers:
            client, groups = for_aiokafka(self._connection), sources_of(self._config)
            return Book(client, book_topics(self._config), groups), None
        return notifying_of(
            self._config,
            self._connection,
            self._undelivered,
            self.metrics,
            lambda: self._live.ready,
        )

    def _queue(self, receiver: Channel) -> DeliveryQueue:
        def new_consumer() -> AIOKafkaConsumer:
            return AIOKafkaConsumer(
                **self._client,
                group_id=group_id(self._config.name, receiver),
                max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
            )

        courier = Courier(receiver, self.metrics)
        return DeliveryQueue(
            receiver, self._topic, new_consumer, courier, self._undelivered, self.metrics
        )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
