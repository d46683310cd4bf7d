"""Reads what stands in a topic now, once, without a consumer group: for pages that look at it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from streams.broker.client.connection import Connection
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.offsets import partition_count
from streams.delivery.reading import reading

WAIT_S: Final = 15.0
"""How long the next records may take."""

_AT_ONCE: Final = 250
_LOOK_MS: Final = 500

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


class TopicUnread(Exception):
    """A topic cannot be read now; the message says why."""


async def standing_records(
    connection: Connection, topic: str, *, last: int | None = None
) -> AsyncIterator[Record]:
    """Yield the records of a topic that are there now.

    Parameters
    ----------
    connection, topic
        The broker, and the topic.
    last
        Of each partition only so many; None means all.

    Raises
    ------
    TopicUnread
        Where there is no such topic, or its records do not come.
    """
    consumer = AIOKafkaConsumer(**reading(connection))
    try:
        count = await asyncio.to_thread(partition_count, connection, topic)
        await consumer.start()
        places = [TopicPartition(topic, number) for number in range(count)]
        consumer.assign(places)
        begins = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        for place in places:
            begin = begins[place] if last is None else max(ends[place] - last, begins[place])
            consumer.seek(place, begin)
        asked_s = time.monotonic()
        while [place for place in places if await consumer.position(place) < ends[place]]:
            batches = await consumer.getmany(timeout_ms=_LOOK_MS, max_records=_AT_ONCE)
            for place, records in batches.items():
                for record in records:
                    if record.offset < ends[place]:
                        yield record
            if batches:
                asked_s = time.monotonic()
            elif time.monotonic() - asked_s > WAIT_S:
                raise TopicUnread(f"topic {topic}: could not be read to its end")
    except (KafkaError, KafkaEdgeError) as error:
        raise TopicUnread(f"topic {topic} cannot be read: {error}") from None
    finally:
        await consumer.stop()
