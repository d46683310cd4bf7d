"""The topic ``registry`` for a command: read whole, and written to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.broker.client.connection import Connection
from streams.broker.client.writer import NO_HEADERS, RecordWriter
from streams.registry.entry import Entry, key_of
from streams.registry.first_rows import topic_rows
from streams.registry.sequencing import Declared, latest, rows_alone
from streams.registry.table import MOST_ENTRIES
from streams.registry.topic_rows import GOES_ON, encode_row


class Changes(NamedTuple):
    """What an import leads to.

    Attributes
    ----------
    new, replaced
        Entries whose keys are new, and those that take the place of another.
    unchanged
        How many are there already as they are.
    """

    new: Sequence[Entry]
    replaced: Sequence[Entry]
    unchanged: int


def changes_of(before: Mapping[str, Entry], entries: Sequence[Entry]) -> Changes:
    """Say what importing entries changes."""
    new = [one for one in entries if key_of(one) not in before]
    replaced = [one for one in entries if before.get(key_of(one), one) != one]
    return Changes(new, replaced, len(entries) - len(new) - len(replaced))


def too_many(before: Mapping[str, Entry], changes: Changes) -> str | None:
    """Say that there is no room for all; None where there is."""
    number = len(before) + len(changes.new)
    if number <= MOST_ENTRIES:
        return None
    return f"the registry must have at most {MOST_ENTRIES:,} entries; it would have {number:,}"


def read_registry(connection: Connection, topic: str) -> Declared:
    """Read what the topic declares.

    Raises
    ------
    KafkaEdgeError
        Where the topic cannot be read.
    """
    return latest(topic_rows(connection, topic))


def write_rows(
    connection: Connection, topic: str, declared: Declared, rows: Mapping[str, Entry | None]
) -> None:
    """Write rows by key, None to remove; none holds before the last is there.

    Rows of an import that broke off before, as `declared` knows them, do not hold with them.

    Raises
    ------
    KafkaEdgeError, WriteFailed
        Where the broker does not take them: to write them again is right.
    """
    writer = RecordWriter(connection, compression="none")
    written = rows_alone(declared, rows)
    last = len(written) - 1
    for place, (key, entry) in enumerate(written.items()):
        headers = NO_HEADERS if place == last else {GOES_ON: b""}
        value = None if entry is None else encode_row(entry)
        writer.write(topic, value, key.encode(), 0, headers)
    writer.flush()
