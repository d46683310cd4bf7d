"""The topic ``registry`` for serve: followed from its beginning while some view needs it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.delivery.channels.channel import where_it_failed
from streams.registry.table import Registry
from streams.registry.topic_rows import GOES_ON, RowUnreadable, TopicRow, read_row

_LOOK_S: Final = 0.5
_RESTART_AFTER_S: Final = 5.0
_log = logging.getLogger(__name__)


class RegistryTopic:
    """Whose codes are whose, as the registry says now.

    Parameters
    ----------
    topic
        The topic.
    new_consumer
        Makes a consumer without a group, not started.
    is_needed
        Whether a view needs it: until then nothing is read.
    on_change
        Told when rows have come.
    """

    def __init__(
        self,
        topic: str,
        new_consumer: Callable[[], AIOKafkaConsumer],
        is_needed: Callable[[], bool],
        on_change: Callable[[], None],
    ) -> None:
        self._place, self._new_consumer = TopicPartition(topic, 0), new_consumer
        self._is_needed, self._on_change = is_needed, on_change
        self._registry: Registry | None = None

    @property
    def codes(self) -> Registry | None:
        """The registry; None where it has not been read to its end."""
        return self._registry

    async def run(self) -> None:
        """Follow the topic until cancelled; after an error it is read anew."""
        while True:
            if self._is_needed():
                try:
                    await self._follow()
                except Exception as error:
                    said = where_it_failed(error)
                    _log.warning("the registry cannot be followed now, which views need: %s", said)
                    await asyncio.sleep(_RESTART_AFTER_S)
            await asyncio.sleep(_LOOK_S)

    async def _follow(self) -> None:
        consumer, registry = self._new_consumer(), Registry()
        try:
            await consumer.start()
            consumer.assign([self._place])
            await consumer.seek_to_beginning(self._place)
            head = (await consumer.end_offsets([self._place]))[self._place]
            while True:
                if self._registry is not registry and await consumer.position(self._place) >= head:
                    self._registry = registry
                    self._on_change()
                batches = await consumer.getmany(timeout_ms=500, max_records=1000)
                for records in batches.values():
                    for record in records:
                        _take(registry, record)
                if batches and self._registry is registry:
                    self._on_change()
        finally:
            await consumer.stop()


def _take(registry: Registry, record: ConsumerRecord[bytes, bytes]) -> None:
    goes_on = any(key == GOES_ON for key, _ in record.headers)
    try:
        row = read_row(TopicRow(record.offset, record.key, record.value, goes_on))
    except RowUnreadable as error:
        _log.warning("%s offset %d: %s; it is passed over", record.topic, record.offset, error)
        return
    registry.take([row])
