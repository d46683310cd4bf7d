"""Writes a backup to a cluster, each record at the offset that it had.

State, positions and archives name offsets. So a partition is first filled with empty records up to
the offset of its first one, and these are deleted at the end. Compacted topics take no record
without a key, and nothing names their offsets but those of the registry: its rows keep theirs, and
in the gaps stand removals of an entry that nobody has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from streams.backup.backup import as_stored
from streams.backup.contents import (
    BackupUnusable,
    Contents,
    StoredPartition,
    StoredRecord,
    read_contents,
    stored_records,
)
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.errors import TopicsError
from streams.broker.topics.ensure import ANOTHERS, ensure, existing
from streams.broker.topics.plan import topic_plan
from streams.broker.topics.records import (
    WAIT_S,
    ends_of,
    explained,
    new_consumer,
    read_records,
)
from streams.config.model import Config

_LARGEST = 8_388_608
_NOBODY = b"signature/\xef\xbf\xbd"
"""The key of what keeps an offset in the registry's topic: to remove this entry changes nothing."""

_FILLER: list[tuple[str, bytes | None]] = [("weathervane-filler", b"")]
"""The header of an empty record that keeps an offset."""


def restore(
    connection: Connection,
    config: Config,
    root: Path,
    on_partition: Callable[[StoredPartition], None] = lambda _: None,
) -> Contents:
    """Restore a backup: create topics, write their records, commit the positions.

    A run that was ended is run again, and goes on. A source's topic that still holds its records
    is left as it is.

    Raises
    ------
    BackupUnusable
        Where the folder is no backup of a monitor of this name, or the topics hold something else.
    TopicsError
        Where the broker does not answer, or refuses something.
    """
    contents = read_contents(root)
    if contents.name != config.name:
        raise BackupUnusable(
            f"{root}: must be restored under its name, {contents.name!r}; the configuration's name"
            f" is {config.name!r}"
        )
    with explained(connection):
        _create_topics(connection, config, contents)
        producer = _PartitionWriter(connection)
        bases = {}
        compacted = {spec.name for spec in topic_plan(config) if spec.cleanup == "compact"}
        for partition in contents.partitions:
            at = partition.topic, partition.number
            # Compacted topics are read as a whole, whatever their offsets.
            keeps = partition.topic not in compacted
            bases[at] = partition.end - partition.records if keeps else 0
            records = _Records(root, partition, gaps=partition.topic == config.topic("registry"))
            _write(connection, producer, records, partition, bases[at], config)
            on_partition(partition)
        _delete_fillers(connection, contents, bases)
        _commit(connection, config, contents, bases)
    return contents


def _create_topics(connection: Connection, config: Config, contents: Contents) -> None:
    counts: dict[str, int] = {}
    for partition in contents.partitions:
        counts[partition.topic] = max(counts.get(partition.topic, 0), partition.number + 1)
    plan = topic_plan(config)
    there = existing(connection, [spec.name for spec in plan if spec.only_read])
    for spec in plan:
        if spec.only_read:
            if spec.name not in there:
                raise TopicsError(f"topic {spec.name}: must exist before a restore; {ANOTHERS}")
            continue
        wanted = counts.get(spec.name, spec.partitions)
        if not spec.any_partitions and wanted != spec.partitions:
            raise BackupUnusable(
                f"detect.shards must be {wanted}, as in the backup; got {spec.partitions}"
            )
        (report,) = ensure(connection, [replace(spec, partitions=wanted, any_partitions=False)])
        if report.status == "problem":
            raise TopicsError(f"topic {spec.name}: {report.detail}")


class _PartitionWriter:
    """Writes records to one partition after the other, each once and in order."""

    def __init__(self, connection: Connection) -> None:
        settings = {
            "enable.idempotence": True,
            "compression.type": "none",
            "message.max.bytes": _LARGEST,
            "linger.ms": 5,
            "log_level": 2,
        }
        self._producer = Producer({**for_confluent(connection), **settings})
        self._failed: list[str] = []

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failed.append(error.str())

    def write(self, topic: str, number: int, record: StoredRecord | None, *, now: bool) -> None:
        """Write a record; None is an empty one, and `now` leaves its time to the broker."""
        fields: dict[str, Any] = {"headers": _FILLER}
        if record is not None:
            fields = {"value": record.value, "key": record.key, "headers": record.headers}
            if record.written_ms is not None and not now:
                fields["timestamp"] = record.written_ms
        while True:
            try:
                self._producer.produce(
                    topic, partition=number, on_delivery=self._delivered, **fields
                )
                break
            except BufferError:
                self._producer.poll(0.1)
        self._producer.poll(0)

    def flush(self, topic: str) -> None:
        """Wait until all is there."""
        left = self._producer.flush(WAIT_S)
        if left or self._failed:
            why = self._failed[0] if self._failed else f"{left} records without an answer"
            raise TopicsError(
                f"topic {topic}: not all was restored: {why}. Run the command again: it goes on"
            )


class _Records:
    """The records of a partition, as they are restored.

    Parameters
    ----------
    root, partition
        Where they are.
    gaps
        Whether each keeps its offset, whatever has been compacted away before it.
    """

    def __init__(self, root: Path, partition: StoredPartition, *, gaps: bool) -> None:
        self._path, self._end, self._gaps = root / partition.file, partition.end, gaps
        self.number = partition.end if gaps else partition.records

    def read(self, skip: int) -> Iterator[StoredRecord]:
        """Read them, but the first `skip`."""
        if not self._gaps:
            yield from stored_records(self._path, skip)
            return
        at = skip
        for record in stored_records(self._path):
            if record.offset >= skip:
                yield from map(_keeper, range(at, record.offset))
                yield record
                at = record.offset + 1
        yield from map(_keeper, range(at, self._end))


def _keeper(offset: int) -> StoredRecord:
    return StoredRecord(offset, None, _NOBODY, None, [])


def _write(
    connection: Connection,
    producer: _PartitionWriter,
    records: _Records,
    partition: StoredPartition,
    base: int,
    config: Config,
) -> None:
    """Write what a partition does not have yet."""
    topic, number = partition.topic, partition.number
    with new_consumer(connection, "weathervane-copies") as consumer:
        _, high = ends_of(consumer, TopicPartition(topic, number))
    end = base + records.number
    sources = {source.topic for source in config.sources.values()}
    there = min(high, end) - base
    if (high > end and topic not in sources) or not _same(
        connection, records, partition, base, there
    ):
        raise BackupUnusable(
            f"topic {topic}, partition {number}: must be empty, or hold the beginning of this"
            f" backup; it holds other records. Stop the monitor, delete the topic, and restore"
            " again"
        )
    # Brokers delete counts by their time, and a restored one is as new as any other.
    now = topic == config.topic("counts")
    for _ in range(high, base):
        producer.write(topic, number, None, now=True)
    if there < records.number:
        for record in records.read(max(there, 0)):
            producer.write(topic, number, record, now=now)
    producer.flush(topic)


def _same(
    connection: Connection, records: _Records, partition: StoredPartition, base: int, there: int
) -> bool:
    """Whether the last of so many records that are there is that of the backup, or a filler."""
    if base + there == 0 or records.number == 0 <= there:
        return True
    at = base + there - 1
    expected = next(records.read(there - 1), None) if there > 0 else None
    found = _first(connection, partition, at)
    if found is None or found.offset > at:
        return there <= 0  # what was before is deleted
    if expected is None:
        return found.headers == _FILLER
    return (found.key, found.value) == (expected.key, expected.value)


def _first(connection: Connection, partition: StoredPartition, begin: int) -> StoredRecord | None:
    """Return the first record of a partition at an offset or after it."""
    for message in read_records(connection, partition.topic, partition.number, begin):
        return as_stored(message)
    return None


def _delete_fillers(
    connection: Connection, contents: Contents, bases: Mapping[tuple[str, int], int]
) -> None:
    """Delete what stands before the records, where it is ours."""
    client = AdminClient({**for_confluent(connection), "log_level": 2})
    places = []
    for partition in contents.partitions:
        base = bases[partition.topic, partition.number]
        first = _first(connection, partition, 0) if base else None
        if first is not None and first.headers == _FILLER:
            places.append(TopicPartition(partition.topic, partition.number, base))
    for answer in (client.delete_records(places) if places else {}).values():
        answer.result(WAIT_S)


def _commit(
    connection: Connection,
    config: Config,
    contents: Contents,
    bases: Mapping[tuple[str, int], int],
) -> None:
    """Commit the positions; a counter's is where the records of its source begin."""
    sources = {source.topic for source in config.sources.values()}
    by_group: dict[str, list[TopicPartition]] = {}
    for one in contents.positions:
        # Another's topic is not in the backup: it must still have the offsets that it had.
        base = bases.get((one.topic, one.number), 0)
        offset = max(one.offset, base) if one.topic in sources else one.offset
        place = TopicPartition(one.topic, one.number, offset, one.metadata or "")
        by_group.setdefault(one.group, []).append(place)
    for group, places in by_group.items():
        with new_consumer(connection, group) as consumer:
            consumer.commit(offsets=places, asynchronous=False)
