"""The tables of an archive: their columns, and how a Parquet file of one is read and written.

The tables are Arrow's, because Parquet is what every tool for tables reads. pyarrow is the Arrow
project's own library (Apache-2.0, released every few months).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from streams.archive.atomic_files import atomic_file
from streams.archive.manifest import ArchiveUnusable
from streams.items import PARENT_LEVELS

NAME = pa.dictionary(pa.int32(), pa.string())
NAMES = pa.list_(pa.string())
TIME = pa.timestamp("s", "UTC")

COUNTS = pa.schema(
    [
        ("bucket", TIME),
        ("source", NAME),
        ("level", NAME),
        ("id", pa.string()),
        ("count", pa.int64()),
        *((level, NAMES) for level in PARENT_LEVELS),
    ]
)
"""A row for each source, level and entity of a closed bucket; `bucket` is its start.

The columns of `PARENT_LEVELS` say what a sender belongs to: mostly one name each, or null.
"""

BUCKETS = pa.schema(
    [
        ("bucket", TIME),
        ("bucket_end", TIME),
        ("group", NAME),
        ("shard", pa.int32()),
        ("source", NAME),
        ("entities", pa.int64()),
        ("times", pa.int32()),
        ("learned", pa.bool_()),
        ("gap", pa.bool_()),
        ("silent_s", pa.float64()),
        ("common_factor", pa.float64()),
    ]
)
"""A row for each source of a closed bucket: the verdict on it, and its signal's common factor.

A recording of Kafka judges no entity: it has no common factor, and does not say how many `times` a
bucket was posted.
"""

REGISTRY = pa.schema(
    [
        ("bucket", TIME),
        ("seq", pa.int64()),
        ("key", pa.string()),
        ("entry", pa.string()),
        ("goes_on", pa.bool_()),
    ]
)
"""A row for each row of the registry: it holds from a bucket on. `entry` is JSON; null removes.

There is a file beside that of the buckets only where there are rows.
"""

ALERTS = pa.schema(
    [
        ("time", TIME),
        ("alert_id", pa.string()),
        ("revision", pa.int64()),
        ("event", NAME),
        ("state", NAME),
        ("level", NAME),
        ("id", pa.string()),
        ("signal", NAME),
        ("kind", NAME),
        ("detector", NAME),
        ("severity", NAME),
        ("onset", TIME),
        ("first_bucket", TIME),
        ("last_bucket", TIME),
        ("observed", pa.float64()),
        ("expected", pa.float64()),
        ("exposure", pa.float64()),
        ("ratio", pa.float64()),
        ("evidence_nats", pa.float64()),
        ("threshold_nats", pa.float64()),
        ("reason", NAME),
        ("parent", pa.string()),
        ("summary", pa.string()),
        ("group", NAME),
        ("epoch", pa.int64()),
        ("feed_no", pa.int64()),
        ("cloudevent", pa.string()),
    ]
)
"""A row for each revision of an alert; `cloudevent` holds the published bytes."""

SINCE_0_2 = {"epoch", "exposure", "access_code", "domain", "account", "merchant", "appended"}
"""Columns that files of version 0.1 do not have."""

LABELS = pa.schema(
    [
        ("at", TIME),
        ("label_id", pa.string()),
        ("verdict", NAME),
        ("alert_id", pa.string()),
        ("entity", pa.string()),
        ("start", TIME),
        ("end", TIME),
        ("signal", NAME),
        ("kind", NAME),
        ("note", pa.string()),
        ("by", pa.string()),
        ("json", pa.string()),
    ]
)
"""A row for each label of an alert or of an entity's time span; `json` holds the original."""

EVENTS = pa.schema(
    [
        ("offset", pa.int64()),
        ("written_s", pa.float64()),
        ("json", pa.string()),
        ("appended", pa.bool_()),
    ]
)
"""A row for each event or end mark of a partition.

`written_s` is the timestamp of its record, and `appended` says whether the broker set it.
"""


ROWS_A_GROUP = 1_000_000
"""Rows in one row group of a Parquet file."""


class ShardGroup(NamedTuple):
    """A group of sources in one shard: the buckets of a file belong to it."""

    shard: int
    group: str


def open_table(path: Path, schema: pa.Schema, **options: object) -> pq.ParquetFile:
    """Open a file; damage inside it may show only when it is read.

    Parameters
    ----------
    path, schema
        The file, and the columns of its table.
    **options
        Passed on to pyarrow.

    Raises
    ------
    ArchiveUnusable
        If it is damaged, or has other columns.
    """
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True, **options)
    except (pa.ArrowException, OSError) as error:
        raise damaged_file(path, error) from None
    names = file.schema_arrow.names
    if names != [name for name in schema.names if name in names or name not in SINCE_0_2]:
        raise ArchiveUnusable(
            f"{path}: must have the columns {', '.join(schema.names)}; found {', '.join(names)}."
            " Restore the file, or record again"
        )
    return file


def read_table(path: Path, schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
    """Read all columns of a file, or only some.

    Raises
    ------
    ArchiveUnusable
        If it is damaged, or has other columns.
    """
    file = open_table(path, schema)
    try:
        return file.read(None if columns is None else list(columns))
    except (pa.ArrowException, OSError) as error:
        raise damaged_file(path, error) from None


def with_new_columns(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table of an older file with the columns that its schema has since, all of them null.

    Parameters
    ----------
    table, schema
        What was read, and the columns of its table today.
    """
    for name in schema.names:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(len(table), schema.field(name).type))
    return table


def damaged_file(path: Path, error: Exception) -> ArchiveUnusable:
    """Make the error for a file that is damaged or cannot be read."""
    if isinstance(error, OSError) and error.errno is not None:
        return ArchiveUnusable(f"{path}: must be readable; {error.strerror}")
    return ArchiveUnusable(
        f"{path}: must be a complete Parquet file; it is damaged ({str(error).strip()[:200]})."
        " Restore the file, or record again"
    )


def write_table(path: Path, table: pa.Table) -> None:
    """Write a file; it appears under its name only when it is complete.

    Raises
    ------
    OSError
        If the disk does not take it.
    """
    with atomic_file(path) as file:
        pq.write_table(
            table,
            file,
            compression="zstd",
            row_group_size=ROWS_A_GROUP,
            # Then the names of a day's senders are written once a file, however many there are.
            dictionary_pagesize_limit=256 * 2**20,
            # Then damage on the disk is found when the file is read.
            write_page_checksum=True,
        )
