"""Reads all that a monitor keeps on Kafka into a folder, also while the monitor runs.

The order is what makes it whole. Positions come first, then the state, then alerts, then counts,
then the sources: each is complete as far as what was read before it refers to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import Message, TopicPartition

from streams.backup.contents import (
    BackupUnusable,
    Contents,
    StoredPartition,
    StoredPosition,
    StoredRecord,
    write_records,
)
from streams.broker.client.connection import Connection
from streams.broker.topics.ensure import existing
from streams.broker.topics.plan import count_group, registry_group, topic_plan
from streams.broker.topics.records import (
    WAIT_S,
    ends_of,
    explained,
    new_consumer,
    read_records,
)
from streams.config.model import Config


def topics_in_order(config: Config) -> list[str]:
    """Name the topics of a monitor in the order in which a backup reads them.

    The plan names them in the way of the data, from the sources to the state. Another's topic is
    not among them: it is only read.
    """
    specs = [spec for spec in reversed(topic_plan(config)) if spec.in_backup and not spec.only_read]
    return list(dict.fromkeys(spec.name for spec in specs))


def backup(
    connection: Connection,
    config: Config,
    queues: Sequence[str],
    root: Path,
    on_partition: Callable[[StoredPartition], None] = lambda _: None,
) -> Contents:
    """Make a backup.

    Parameters
    ----------
    connection, config
        The cluster and the monitor.
    queues
        Consumer groups of the receivers' queues.
    root
        The folder: new, or empty.
    on_partition
        Called with each partition that is stored.

    Raises
    ------
    BackupUnusable
        Where the folder holds something.
    streams.broker.errors.TopicsError
        Where the broker does not answer.
    OSError
        Where the disk does not take it.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise BackupUnusable(f"{root}: must be a new or an empty folder. Name another one")
    sources = {source.topic for source in config.sources.values()}
    with explained(connection):
        found = existing(connection, sorted({*topics_in_order(config), *sources}))
        counted = {topic: found[topic].partitions for topic in found if topic in sources}
        alerts, registry = config.topic("alerts"), config.topic("registry")
        queued = {topic: found[topic].partitions for topic in (alerts,) if topic in found}
        positions = [*_positions(connection, count_group(config), counted)]
        declared = {topic: found[topic].partitions for topic in found if topic == registry}
        positions += _positions(connection, registry_group(config), declared)
        for group in queues:
            positions += _positions(connection, group, queued)
        begin = {(at.topic, at.number): at.offset for at in positions if at.topic in sources}
        partitions = []
        for topic in topics_in_order(config):
            for number in range(found[topic].partitions if topic in found else 0):
                one = _store(connection, root, topic, number, begin.get((topic, number), 0))
                partitions.append(one)
                on_partition(one)
    contents = Contents(config.name, partitions, positions)
    contents.write(root)
    return contents


def _positions(
    connection: Connection, group: str, topics: Mapping[str, int]
) -> Iterator[StoredPosition]:
    places = [TopicPartition(topic, n) for topic, count in topics.items() for n in range(count)]
    if not places:
        return
    with new_consumer(connection, group) as consumer:
        for at in consumer.committed(places, timeout=WAIT_S):
            if at.offset >= 0:
                yield StoredPosition(group, at.topic, at.partition, at.offset, at.metadata)


def _store(
    connection: Connection, root: Path, topic: str, number: int, begin: int
) -> StoredPartition:
    end = 0

    def records() -> Iterator[StoredRecord]:
        nonlocal end
        for message in read_records(connection, topic, number, begin):
            record = as_stored(message)
            end = record.offset + 1
            yield record

    with new_consumer(connection, "weathervane-copies") as consumer:
        place = TopicPartition(topic, number)
        _, end = ends_of(consumer, place)
    empty = StoredPartition(topic, number, 0, end)
    return StoredPartition(topic, number, write_records(root / empty.file, records()), end)


def as_stored(message: Message) -> StoredRecord:
    """Return what is stored of a record."""
    kind, written_ms = message.timestamp()
    headers: Any = message.headers() or []
    return StoredRecord(
        int(message.offset() or 0),
        written_ms if kind else None,
        message.key(),
        message.value(),
        list(headers),
    )
