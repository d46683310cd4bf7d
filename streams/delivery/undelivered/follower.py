"""Follows the topic ``undelivered``, so that metrics say what stands in it.

It has no consumer group: it reads the topic anew at each start.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client import Gauge

from streams.delivery.channels.channel import where_it_failed
from streams.delivery.undelivered.record import Redelivered, decode_record

MOST: Final = 100_000
"""Undelivered alerts that are told apart; where more stand, at least so many do."""

_RESTART_AFTER_S = 5.0
_log = logging.getLogger(__name__)


class UndeliveredCount:
    """Counts for each receiver the alerts that stand as undelivered.

    Parameters
    ----------
    gauges
        The metric of each receiver that is configured, by name; others are not shown.
    """

    def __init__(self, gauges: Mapping[str, Gauge]) -> None:
        self._gauges = {name: gauge.labels(name) for name, gauge in gauges.items()}
        self._standing: dict[str, str] = {}

    def clear(self) -> None:
        """Forget all, before the topic is read anew."""
        self._standing.clear()

    def take(self, raw: bytes | None) -> None:
        """Take the topic's next record; one that cannot be read is passed over."""
        try:
            record = decode_record(raw or b"")
        except ValueError:
            return  # `weathervane redeliver` reports it
        if isinstance(record, Redelivered):
            self._standing.pop(record.id, None)
        elif record.receiver in self._gauges and len(self._standing) < MOST:
            self._standing[record.id] = record.receiver

    def show(self) -> None:
        """Set the metric."""
        counts = Counter(self._standing.values())
        for name, gauge in self._gauges.items():
            gauge.set(counts[name])


async def follow(
    new_consumer: Callable[[], AIOKafkaConsumer],
    places: list[TopicPartition],
    count: UndeliveredCount,
) -> None:
    """Follow the topic until cancelled; after any error it is read anew.

    Parameters
    ----------
    new_consumer
        Makes a consumer without a group, not started.
    places
        The topic's partitions.
    count
        Takes the records.
    """
    while True:
        try:
            await _follow(new_consumer(), places, count)
        except Exception as error:  # a number that is missing for a moment ends nothing
            said = where_it_failed(error)
            _log.warning("what is undelivered cannot be counted now: %s", said)
        await asyncio.sleep(_RESTART_AFTER_S)


async def _follow(
    consumer: AIOKafkaConsumer, places: list[TopicPartition], count: UndeliveredCount
) -> None:
    try:
        await consumer.start()
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        count.clear()
        while True:
            batches = await consumer.getmany(timeout_ms=1000, max_records=500)
            for records in batches.values():
                for record in records:
                    count.take(record.value)
            count.show()
    finally:
        await consumer.stop()
