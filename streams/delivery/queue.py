"""A receiver's queue: a consumer group of its own on the topic ``alerts``.

Nothing is stored but the group's position. It moves past an alert when the receiver has accepted
the alert, or when it was given up and stands in the topic ``undelivered``. A clean stop waits for
the answer to what is under way, so that nothing is sent twice. After a kill one alert may be sent
again, which readers drop by its id. What detect publishes again is dropped here. A dead receiver
holds up no other. Early alerts are sent too, since operators want them at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from streams.delivery.channels.channel import Channel, Refusal, Send, where_it_failed
from streams.delivery.courier import Courier, Delivery
from streams.delivery.delivered import REMEMBERED, Delivered
from streams.delivery.meters import ServeMetrics
from streams.delivery.topic_writer import NotWritten
from streams.delivery.undelivered.record import make_undelivered
from streams.delivery.undelivered.writer import UndeliveredWriter

_RESTART_AFTER_S = 5.0
FINISH_WITHIN_S = 10.0
"""How long a stop waits for the answer to what is under way."""

_log = logging.getLogger(__name__)

MAX_POLL_INTERVAL_MS = 10**12
"""Milliseconds without a read after which aiokafka leaves the group. A receiver may be down for
weeks, so this is very long. The broker does not use this setting: heartbeats show that the process
lives.
"""


class DeliveryQueue:
    """Sends the topic's alerts to one receiver, in order, each until it is accepted or given up.

    Parameters
    ----------
    receiver, topic
        The receiver, and the topic of the alerts.
    new_consumer
        Makes a consumer of the receiver's group, not started and without a topic.
    courier
        Sends each alert.
    undelivered
        Takes the alerts that are given up.
    metrics
        Where alerts that expired or were given up are counted, and unforeseen errors.
    """

    def __init__(
        self,
        receiver: Channel,
        topic: str,
        new_consumer: Callable[[], AIOKafkaConsumer],
        courier: Courier,
        undelivered: UndeliveredWriter,
        metrics: ServeMetrics,
    ) -> None:
        self.name = receiver.name
        self._receiver, self._topic = receiver, topic
        self._new_consumer = new_consumer
        self._courier = courier
        self._undelivered, self._given_up = undelivered, metrics.given_up.labels(receiver.name)
        self._expired, self._errors = metrics.expired.labels(receiver.name), metrics.errors
        self._dropped = metrics.repeats_dropped.labels(receiver.name)
        self._delivered: dict[TopicPartition, Delivered] = {}
        self._goes_on_at: dict[TopicPartition, int] = {}
        self._consumer: AIOKafkaConsumer | None = None
        self.leads = False
        """Whether this process has the topic's first partition: one of all serves does. While the
        broker is away it is as it was."""

    async def run(self) -> None:
        """Deliver until cancelled; after any error it begins again, with a new consumer.

        An error here is no one's but this receiver's: the feed and other receivers go on.
        """
        kind = self._receiver.kind
        while True:
            try:
                async with self._receiver.open() as send, self._reading() as consumer:
                    await self._consume(consumer, send)
            except (KafkaError, NotWritten) as error:
                _log.warning("%s %s: %r; it goes on in a moment", kind, self.name, error)
            except Exception as error:
                self._errors.labels(self.name, type(error).__name__).inc()
                said = where_it_failed(error)
                _log.error("%s %s: %s; it goes on in a moment", kind, self.name, said)
            await asyncio.sleep(_RESTART_AFTER_S)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = self._new_consumer()
        try:
            await consumer.start()
            self._consumer = consumer
            yield consumer
        finally:
            self._consumer = None
            await consumer.stop()

    async def lag(
        self, first: dict[TopicPartition, int], head: dict[TopicPartition, int]
    ) -> int | None:
        """Count the records of this process's partitions that are not accepted yet.

        Parameters
        ----------
        first, head
            Where the topic's partitions begin and end.
        """
        if self._consumer is None:
            return None
        behind = 0
        for place in self._consumer.assignment():
            accepted = await self._consumer.committed(place) or 0
            behind += max(0, head[place] - max(accepted, first[place]))
        return behind

    async def _consume(self, consumer: AIOKafkaConsumer, send: Send) -> None:
        moves = _PartitionMoves(self._goes_on_at.clear, self._assigned)
        consumer.subscribe([self._topic], listener=moves)
        while True:
            try:
                batches = await consumer.getmany(timeout_ms=1000, max_records=100)
            except NoOffsetForPartitionError as error:
                await self._begin(consumer, list(error.args))
                continue
            except OffsetOutOfRangeError as error:
                await self._skip_expired(consumer, error.args[0])
                continue
            await self._send_all(consumer, send, batches, moves.unmoved())

    def _assigned(self, places: Collection[TopicPartition]) -> None:
        self.leads = any(place.partition == 0 for place in places)

    async def _send_all(
        self,
        consumer: AIOKafkaConsumer,
        send: Send,
        batches: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]],
        unmoved: Callable[[], bool],
    ) -> None:
        for place, records in batches.items():
            if place not in self._goes_on_at:
                await self._read_back(consumer, place, records[0].offset)
                continue
            had = self._delivered[place]
            for record in records:
                # Work in hand is dropped when partitions move: it may be another's by now,
                # and if it is not, it is read again from the committed position.
                if not unmoved():
                    return
                if record.offset < self._goes_on_at[place]:
                    had.add(record.value or b"")
                elif not await self._hand_over(consumer, send, record, unmoved):
                    return

    async def _read_back(self, consumer: AIOKafkaConsumer, place: TopicPartition, at: int) -> None:
        """Go back by as many records as are remembered; those before `at` are only remembered."""
        first = await consumer.beginning_offsets([place])
        self._delivered.setdefault(place, Delivered())
        self._goes_on_at[place] = at
        consumer.seek(place, max(first[place], at - REMEMBERED))

    async def _hand_over(
        self,
        consumer: AIOKafkaConsumer,
        send: Send,
        record: ConsumerRecord[bytes, bytes],
        unmoved: Callable[[], bool],
    ) -> bool:
        """Deliver an alert and commit it; where this is cancelled, end first what is under way."""
        work = asyncio.create_task(self._deliver(consumer, send, record, unmoved))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            self._courier.stop()
            await asyncio.wait([work], timeout=FINISH_WITHIN_S)
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError, KafkaError):
                await work
            raise

    async def _deliver(
        self,
        consumer: AIOKafkaConsumer,
        send: Send,
        record: ConsumerRecord[bytes, bytes],
        unmoved: Callable[[], bool],
    ) -> bool:
        place = TopicPartition(record.topic, record.partition)
        had = self._delivered[place]
        # A tombstone is not an alert; Weathervane writes none.
        if record.value is not None:
            if had.holds(record.value):
                self._dropped.inc()
            elif not await self._settle(record, send, unmoved):
                return False
            had.add(record.value)
        await consumer.commit({place: record.offset + 1})
        return True

    async def _settle(
        self, record: ConsumerRecord[bytes, bytes], send: Send, unmoved: Callable[[], bool]
    ) -> bool:
        """Deliver a record or give it up; return false where it is left to another process."""
        now = dt.datetime.now(dt.UTC)
        age_s = now.timestamp() - record.timestamp / 1000 if record.timestamp > 0 else 0.0
        done = await self._courier.deliver(send, record.value, unmoved, age_s=age_s)
        if done.given_up is not None:
            await self._give_up(record, done, done.given_up)
        return done.accepted or done.given_up is not None

    async def _give_up(
        self, record: ConsumerRecord[bytes, bytes], done: Delivery, why: Refusal
    ) -> None:
        lost = make_undelivered(
            record.value, at=dt.datetime.now(dt.UTC), receiver=self.name, reason=why.reason,
            detail=why.detail, attempts=done.attempts,
            topic=record.topic, partition=record.partition, offset=record.offset,
        )  # fmt: skip
        # Before the position moves past it: it is in this topic or still in the queue.
        await self._undelivered.write(lost)
        self._given_up.inc()
        _log.error(
            "%s %s: alert %s is given up after %d attempts (%s); it is in the topic undelivered,"
            " and `weathervane redeliver` sends it again",
            self._receiver.kind,
            self.name,
            lost.alert or f"at offset {record.offset} of {record.topic}[{record.partition}]",
            done.attempts,
            why.detail,
        )

    async def _begin(self, consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> None:
        """Begin where the configuration says, store that at once, and log what it means.

        A receiver has no position at its first start, and after serve has been away for so long
        that the broker has deleted it. Nothing tells the two apart. So even a queue that begins in
        an empty topic has a position from then on.
        """
        newest = self._receiver.begin == "newest"
        first, end = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for place in places:
            at = end[place] if newest else first[place]
            consumer.seek(place, at)
            await consumer.commit({place: at})
            if end[place] > 0:
                _log.warning(
                    "%s %s: no position is stored in partition %d of %s: the receiver is new, or"
                    " serve was away for longer than the broker's offsets.retention.minutes. As its"
                    " key `begin` says, it goes on with the %s alert: %d that are kept are %s",
                    self._receiver.kind,
                    self.name,
                    place.partition,
                    place.topic,
                    "next" if newest else "oldest",
                    end[place] - first[place],
                    "left out" if newest else "sent, perhaps again",
                )

    async def _skip_expired(
        self, consumer: AIOKafkaConsumer, wanted: dict[TopicPartition, int]
    ) -> None:
        """Go on where the topic begins now, and log how many alerts are lost by that."""
        first = await consumer.beginning_offsets(list(wanted))
        for place, offset in wanted.items():
            lost = max(0, first[place] - offset)
            self._expired.inc(lost)
            _log.error(
                "%s %s: partition %d of %s no longer holds offset %d; it begins at %d, so that"
                " %d alerts have expired undelivered. Raise the topic's retention.ms",
                self._receiver.kind,
                self.name,
                place.partition,
                place.topic,
                offset,
                first[place],
                lost,
            )
            consumer.seek(place, first[place])


class _PartitionMoves(ConsumerRebalanceListener):  # type: ignore[misc]
    """Counts how often partitions have moved, and has what was known of them forgotten."""

    def __init__(
        self,
        forget: Callable[[], None],
        on_assigned: Callable[[Collection[TopicPartition]], None],
    ) -> None:
        self._count = 0
        self._forget, self._on_assigned = forget, on_assigned

    def unmoved(self) -> Callable[[], bool]:
        """Return a check that they have not moved since."""
        before = self._count
        return lambda: self._count == before

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self._count += 1
        self._forget()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._on_assigned(assigned)
