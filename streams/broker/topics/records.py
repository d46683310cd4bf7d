"""Reads what a partition holds, from one end to the other, once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.errors import TopicsError

WAIT_S = 30.0
"""How long a broker may take for an answer."""

_ASK_AGAIN_AFTER_S = 0.2
_PASSES = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)


def read_records(
    connection: Connection, topic: str, partition: int, begin: int
) -> Iterator[Message]:
    """Yield a partition's records from an offset on to where it ended at the call.

    Raises
    ------
    TopicsError
        Where they do not come.
    """
    with new_consumer(connection, "weathervane-copies") as consumer, explained(connection):
        place = TopicPartition(topic, partition)
        first, end = ends_of(consumer, place)
        begin = max(begin, first)
        if begin >= end:
            return
        consumer.assign([TopicPartition(topic, partition, begin)])
        while True:
            message = consumer.poll(WAIT_S)
            if message is None:
                raise TopicsError(f"topic {topic}: could not be read to its end")
            error = message.error()
            if error is not None and error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
                continue  # the client asks for its group, which nothing here uses
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            offset = int(message.offset() or 0)
            if error is not None or offset >= end:
                return
            yield message
            if offset == end - 1:
                return


def ends_of(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """Return the first offset of a partition and the one after its last.

    Brokers that have just made a topic, or move it, answer for a moment that they do not lead it;
    they are asked again.

    Raises
    ------
    KafkaException
        Where they do not say it in time.
    """
    deadline_s = time.monotonic() + WAIT_S
    while True:
        try:
            first, end = consumer.get_watermark_offsets(place, timeout=WAIT_S)
        except KafkaException as error:
            if error.args[0].code() not in _PASSES or time.monotonic() >= deadline_s:
                raise
            time.sleep(_ASK_AGAIN_AFTER_S)
        else:
            return first, end


@contextmanager
def new_consumer(connection: Connection, group: str) -> Iterator[Consumer]:
    """Make a consumer that commits nothing by itself, and close it."""
    consumer = Consumer(
        {
            **for_confluent(connection),
            "group.id": group,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "log_level": 2,
        }
    )
    try:
        yield consumer
    finally:
        consumer.close()


@contextmanager
def explained(connection: Connection) -> Iterator[None]:
    """Make an error of the client one of ours, which names the broker."""
    try:
        yield
    except KafkaException as error:
        raise TopicsError(f"Kafka at {connection.bootstrap}: {error.args[0].str()}") from None


def headers_of(message: Message) -> Sequence[tuple[str, bytes | None]]:
    """Return a record's headers."""
    found: Any = message.headers()
    return found or ()
