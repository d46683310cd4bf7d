"""The last records of a topic: they are only looked at, and nothing is committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.errors import TopicsError, UnseenTopicError
from streams.broker.topics.ensure import existing
from streams.broker.topics.records import WAIT_S, ends_of, explained, headers_of, new_consumer

_AT_ONCE = 500
_LOOK_S = 0.1


class TailRecord(NamedTuple):
    """A record, with its place, and when it was written: epoch s."""

    partition: int
    offset: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    written_s: float | None


def last_records(connection: Connection, topic: str, number: int) -> list[TailRecord]:
    """Return the records of a topic that were written last, over all its partitions, in order.

    Parameters
    ----------
    connection, topic
        The broker, and the topic.
    number
        How many, at most.

    Raises
    ------
    TopicsError
        Where there is no such topic, or its records do not come.
    """
    found: list[TailRecord] = []
    with new_consumer(connection, "weathervane-look") as consumer, explained(connection):
        begins, ends = _bounds(consumer, connection, topic, number)
        consumer.assign([TopicPartition(topic, *place) for place in begins.items()])
        waited = 0
        while ends:
            # The client waits for so many, or for the whole time: the last ones come alone.
            messages = consumer.consume(_AT_ONCE, timeout=_LOOK_S)
            waited = 0 if messages else waited + 1
            if waited * _LOOK_S >= WAIT_S:
                raise TopicsError(f"topic {topic}: could not be read to its end")
            for message in messages:
                partition, offset = int(message.partition() or 0), int(message.offset() or 0)
                error = message.error()
                if error is not None and error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                if error is None and offset < ends.get(partition, 0):
                    found.append(_record(message))
                if error is not None or offset >= ends.get(partition, 0) - 1:
                    ends.pop(partition, None)
    found.sort(key=lambda record: (record.written_s or 0.0, record.partition, record.offset))
    return found[-number:]


def _bounds(
    consumer: Consumer, connection: Connection, topic: str, number: int
) -> tuple[dict[int, int], dict[int, int]]:
    """Return where to begin, and where to end, in each partition that holds records."""
    known = existing(connection, [topic]).get(topic)
    if known is None:
        raise UnseenTopicError(
            f"topic {topic}: must exist on {connection.bootstrap}; found none that this user may"
            " see"
        )
    begins, ends = {}, {}
    for partition in range(known.partitions):
        place = TopicPartition(topic, partition)
        low, high = ends_of(consumer, place)
        if low < high:
            begins[partition], ends[partition] = max(high - number, low), high
    return begins, ends


def _record(message: Message) -> TailRecord:
    kind, written_ms = message.timestamp()
    return TailRecord(
        int(message.partition() or 0),
        int(message.offset() or 0),
        message.value(),
        headers_of(message),
        written_ms / 1000 if kind else None,
    )
