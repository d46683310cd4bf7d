"""A receiver's queue: a consumer group of its own on the topic ``alerts``.

Nothing is stored but the group's position. It moves past an alert when the receiver has accepted
the alert. So a restart loses nothing: it may send one alert again, which readers drop by its id.
A dead receiver holds up no other. Early alerts are sent too, since operators want them at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from streams.delivery.channels.channel import Channel, Send
from streams.delivery.courier import Courier
from streams.delivery.feed.reader import TOPIC
from streams.delivery.meters import ServeMetrics

_RESTART_AFTER_S = 5.0
_log = logging.getLogger(__name__)

MAX_POLL_INTERVAL_MS = 10**12
"""Milliseconds without a read after which aiokafka leaves the group. A receiver may be down for
weeks, so this is very long. The broker does not use this setting: heartbeats show that the process
lives.
"""


class DeliveryQueue:
    """Sends the topic's alerts to one receiver, in order, each until it is accepted.

    Parameters
    ----------
    receiver
        The receiver.
    new_consumer
        Makes a consumer of the receiver's group, not started and without a topic.
    courier
        Sends each alert.
    metrics
        Where alerts that expired undelivered are counted.
    """

    def __init__(
        self,
        receiver: Channel,
        new_consumer: Callable[[], AIOKafkaConsumer],
        courier: Courier,
        metrics: ServeMetrics,
    ) -> None:
        self.name = receiver.name
        self._receiver = receiver
        self._new_consumer = new_consumer
        self._courier = courier
        self._expired = metrics.expired.labels(receiver.name)
        self._consumer: AIOKafkaConsumer | None = None

    async def run(self) -> None:
        """Deliver until cancelled; what Kafka refuses is tried again, with a new consumer."""
        kind = self._receiver.kind
        async with self._receiver.open() as send:
            while True:
                consumer = self._new_consumer()
                try:
                    await consumer.start()
                    self._consumer = consumer
                    await self._consume(consumer, send)
                except KafkaError as error:
                    _log.warning("%s %s: %r; it goes on in a moment", kind, self.name, error)
                finally:
                    self._consumer = None
                    await consumer.stop()
                await asyncio.sleep(_RESTART_AFTER_S)

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
        moves = _PartitionMoves()
        consumer.subscribe([TOPIC], listener=moves)
        while True:
            try:
                batches = await consumer.getmany(timeout_ms=1000, max_records=100)
            except NoOffsetForPartitionError as error:
                # The receiver's first start: everything that is kept is new to it.
                await consumer.seek_to_beginning(*error.args)
                continue
            except OffsetOutOfRangeError as error:
                await self._skip_expired(consumer, error.args[0])
                continue
            await self._send_all(consumer, send, batches, moves.unmoved())

    async def _send_all(
        self,
        consumer: AIOKafkaConsumer,
        send: Send,
        batches: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]],
        unmoved: Callable[[], bool],
    ) -> None:
        for place, records in batches.items():
            for record in records:
                # Work in hand is dropped when partitions move: it may be another's by now,
                # and if it is not, it is read again from the committed position.
                if not unmoved():
                    return
                # A tombstone is not an alert; Weathervane writes none.
                if record.value is not None and not await self._courier.deliver(
                    send, record.value, unmoved
                ):
                    return
                await consumer.commit({place: record.offset + 1})

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
    """Counts how often partitions have moved."""

    def __init__(self) -> None:
        self._count = 0

    def unmoved(self) -> Callable[[], bool]:
        """Return a check that they have not moved since."""
        before = self._count
        return lambda: self._count == before

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self._count += 1

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        pass
