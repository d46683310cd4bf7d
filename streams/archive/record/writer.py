"""Closed buckets and alerts to Parquet: a file is there wholly or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from streams.alerts.cloudevent import decode_event
from streams.analysis.labels.label import decode_label
from streams.archive.atomic_files import whole
from streams.archive.manifest import Manifest
from streams.archive.record.state import Partition
from streams.archive.schema import (
    ALERTS,
    BUCKETS,
    COUNTS,
    LABELS,
    Place,
    alert_row,
    buckets_rows,
    counts_rows,
    label_row,
)
from streams.detection.bucket_result import Findings
from streams.detection.merge import ClosedBucket

ROWS_A_FILE = 4_000_000
"""Counts in one file at most, but for a bucket that has more by itself."""

ROWS_A_GROUP = 1_000_000


class Writer:
    """Takes the closed buckets of one group in one shard, in their order.

    A file holds buckets of one day, and is named for the first of them: what is recorded
    again from there on takes the place of what was. Counts are written first; they are
    there once the file of their buckets is.

    Parameters
    ----------
    root
        The archive's folder.
    place
        Whose buckets.
    manifest
        What they are counted by.

    Attributes
    ----------
    files_written, buckets_written, rows_written, bytes_written
        Since it was made; bytes are those of the counts.
    """

    def __init__(self, root: Path, place: Place, manifest: Manifest) -> None:
        self._root, self._place = root, place
        of = {n: source for n, source in manifest.sources.items() if source.group == place.group}
        self._signals = {name: source.signal for name, source in of.items()}
        self._zone = ZoneInfo(next(iter(of.values())).timezone)
        self._day: dt.date | None = None
        self._first = 0
        self._counts: list[pa.RecordBatch] = []
        self._buckets: list[dict[str, Any]] = []
        self._rows = 0
        self.files_written = self.buckets_written = self.rows_written = self.bytes_written = 0

    def add(self, bucket: ClosedBucket, findings: Findings) -> None:
        """Take a closed bucket; where another day begins, or enough is held, write."""
        day = dt.datetime.fromtimestamp(bucket.start, self._zone).date()
        if self._buckets and (day != self._day or self._rows >= ROWS_A_FILE):
            self.flush()
        if not self._buckets:
            self._day, self._first = day, bucket.start
        batches = counts_rows(bucket)
        self._counts += batches
        self._rows += sum(batch.num_rows for batch in batches)
        self._buckets += buckets_rows(self._place, bucket, findings, self._signals)

    def flush(self) -> None:
        """Write what is held.

        Raises
        ------
        OSError
            Where the disk does not take it; what is held is still there.
        """
        if not self._buckets:
            return
        name = f"{self._first}.{self._place.shard}.{self._place.group}.parquet"
        counts = pa.Table.from_batches(self._counts, COUNTS).unify_dictionaries()
        path = self._root / "counts" / f"day={self._day}" / name
        write(path, counts)
        buckets = pa.Table.from_pylist(self._buckets, BUCKETS)
        write(self._root / "buckets" / f"day={self._day}" / name, buckets)
        self.files_written += 1
        self.bytes_written += path.stat().st_size
        self.buckets_written += len({row["bucket"] for row in self._buckets})
        self.rows_written += self._rows
        self._counts, self._buckets, self._rows = [], [], 0

    def forget_from(self, start: int | None) -> None:
        """Remove files of buckets from `start` on: they are about to be recorded again."""
        for table in ("buckets", "counts"):  # a table of buckets promises counts
            for path in (self._root / table).glob("day=*/*.parquet"):
                first, place = bucket_file(path)
                if place == self._place and (start is None or first >= start):
                    path.unlink()


def bucket_file(path: Path) -> tuple[int, Place]:
    """Start of the first bucket of a file, and whose buckets these are."""
    start, shard, group = path.stem.split(".", 2)
    return int(start), Place(int(shard), group)


def told_file(path: Path) -> tuple[int, int]:
    """Partition and first offset of a file of alerts, of labels or of events."""
    partition, first = path.stem.split(".")
    return int(partition), int(first)


def forget_told(folder: Path, topic: str, following: Mapping[Partition, int]) -> None:
    """Remove files of a topic's records that are about to be recorded again.

    Parameters
    ----------
    folder, topic
        Where they are, and of which topic.
    following
        The next offset of each partition; one that has none is read from its beginning.
    """
    for path in folder.glob("day=*/*.parquet"):
        number, first = told_file(path)
        if first >= following.get(Partition(topic, number), 0):
            path.unlink()


def write_alerts(root: Path, name: str, cloudevents: Sequence[bytes]) -> None:
    """Write revisions, by the day of the last bucket that each is about: that of its counts.

    Parameters
    ----------
    root
        The archive's folder.
    name
        Of the files: another one each time.
    cloudevents
        As they were published.
    """
    read = map(decode_event, cloudevents)
    # As published, the start of a bucket is in the time zone of its group: its date is the day.
    rows = (
        (dt.datetime.fromisoformat(event.alert.last_bucket), alert_row(event, raw))
        for event, raw in zip(read, cloudevents, strict=True)
    )
    _by_day(root / "alerts", name, rows, ALERTS)


def write_labels(root: Path, name: str, labels: Iterable[bytes]) -> None:
    """Write labels, by the day on which each was said, in UTC.

    Parameters
    ----------
    root, name
        As of `write_alerts`.
    labels
        As they were written.
    """
    read = ((decode_label(raw), raw) for raw in labels)
    _by_day(
        root / "labels",
        name,
        ((label.at.astimezone(dt.UTC), label_row(label, raw)) for label, raw in read),
        LABELS,
    )


def _by_day(
    folder: Path,
    name: str,
    rows: Iterable[tuple[dt.datetime, dict[str, Any]]],
    schema: pa.Schema,
) -> None:
    days: dict[dt.date, list[dict[str, Any]]] = {}
    for at, row in rows:
        days.setdefault(at.date(), []).append(row)
    for day, of in days.items():
        write(folder / f"day={day}" / f"{name}.parquet", pa.Table.from_pylist(of, schema))


def write(path: Path, table: pa.Table) -> None:
    """Write a file so that it is there wholly or not at all, whatever happens."""
    with whole(path) as file:
        pq.write_table(
            table,
            file,
            compression="zstd",
            row_group_size=ROWS_A_GROUP,
            # A day's senders are written once a file, however many there are.
            dictionary_pagesize_limit=256 * 2**20,
            # What a disk has changed is told when it is read, and not judged.
            write_page_checksum=True,
        )
