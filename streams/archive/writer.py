"""Closed buckets and alerts to Parquet: a file is there wholly or not at all."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from streams.archive.manifest import Manifest
from streams.archive.schema import (
    ALERTS,
    BUCKETS,
    COUNTS,
    Place,
    alert_row,
    buckets_rows,
    counts_rows,
)
from streams.monitor.findings import Findings
from streams.monitor.merge import ClosedBucket

ROWS_A_FILE = 4_000_000
"""Counts in one file at most, but for a bucket that has more by itself."""

ROWS_A_GROUP = 1_000_000
PART = ".part"
"""Ends the name of a file that is not complete."""


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
    through
        End of the last bucket taken; None before the first.
    buckets_written, rows_written
        Since it was made.
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
        self.through: int | None = None
        self.buckets_written = self.rows_written = 0

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
        self.through = bucket.end

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
        write(self._root / "counts" / f"day={self._day}" / name, counts)
        buckets = pa.Table.from_pylist(self._buckets, BUCKETS)
        write(self._root / "buckets" / f"day={self._day}" / name, buckets)
        self.buckets_written += len({row["bucket"] for row in self._buckets})
        self.rows_written += self._rows
        self._counts, self._buckets, self._rows = [], [], 0

    def forget_from(self, start: int | None) -> None:
        """Remove files of buckets from `start` on: they are about to be recorded again."""
        mine = f".{self._place.shard}.{self._place.group}.parquet"
        for table in ("buckets", "counts"):
            for path in (self._root / table).glob(f"day=*/*{mine}"):
                if start is None or int(path.name.partition(".")[0]) >= start:
                    path.unlink()


def write_alerts(root: Path, name: str, cloudevents: Iterable[bytes]) -> None:
    """Write revisions, by the day of the bucket that caused each.

    Parameters
    ----------
    root
        The archive's folder.
    name
        Of the files: another one each time.
    cloudevents
        As they were published.
    """
    days: dict[str, list[dict[str, Any]]] = {}
    for event in cloudevents:
        row = alert_row(event)
        days.setdefault(
            dt.datetime.fromtimestamp(row["time"], dt.UTC).date().isoformat(), []
        ).append(row)
    for day, rows in days.items():
        path = root / "alerts" / f"day={day}" / f"{name}.parquet"
        write(path, pa.Table.from_pylist(rows, ALERTS))


def write(path: Path, table: pa.Table) -> None:
    """Write a file so that it is there wholly or not at all, whatever happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + PART)
    try:
        with part.open("wb") as file:
            pq.write_table(
                table,
                file,
                compression="zstd",
                row_group_size=ROWS_A_GROUP,
                # A day's senders are written once a file, however many there are.
                dictionary_pagesize_limit=256 * 2**20,
            )
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
