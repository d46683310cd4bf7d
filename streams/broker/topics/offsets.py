"""Offsets: where topics end, what consumer groups have committed, and what remains to be done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec

from streams.broker.client.connection import Connection
from streams.broker.errors import UnseenTopicError
from streams.broker.topics.admin import admin
from streams.broker.topics.ensure import existing
from streams.broker.topics.plan import count_group, detect_group
from streams.config.model import Config

Offsets = dict[tuple[str, int], int]
"""Topic and partition to an offset."""


class ConsumerGroupState(NamedTuple):
    """A consumer group as the broker knows it.

    Attributes
    ----------
    members
        Processes in the group.
    uncommitted
        Records of its topics after its committed offsets; all records where it has none.
    """

    members: int
    uncommitted: int


class RemainingWork(NamedTuple):
    """Records that are not yet counted, and counts that are not yet in a checkpoint."""

    to_count: int
    to_judge: int


def partition_count(connection: Connection, topic: str) -> int:
    """Return a topic's number of partitions.

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
    with admin(connection) as client:
        return _ends(client, counts)


def committed(connection: Connection, group: str) -> Offsets:
    """Return a consumer group's committed offsets; empty where it has never committed."""
    with admin(connection) as client:
        return _commits(client, group)


def consumer_group_states(
    connection: Connection, topics_by_group: Mapping[str, Collection[str]]
) -> dict[str, ConsumerGroupState]:
    """Ask the broker about consumer groups, each with the topics that it reads.

    Raises
    ------
    TopicsError
        Where no broker answers, or a topic does not exist.
    """
    every_topic = sorted({name for topics in topics_by_group.values() for name in topics})
    counts = _partition_counts(connection, every_topic)
    # One connection for all requests: serve asks every few seconds.
    with admin(connection) as client:
        ends = _ends(client, counts)
        return {
            group: ConsumerGroupState(
                len(client.describe_groups([group])[group]["members"]),
                _uncommitted(
                    {at: end for at, end in ends.items() if at[0] in topics},
                    _commits(client, group),
                ),
            )
            for group, topics in topics_by_group.items()
        }


def remaining_work(connection: Connection, config: Config) -> RemainingWork:
    """Return what the counting and the detecting processes have still to do.

    Both commit only what a restart does not need again. Once the sources have ended, zero and
    zero means that every alert is published.
    """

    def behind(group: str, topics: list[str]) -> int:
        return _uncommitted(end_offsets(connection, topics), committed(connection, group))

    return RemainingWork(
        behind(count_group(config), list(config.by_topic)),
        behind(detect_group(config), [config.topic("counts")]),
    )


def _ends(client: KafkaAdminClient, counts: Mapping[str, int]) -> Offsets:
    wanted = [TopicPartition(name, p) for name, count in counts.items() for p in range(count)]
    found = client.list_partition_offsets(dict.fromkeys(wanted, OffsetSpec.LATEST))
    return {(tp.topic, tp.partition): found[tp].offset for tp in wanted}


def _commits(client: KafkaAdminClient, group: str) -> Offsets:
    found = client.list_group_offsets(group)[group]
    return {(tp.topic, tp.partition): answer.offset for tp, answer in found.items()}


def _uncommitted(ends: Offsets, commits: Offsets) -> int:
    return sum(max(end - max(commits.get(at, 0), 0), 0) for at, end in ends.items())


def _partition_counts(connection: Connection, topics: list[str]) -> dict[str, int]:
    found = existing(connection, topics)
    for topic in topics:
        if topic not in found:
            raise UnseenTopicError(
                f"topic {topic}: must exist on {connection.bootstrap}; found none that "
                "this user may see; "
                "`weathervane topics` creates it"
            )
    return {topic: found[topic].partitions for topic in topics}
