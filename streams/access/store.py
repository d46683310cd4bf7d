"""The topic ``users`` for a command: read whole, and written to."""

from __future__ import annotations

from collections.abc import Iterable

from streams.access.directory import Directory
from streams.access.record import KeyedBytes
from streams.broker.client.connection import Connection
from streams.broker.client.writer import RecordWriter
from streams.broker.topics.contents import records_in
from streams.broker.topics.offsets import partition_count


def read_directory(connection: Connection, topic: str) -> tuple[Directory, list[str]]:
    """Read who is known, and what of the topic could not be read.

    Raises
    ------
    KafkaEdgeError
        Where the topic cannot be read.
    """
    partition_count(connection, topic)  # says what is wrong with a broker, or names the topic
    directory, problems = Directory(), []
    for record in records_in(connection, topic):
        try:
            directory.take(record.key, record.value)
        except ValueError as error:
            problems.append(f"{topic} offset {record.offset}: {error}; it is passed over")
    return directory, problems


def write_records(connection: Connection, topic: str, records: Iterable[KeyedBytes]) -> None:
    """Write records, and wait until the broker has them.

    Raises
    ------
    KafkaEdgeError, WriteFailed
        Where it does not take them.
    """
    writer = RecordWriter(connection, compression="none")
    for record in records:
        writer.write(topic, record.value, record.key, 0)
    writer.flush()
