"""What a backup holds: the list of its files, and the records in them.

A backup is a folder. `backup.json` is written last, so a folder without it is no backup. Each
partition is a Parquet file, which any tool for tables reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from streams.archive.atomic_files import atomic_file

FILE = "backup.json"
FORM = 1
"""The form of backups that is written; a version reads it and the two before."""

ROWS_AT_ONCE = 1000
"""Records that are held at once: a record may have eight megabytes."""

_SCHEMA = pa.schema(
    [
        ("offset", pa.int64()),
        ("written_ms", pa.int64()),
        ("key", pa.binary()),
        ("value", pa.binary()),
        ("headers", pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))),
    ]
)


class BackupUnusable(Exception):
    """A folder is no backup, or not one that can be restored; the message says why."""


class StoredRecord(NamedTuple):
    """A record of a partition; `written_ms` is None where its broker keeps no times."""

    offset: int
    written_ms: int | None
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class StoredPartition(msgspec.Struct, frozen=True):
    """A partition of a topic: how many records are stored, and the offset after the last one."""

    topic: str
    number: int
    records: int
    end: int

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.topic}-{self.number}.parquet"


class StoredPosition(msgspec.Struct, frozen=True):
    """What a consumer group had committed for a partition."""

    group: str
    topic: str
    number: int
    offset: int
    metadata: str | None = None


class Contents(msgspec.Struct, frozen=True):
    """The list of what a backup holds.

    Attributes
    ----------
    name
        The configuration's name.
    partitions
        In the order in which they were read.
    positions
        Of the counter, of the sequencer of the registry, and of the receivers' queues.
    """

    name: str
    partitions: list[StoredPartition]
    positions: list[StoredPosition]
    v: int = FORM

    def write(self, root: Path) -> None:
        """Write it into the backup's folder."""
        with atomic_file(root / FILE) as file:
            file.write(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")


_contents = msgspec.json.Decoder(Contents)


class _FormOfBackup(msgspec.Struct):
    v: int


_form_of_backup = msgspec.json.Decoder(_FormOfBackup)


def read_contents(root: Path) -> Contents:
    """Read the list of a backup.

    Raises
    ------
    BackupUnusable
        Where the folder is no backup, or another version wrote it.
    """
    path = root / FILE
    try:
        text = path.read_bytes()
        found = _form_of_backup.decode(text).v
        if not max(FORM - 2, 1) <= found <= FORM:
            raise BackupUnusable(
                f"{path}: must be of form {FORM} or one of the two before; found {found}, which a"
                " later version wrote. Restore with that version"
            )
        return _contents.decode(text)
    except OSError as error:
        raise BackupUnusable(
            f"{root}: must be a complete backup, that is a folder with {FILE}; {error.strerror}."
            " `weathervane backup` makes one"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupUnusable(f"{path}: must be what `weathervane backup` wrote; {error}") from None


def write_records(path: Path, records: Iterable[StoredRecord]) -> int:
    """Write a partition's file; return how many records are in it.

    Raises
    ------
    OSError
        If the disk does not take it.
    """
    number = 0
    with (
        atomic_file(path) as file,
        pq.ParquetWriter(file, _SCHEMA, compression="zstd", write_page_checksum=True) as writer,
    ):
        for rows in _batches(records):
            columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
            writer.write_table(pa.table(dict(zip(_SCHEMA.names, columns, strict=True)), _SCHEMA))
            number += len(rows)
    return number


def _batches(records: Iterable[StoredRecord]) -> Iterator[list[StoredRecord]]:
    held: list[StoredRecord] = []
    for record in records:
        held.append(record)
        if len(held) == ROWS_AT_ONCE:
            yield held
            held = []
    if held:
        yield held


def stored_records(path: Path, skip: int = 0) -> Iterator[StoredRecord]:
    """Read a partition's records, but the first `skip`.

    Raises
    ------
    BackupUnusable
        Where the file is missing or damaged.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE):
                if skip >= batch.num_rows:
                    skip -= batch.num_rows
                    continue
                for row in batch.slice(skip).to_pylist():
                    headers = [(one["key"], one["value"]) for one in row.pop("headers")]
                    yield StoredRecord(**row, headers=headers)
                skip = 0
    except (OSError, pa.ArrowException) as error:
        raise BackupUnusable(
            f"{path}: must be a complete file of the backup; {str(error).strip()[:200]}"
        ) from None
