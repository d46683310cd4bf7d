"""Reads what a partition holds, from one end to the other, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.errors import TopicsError

WAIT_S = 30.0
"""How long a broker may take for an answer."""


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
        first, end = consumer.get_watermark_offsets(place, timeout=WAIT_S)
        begin = max(begin, first)
        if begin >= end:
            return
        consumer.assign([TopicPartition(topic, partition, begin)])
        while True:
            message = consumer.poll(WAIT_S)
            if message is None:
                raise TopicsError(f"topic {topic}: could not be read to its end")
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            offset = int(message.offset() or 0)
            if error is not None or offset >= end:
                return
            yield message
            if offset == end - 1:
                return


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
