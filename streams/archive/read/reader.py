"""An archive read back: closed buckets in their order, and the alerts."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from streams.alerts.cloudevent import Envelope, decode_event
from streams.analysis.labels.label import Label, decode_label
from streams.archive.atomic_files import PART
from streams.archive.manifest import ArchiveUnusable, read_manifest
from streams.archive.parquet import damaged, opened, read
from streams.archive.read.parents import RecordedParents
from streams.archive.record.writer import bucket_file, told_file
from streams.archive.schema import ALERTS, BUCKETS, COUNTS, LABELS, Place
from streams.counts.bucket import Buckets
from streams.detection.merge import ClosedBucket, Sums
from streams.items import Level

Epochs = npt.NDArray[np.int64]


class Recorded(NamedTuple):
    """A closed bucket of an archive, and where it was closed."""

    place: Place
    bucket: ClosedBucket


class _File(NamedTuple):
    start: int
    place: Place
    path: Path


class Archive:
    """An archive's files; nothing is held of them but where they are.

    Parameters
    ----------
    root
        Its folder.
    on_note
        Is told of each note when it is made.

    Attributes
    ----------
    manifest
        What it was counted by.
    notes
        What was found odd, and what becomes of it: a sentence each, once, however often it is
        read; grows while it is.
    rows, rows_read
        Counts in all, and how many have been read since `buckets` was last called.

    Raises
    ------
    ArchiveUnusable
        Where the folder is no archive or not a complete one, or files are missing or damaged.
    """

    def __init__(self, root: Path, on_note: Callable[[str], None] = lambda note: None) -> None:
        self.root = root
        self.manifest = read_manifest(root)
        self.notes: list[str] = []
        self._on_note = on_note
        if self.manifest.complete is False:
            raise ArchiveUnusable(
                f"{root}: must have been recorded to its end; it has not, and lacks its last"
                " buckets and all alerts. Where `weathervane record` still runs, wait for it;"
                " else remove the folder, and record again"
            )
        for damage in self.manifest.damage:
            self._note(f"{damage}: what was open there is not recorded")
        self.rows_read = 0
        self._files = self._found()
        self.rows = sum(
            opened(self._counts(file), COUNTS).metadata.num_rows for file in self._files
        )

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
            self._on_note(text)

    def _found(self) -> list[_File]:
        parts = sorted(self.root.rglob(f"*{PART}"))
        if parts:
            self._note(
                f"{parts[0]}: was not written to its end, and is left out"
                + (f"; {len(parts) - 1} more like it" if len(parts) > 1 else "")
            )
        paths = (self.root / "buckets").glob("day=*/*.parquet")
        found = [_File(*bucket_file(path), path) for path in paths]
        if not found:
            raise ArchiveUnusable(f"{self.root}: must hold recorded buckets; there are none yet")
        return sorted(found)

    def _counts(self, file: _File) -> Path:
        path = self.root / "counts" / file.path.relative_to(self.root / "buckets")
        if not path.exists():
            raise ArchiveUnusable(
                f"{path}: must be there, since {file.path} is; it is missing: restore it, or remove"
                " the other to leave these buckets out"
            )
        return path

    @property
    def first_s(self) -> int:
        """Start of the first bucket."""
        return min(file.start for file in self._files)

    def buckets(self) -> Iterator[Recorded]:
        """Read every closed bucket, in order of its end, then group and shard.

        Raises
        ------
        ArchiveUnusable
            Where a file is damaged, or buckets were recorded twice.
        """
        self.rows_read = 0
        places = sorted({file.place for file in self._files})
        streams = [self._stream(place) for place in places]
        yield from heapq.merge(
            *streams, key=lambda one: (one.bucket.end, one.place.group, one.place.shard)
        )

    def _stream(self, place: Place) -> Iterator[Recorded]:
        end: int | None = None
        for file in self._files:
            if file.place != place:
                continue
            for bucket in self._read(file):
                if end is not None and bucket.start < end:
                    raise ArchiveUnusable(
                        f"{file.path}: must begin after the buckets before it; two recordings hold"
                        " the same buckets: keep one of them"
                    )
                if end is not None and bucket.start > end:
                    self._note(self._gap(place, end, bucket.start))
                end = bucket.end
                yield Recorded(place, bucket)

    def _gap(self, place: Place, end: int, start: int) -> str:
        of = next(s for s in self.manifest.sources.values() if s.group == place.group)
        buckets = Buckets(of.bucket_s, of.timezone)
        shard = f", shard {place.shard}" if self.manifest.shards > 1 else ""
        return (
            f"group {place.group}{shard}: buckets from {buckets.label(end)} to"
            f" {buckets.label(start)} are missing in the archive; they are not judged"
        )

    def _read(self, file: _File) -> Iterator[ClosedBucket]:
        table = read(file.path, BUCKETS)
        starts, ends = (_epochs(table, name).tolist() for name in ("bucket", "bucket_end"))
        spans = dict(zip(starts, ends, strict=True))  # a row each source: once each
        path = self._counts(file)
        counted = self._sums(path)
        held = next(counted, None)
        for start, end in spans.items():
            sums: Sums = {}
            parents: Mapping[str, set[tuple[Level, str]]] = {}
            if held is not None and held[0] == start:
                _, sums, parents = held
                held = next(counted, None)
            yield ClosedBucket(start, end, sums, parents)
        if held is not None:
            raise ArchiveUnusable(f"{path}: must hold the buckets of {file.path}; it holds others")

    def _sums(self, path: Path) -> Iterator[tuple[int, Sums, RecordedParents]]:
        """Counts of a file, bucket by bucket."""
        file = opened(path, COUNTS, read_dictionary=["id"])
        held: tuple[int, Sums, RecordedParents] | None = None
        for number in range(file.num_row_groups):
            try:
                table = file.read_row_group(number).combine_chunks()
            except (pa.ArrowException, OSError) as error:
                raise damaged(path, error) from None
            self.rows_read += table.num_rows
            for start, sums, parents in _by_bucket(table):
                if held is not None and held[0] == start:  # a bucket across row groups
                    held = start, _added(held[1], sums), held[2].joined(parents)
                    continue
                if held is not None:
                    yield held
                held = start, sums, parents
            del table  # before the next is read: one row group at a time is in memory
        if held is not None:
            yield held

    def alerts(self) -> Iterator[Envelope]:
        """Read every recorded revision, in order of publication within a day; repeats once."""
        seen: set[str] = set()
        for row in self._told("alerts", ALERTS, "cloudevent"):
            event = decode_event(row.encode())
            if event.id not in seen:
                seen.add(event.id)
                yield event

    def labels(self) -> Iterator[Label]:
        """Read every recorded label, in the order in which they were said, by day; repeats once."""
        seen: set[str] = set()
        for row in self._told("labels", LABELS, "json"):
            label = decode_label(row.encode())
            if label.label_id not in seen:
                seen.add(label.label_id)
                yield label

    def _told(self, table: str, schema: pa.Schema, column: str) -> Iterator[str]:
        for path in sorted((self.root / table).glob("day=*/*.parquet"), key=_told_order):
            yield from read(path, schema, [column]).column(column).to_pylist()


def _told_order(path: Path) -> tuple[str, tuple[int, int]]:
    return path.parent.name, told_file(path)


def _by_bucket(table: pa.Table) -> Iterator[tuple[int, Sums, RecordedParents]]:
    if table.num_rows == 0:
        return
    bucket = _epochs(table, "bucket")
    source, level = _codes(table, "source"), _codes(table, "level")
    changes = (np.diff(bucket) != 0) | (np.diff(source.of) != 0) | (np.diff(level.of) != 0)
    cuts = [0, *(np.flatnonzero(changes) + 1).tolist(), table.num_rows]
    ids, counts = _codes(table, "id"), table["count"].to_numpy()
    names = np.array(ids.names, dtype=object)
    start: int | None = None
    sums: Sums = {}
    parents = RecordedParents()
    for at, to in pairwise(cuts):
        if bucket[at] != start:
            if start is not None:
                yield start, sums, parents
            start, sums, parents = int(bucket[at]), {}, RecordedParents()
        entities = names[ids.of[at:to]].tolist()
        of: Level = level.names[level.of[at]]
        sums[source.names[source.of[at]], of] = dict(
            zip(entities, counts[at:to].tolist(), strict=True)
        )
        if of == "sender":
            parents.add(entities, table.slice(at, to - at))
    assert start is not None
    yield start, sums, parents


def _epochs(table: pa.Table, name: str) -> Epochs:
    """A column of instants in epoch s: Parquet keeps nothing coarser than milliseconds."""
    epochs: Epochs = table[name].cast(pa.timestamp("s", "UTC")).cast(pa.int64()).to_numpy()
    return epochs


class _Codes(NamedTuple):
    names: list[str]
    of: npt.NDArray[np.int32]


def _codes(table: pa.Table, name: str) -> _Codes:
    column = table[name].unify_dictionaries().combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0)
    return _Codes(column.dictionary.to_pylist(), column.indices.to_numpy())


def _added(one: Sums, more: Sums) -> Sums:
    for key, totals in more.items():
        one.setdefault(key, {}).update(totals)
    return one
