"""Reads the topic ``registry`` from its beginning, and what comes after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.registry.control import RegistryRow
from streams.registry.topic_rows import GOES_ON, RowUnreadable, TopicRow, read_row

_AT_ONCE: Final = 500


async def follow_rows(
    new_consumer: Callable[[], AIOKafkaConsumer],
    topic: str,
    take: Callable[[RegistryRow], None],
    caught_up: Callable[[], None],
) -> None:
    """Read until cancelled, or until the broker fails.

    A record that is no row is passed over: `count` does so too, and says so in its status.

    Parameters
    ----------
    new_consumer
        Makes a consumer without a group, not started.
    topic
        The topic.
    take
        Takes a row.
    caught_up
        Told once all rows are read that there were at the start, and after each batch from then on.
    """
    consumer, place, is_behind = new_consumer(), TopicPartition(topic, 0), True
    try:
        await consumer.start()
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        head = (await consumer.end_offsets([place]))[place]
        while True:
            if is_behind and await consumer.position(place) >= head:
                is_behind = False
                caught_up()
            batches = await consumer.getmany(timeout_ms=500, max_records=_AT_ONCE)
            for records in batches.values():
                for record in records:
                    if (row := row_of(record)) is not None:
                        take(row)
            if batches and not is_behind:
                caught_up()
            await asyncio.sleep(0)  # a long topic holds up nobody else
    finally:
        await consumer.stop()


def row_of(record: ConsumerRecord[bytes, bytes]) -> RegistryRow | None:
    """Return the row of a record; None where it is none."""
    goes_on = any(name == GOES_ON for name, _ in record.headers)
    try:
        return read_row(TopicRow(record.offset, record.key, record.value, goes_on))
    except RowUnreadable:
        return None
