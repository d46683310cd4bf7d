"""Writes closed buckets, alerts and labels as Parquet files of an archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from streams.alerts.cloudevent import decode_event
from streams.alerts.label import decode_label
from streams.archive.facts import FactTable, batch_of, tables_of
from streams.archive.manifest import Manifest
from streams.archive.record.rows import (
    alert_row,
    buckets_rows,
    counts_rows,
    declared_rows,
    label_row,
)
from streams.archive.record.state import Partition
from streams.archive.tables import (
    ALERTS,
    BUCKETS,
    COUNTS,
    LABELS,
    REGISTRY,
    ShardGroup,
    write_table,
)
from streams.detection.bucket_result import BucketResult

ROWS_A_FILE = 4_000_000
"""A file holds at most this many counts, unless one bucket alone has more."""


class Writer:
    """Writes the closed buckets of one group in one shard, which come in their order.

    A file holds buckets of one day, and its name says the start of the first. If buckets are
    recorded again, their files replace the old ones. The file of the counts is written before the
    file of the buckets: if the second is there, the first is too.

    Parameters
    ----------
    root
        The archive's folder.
    shard_group
        The group and the shard of the buckets.
    manifest
        How they are counted.

    Attributes
    ----------
    files_written, buckets_written, rows_written, bytes_written
        Since it was made; the bytes are those of the counts.
    """

    def __init__(self, root: Path, shard_group: ShardGroup, manifest: Manifest) -> None:
        self._root, self._shard_group = root, shard_group
        sources = {
            name: source
            for name, source in manifest.sources.items()
            if source.group == shard_group.group
        }
        self._signals = {name: source.signal for name, source in sources.items()}
        self._judged = manifest.origin == "files"
        self._zone = ZoneInfo(next(iter(sources.values())).timezone)
        self._day: dt.date | None = None
        self._first = 0
        self._counts: list[pa.RecordBatch] = []
        # A file of buckets promises these, too, where anything is counted beside totals.
        words = [word for source in sources.values() for word in source.facts]
        self._facts: list[tuple[FactTable, list[pa.RecordBatch]]] = [
            (table, []) for table in tables_of(words)
        ]
        self._declared: list[dict[str, Any]] = []
        self._buckets: list[dict[str, Any]] = []
        self._rows = self._fact_rows = 0
        self.files_written = self.buckets_written = self.rows_written = self.bytes_written = 0

    def add(self, result: BucketResult) -> None:
        """Take a closed bucket; write if a new day begins or enough is held."""
        bucket = result.bucket
        day = dt.datetime.fromtimestamp(bucket.start, self._zone).date()
        full = max(self._rows, self._fact_rows) >= ROWS_A_FILE
        if self._buckets and (day != self._day or full):
            self.flush()
        if not self._buckets:
            self._day, self._first = day, bucket.start
        batches = counts_rows(bucket)
        self._counts += batches
        self._rows += sum(batch.num_rows for batch in batches)
        self._declared += declared_rows(bucket)
        for table, held in self._facts:
            held.append(batch_of(table, bucket.start, bucket.facts))
            self._fact_rows += held[-1].num_rows
        self._buckets += buckets_rows(result, self._signals, judged=self._judged)

    def flush(self) -> None:
        """Write what is held.

        Raises
        ------
        OSError
            If the disk does not take it; what is held is still held.
        """
        if not self._buckets:
            return
        name = f"{self._first}.{self._shard_group.shard}.{self._shard_group.group}.parquet"
        counts = pa.Table.from_batches(self._counts, COUNTS).unify_dictionaries()
        path = self._root / "counts" / f"day={self._day}" / name
        write_table(path, counts)
        for table, held in self._facts:
            facts = pa.Table.from_batches(held, table.schema).unify_dictionaries()
            write_table(self._root / table.name / f"day={self._day}" / name, facts)
        if self._declared:
            declared = pa.Table.from_pylist(self._declared, REGISTRY)
            write_table(self._root / "registry" / f"day={self._day}" / name, declared)
            self._declared = []
        buckets = pa.Table.from_pylist(self._buckets, BUCKETS)
        write_table(self._root / "buckets" / f"day={self._day}" / name, buckets)
        self.files_written += 1
        self.bytes_written += path.stat().st_size
        self.buckets_written += len({row["bucket"] for row in self._buckets})
        self.rows_written += self._rows
        self._counts, self._buckets, self._rows, self._fact_rows = [], [], 0, 0
        for _, held in self._facts:
            held.clear()

    def remove_from(self, start: int | None) -> None:
        """Remove the files of buckets from `start` on: these are about to be recorded again.

        Parameters
        ----------
        start
            Epoch s; None removes all.
        """
        # Buckets first: a file of buckets promises its counts, and what was counted beside them.
        for table in ("buckets", "counts", "registry", *(table.name for table, _ in self._facts)):
            for path in (self._root / table).glob("day=*/*.parquet"):
                first, shard_group = bucket_file(path)
                if shard_group == self._shard_group and (start is None or first >= start):
                    path.unlink()


def bucket_file(path: Path) -> tuple[int, ShardGroup]:
    """Read a file's name: the start of its first bucket, and the shard and group of all."""
    start, shard, group = path.stem.split(".", 2)
    return int(start), ShardGroup(int(shard), group)


def partition_file(path: Path) -> tuple[int, int]:
    """Read the partition and the first offset from the name of a file of a topic's records."""
    partition, first = path.stem.split(".")
    return int(partition), int(first)


def remove_repeated(
    folder: Path, place: Callable[[int], Partition], following: Mapping[Partition, int]
) -> None:
    """Remove the files of a topic's records that are about to be recorded again.

    Parameters
    ----------
    folder
        The folder of the files.
    place
        The partition of the number that a file's name has.
    following
        The next offset of each partition; a partition without one is read from its beginning.
    """
    for path in folder.glob("day=*/*.parquet"):
        number, first = partition_file(path)
        if first >= following.get(place(number), 0):
            path.unlink()


def write_alerts(root: Path, name: str, cloudevents: Sequence[bytes]) -> None:
    """Write revisions into the folder of the day of the last bucket that each is about.

    Parameters
    ----------
    root
        The archive's folder.
    name
        Name of the files: another one each time.
    cloudevents
        The revisions as they were published.
    """
    events = map(decode_event, cloudevents)
    # The start of a bucket is published in the time zone of its group, so its date is the day.
    rows = (
        (dt.datetime.fromisoformat(event.alert.last_bucket), alert_row(event, raw))
        for event, raw in zip(events, cloudevents, strict=True)
    )
    _write_by_day(root / "alerts", name, rows, ALERTS)


def write_labels(root: Path, name: str, labels: Iterable[bytes]) -> None:
    """Write labels into the folder of the day on which each was made, in UTC.

    Parameters
    ----------
    root, name
        As in `write_alerts`.
    labels
        The labels as JSON.
    """
    decoded = ((decode_label(raw), raw) for raw in labels)
    _write_by_day(
        root / "labels",
        name,
        ((label.at.astimezone(dt.UTC), label_row(label, raw)) for label, raw in decoded),
        LABELS,
    )


def _write_by_day(
    folder: Path,
    name: str,
    rows: Iterable[tuple[dt.datetime, dict[str, Any]]],
    schema: pa.Schema,
) -> None:
    days: dict[dt.date, list[dict[str, Any]]] = {}
    for at, row in rows:
        days.setdefault(at.date(), []).append(row)
    for day, day_rows in days.items():
        path = folder / f"day={day}" / f"{name}.parquet"
        write_table(path, pa.Table.from_pylist(day_rows, schema))
