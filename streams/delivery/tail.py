"""Reads a topic for a tool: from its beginning to its end, and on from there.

It uses kafka-python, since a tool needs no event loop. It has no consumer group, and commits
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_kafka_python
from streams.broker.topics.offsets import partition_count


class WrittenRecord(NamedTuple):
    """A record's bytes, and its timestamp in epoch s."""

    value: bytes
    written_s: float


def tail(
    broker: Connection,
    *,
    topic: str,
    follow: bool,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[WrittenRecord | None]:
    """Yield a topic's records, and None once: after the last record that was there at the start.

    Parameters
    ----------
    broker, topic
        The broker, and the topic.
    follow
        Whether to go on with records that come later.
    stopped
        Asked every half second; true ends the reading.

    Raises
    ------
    KafkaEdgeError, kafka.errors.KafkaError
        Where the topic does not exist or the broker cannot be asked.
    """
    places = [TopicPartition(topic, number) for number in range(partition_count(broker, topic))]
    consumer = KafkaConsumer(
        **for_kafka_python(broker),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        # In Python the sums take two thirds of the time; the broker has checked them.
        check_crcs=False,
    )
    try:
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        head = consumer.end_offsets(places)
        standing = True
        while not stopped():
            if standing and all(consumer.position(place) >= head[place] for place in places):
                yield None
                standing = False
                if not follow:
                    return
            for records in consumer.poll(timeout_ms=500).values():
                yield from (
                    WrittenRecord(record.value or b"", record.timestamp / 1000)
                    for record in records
                )
    finally:
        consumer.close()
