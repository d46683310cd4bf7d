"""What topics hold: read from beginning to end, deleted and made anew, gone back in."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaException, TopicPartition
from kafka.admin import KafkaAdminClient

from streams.broker.client.connection import Connection
from streams.broker.errors import TopicsError
from streams.broker.topics.admin import admin
from streams.broker.topics.ensure import create_missing
from streams.broker.topics.needed import missing_of
from streams.broker.topics.plan import TopicSpec
from streams.broker.topics.records import (
    WAIT_S,
    ends_of,
    explained,
    new_consumer,
    read_records,
)

_LOOK_S = 0.2


class TopicRecord(NamedTuple):
    """A record of a topic, with the names of its headers."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: frozenset[str]


def records_in(
    connection: Connection, topic: str, newest: int | None = None
) -> Iterator[TopicRecord]:
    """Yield all records of a topic, partition by partition, each in its order.

    Parameters
    ----------
    connection, topic
        The broker, and the topic.
    newest
        Only so many of each partition, the last ones; None means all.

    Raises
    ------
    TopicsError
        Where it cannot be read to its end.
    """
    with _consumer(connection) as consumer:
        partitions = _partitions(consumer, topic)
        ends = {
            number: ends_of(consumer, TopicPartition(topic, number))[1] for number in partitions
        }
    for number, end in ends.items():
        begin = 0 if newest is None else max(end - newest, 0)
        for message in read_records(connection, topic, number, begin):
            pairs: Any = message.headers() or []
            yield TopicRecord(
                number,
                int(message.offset() or 0),
                message.key(),
                message.value(),
                frozenset(name for name, _ in pairs),
            )


def begins(connection: Connection, topic: str) -> dict[int, int]:
    """Return the offset of the first record of each partition."""
    with _consumer(connection) as consumer:
        return {
            partition: ends_of(consumer, TopicPartition(topic, partition))[0]
            for partition in _partitions(consumer, topic)
        }


def make_anew(connection: Connection, specs: Sequence[TopicSpec]) -> None:
    """Delete topics and make them again, empty.

    Raises
    ------
    TopicsError
        Where the broker does not do it.
    """
    names = [spec.name for spec in specs]
    with admin(connection) as client:
        missing = set(missing_of(client, names))
        there = [name for name in names if name not in missing]
        if there:
            client.delete_topics(there)
        _await(client, names)
    refused = [one for one in create_missing(connection, specs) if one.status == "problem"]
    if refused:
        raise TopicsError(f"topic {refused[0].name}: {refused[0].detail}")


def _await(client: KafkaAdminClient, names: Sequence[str]) -> None:
    until_s = time.monotonic() + WAIT_S
    while len(list(missing_of(client, names))) < len(names):
        if time.monotonic() > until_s:
            raise TopicsError(f"topics {', '.join(names)}: must be deleted; the broker still has"
                              " them. Run the command again")  # fmt: skip
        time.sleep(_LOOK_S)


def grow(connection: Connection, topic: str, partitions: int) -> None:
    """Give a topic more partitions, if it has fewer."""
    with _consumer(connection) as consumer:
        has = len(_partitions(consumer, topic))
    if has < partitions:
        with admin(connection) as client:
            client.create_partitions({topic: partitions})


def set_positions(
    connection: Connection, group: str, positions: Mapping[tuple[str, int], int]
) -> None:
    """Commit offsets for a consumer group that has no members."""
    places = [TopicPartition(*place, offset) for place, offset in positions.items()]
    if places:
        with _consumer(connection, group) as consumer:
            consumer.commit(offsets=places, asynchronous=False)


def go_back(connection: Connection, group: str, to_s: Mapping[str, float]) -> None:
    """Move a group without members back, in each topic, to the first record written at a time.

    It never moves forward, and where nothing is committed nothing changes.

    Parameters
    ----------
    connection, group
        The broker, and the group.
    to_s
        Topics, and the times: epoch s.
    """
    with _consumer(connection, group) as consumer:
        back = []
        for topic, time_s in to_s.items():
            places = [TopicPartition(topic, number) for number in _partitions(consumer, topic)]
            committed = consumer.committed(places, timeout=WAIT_S)
            asked = [
                TopicPartition(topic, at.partition, max(int(time_s * 1000), 0)) for at in committed
            ]
            for at, found in zip(
                committed, consumer.offsets_for_times(asked, timeout=WAIT_S), strict=True
            ):
                if 0 <= found.offset < at.offset:
                    back.append(TopicPartition(topic, at.partition, found.offset))
        if back:
            consumer.commit(offsets=back, asynchronous=False)


def _partitions(consumer: Consumer, topic: str) -> list[int]:
    found = consumer.list_topics(topic, timeout=WAIT_S).topics[topic]
    if found.error is not None:
        raise KafkaException(found.error)
    return sorted(found.partitions)


@contextmanager
def _consumer(connection: Connection, group: str = "weathervane-contents") -> Iterator[Consumer]:
    with new_consumer(connection, group) as consumer, explained(connection):
        yield consumer
