"""Where topics end, and where consumer groups stand in them."""

from __future__ import annotations

from collections.abc import Iterable

from kafka import TopicPartition
from kafka.admin import OffsetSpec

from streams.broker.client.connection import Connection
from streams.broker.client.errors import TopicsError
from streams.broker.topics.admin import admin
from streams.broker.topics.ensure import existing

Offsets = dict[tuple[str, int], int]
"""Topic and partition to an offset."""


def partition_count(connection: Connection, topic: str) -> int:
    """Return how many partitions a topic has.

    Raises
    ------
    TopicsError
        Where there is no such topic.
    """
    return _partition_counts(connection, [topic])[topic]


def end_offsets(connection: Connection, topics: Iterable[str]) -> Offsets:
    """Return the offset that the next record of each partition will get.

    Raises
    ------
    TopicsError
        Where a topic does not exist.
    """
    counts = _partition_counts(connection, list(topics))
    wanted = [TopicPartition(name, p) for name, count in counts.items() for p in range(count)]
    with admin(connection) as client:
        told = client.list_partition_offsets(dict.fromkeys(wanted, OffsetSpec.LATEST))
    return {(tp.topic, tp.partition): told[tp].offset for tp in wanted}


def committed(connection: Connection, group: str) -> Offsets:
    """Return what a consumer group has committed; nothing where it never did."""
    with admin(connection) as client:
        told = client.list_group_offsets(group)[group]
    return {(tp.topic, tp.partition): place.offset for tp, place in told.items()}


def _partition_counts(connection: Connection, topics: list[str]) -> dict[str, int]:
    found = existing(connection, topics)
    for topic in topics:
        if topic not in found:
            raise TopicsError(
                f"topic {topic}: must exist on {connection.bootstrap}; found none that "
                "this user may see; "
                "`weathervane topics` creates it"
            )
    return {topic: found[topic].partitions for topic in topics}
