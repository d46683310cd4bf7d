"""Reads an archive: its closed buckets in their order, its alerts and its labels."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from streams.alerts.cloudevent import Envelope, decode_event
from streams.alerts.label import Label, decode_label
from streams.archive.atomic_files import PART
from streams.archive.facts import tables_of
from streams.archive.manifest import ArchiveUnusable, read_manifest
from streams.archive.read.buckets import (
    RecordedBucket,
    RecordedParents,
    epochs,
    joined_sums,
    split_by_bucket,
)
from streams.archive.read.facts import RecordedFacts
from streams.archive.read.registry_rows import recorded_rows
from streams.archive.record.writer import bucket_file, partition_file
from streams.archive.tables import (
    ALERTS,
    BUCKETS,
    COUNTS,
    LABELS,
    ShardGroup,
    damaged_file,
    open_table,
    read_table,
    with_new_columns,
)
from streams.counts.bucket import Buckets
from streams.detection.merge import ClosedBucket, Sums, take_beyond
from streams.items import Level
from streams.registry.control import RegistryRow


class _BucketFile(NamedTuple):
    start: int
    shard_group: ShardGroup
    path: Path


class Archive:
    """The files of an archive. Only their names are held in memory.

    Parameters
    ----------
    root
        Its folder.
    on_note
        Gets each note when it is made.

    Attributes
    ----------
    manifest
        How it was counted.
    notes
        What is unusual in the archive and what follows from it, a sentence each. It grows while
        the archive is read; each note is there once.
    rows, rows_read
        How many counts there are, and how many have been read since `buckets` was last called.

    Raises
    ------
    ArchiveUnusable
        If the folder is not an archive, or an incomplete one, or files are missing or damaged.
    """

    def __init__(self, root: Path, on_note: Callable[[str], None] = lambda note: None) -> None:
        self.root = root
        self.manifest = read_manifest(root)
        self.notes: list[str] = []
        self._on_note = on_note
        if self.manifest.complete is False:
            raise ArchiveUnusable(
                f"{root}: must have been recorded to its end; it was not, and lacks the last"
                " buckets and all alerts. If `weathervane record` is still running, wait for it;"
                " otherwise remove the folder, and record again"
            )
        for damage in self.manifest.damage:
            self._note(f"{damage}: the buckets that were open there are not recorded")
        self.rows_read = 0
        self._files = self._found()
        self.rows = sum(
            open_table(self._counts(file), COUNTS).metadata.num_rows for file in self._files
        )

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
            self._on_note(text)

    def _found(self) -> list[_BucketFile]:
        parts = sorted(self.root.rglob(f"*{PART}"))
        if parts:
            number = len(parts) - 1
            self._note(
                f"{parts[0]}: this file is incomplete, and is ignored"
                + (f"; so are {number} other files like it" if number else "")
            )
        paths = (self.root / "buckets").glob("day=*/*.parquet")
        found = [_BucketFile(*bucket_file(path), path) for path in paths]
        if not found:
            raise ArchiveUnusable(f"{self.root}: must hold recorded buckets; there are none yet")
        return sorted(found)

    def _counts(self, file: _BucketFile) -> Path:
        return self._beside(file, "counts")

    def _beside(self, file: _BucketFile, table: str) -> Path:
        path = self.root / table / file.path.relative_to(self.root / "buckets")
        if not path.exists():
            raise ArchiveUnusable(
                f"{path}: must exist, since {file.path} does; it is missing. Restore it, or remove"
                " the other file to leave its buckets out"
            )
        return path

    def _facts(self, file: _BucketFile) -> RecordedFacts:
        group = file.shard_group.group
        sources = [each for each in self.manifest.sources.values() if each.group == group]
        tables = tables_of(word for source in sources for word in source.facts)
        return RecordedFacts([(table, self._beside(file, table.name)) for table in tables])

    @property
    def first_s(self) -> int:
        """The start of the first bucket, epoch s."""
        return min(file.start for file in self._files)

    @property
    def groups(self) -> set[str]:
        """The groups of which it has buckets."""
        return {file.shard_group.group for file in self._files}

    def through(self) -> dict[str, int]:
        """Say until when each group is recorded, in all its shards: epoch s, by group.

        Raises
        ------
        ArchiveUnusable
            If a file is damaged.
        """
        ends: dict[str, int] = {}
        for (_, group), path in {file.shard_group: file.path for file in self._files}.items():
            end = int(epochs(read_table(path, BUCKETS, ["bucket_end"]), "bucket_end").max())
            ends[group] = min(end, ends.get(group, end))
        return ends

    def buckets(self) -> Iterator[RecordedBucket]:
        """Read every closed bucket, in the order of its end, then of group and shard.

        Raises
        ------
        ArchiveUnusable
            If a file is damaged, or buckets were recorded twice.
        """
        self.rows_read = 0
        shard_groups = sorted({file.shard_group for file in self._files})
        yield from heapq.merge(
            *map(self._buckets_of, shard_groups),
            key=lambda recorded: (
                recorded.bucket.end,
                recorded.shard_group.group,
                recorded.shard_group.shard,
            ),
        )

    def _buckets_of(self, shard_group: ShardGroup) -> Iterator[RecordedBucket]:
        end: int | None = None
        for file in self._files:
            if file.shard_group != shard_group:
                continue
            for bucket in self._read(file):
                if end is not None and bucket.start < end:
                    raise ArchiveUnusable(
                        f"{file.path}: must begin after the buckets before it; two recordings hold"
                        " the same buckets. Remove the files of one of them"
                    )
                if end is not None and bucket.start > end:
                    self._note(self._gap(shard_group, end, bucket.start))
                end = bucket.end
                yield RecordedBucket(shard_group, bucket)

    def _gap(self, shard_group: ShardGroup, end: int, start: int) -> str:
        source = next(s for s in self.manifest.sources.values() if s.group == shard_group.group)
        buckets = Buckets(source.bucket_s, source.timezone)
        shard = f", shard {shard_group.shard}" if self.manifest.shards > 1 else ""
        return (
            f"group {shard_group.group}{shard}: the buckets from {buckets.label(end)} to"
            f" {buckets.label(start)} are missing in the archive; they are not judged"
        )

    def _read(self, file: _BucketFile) -> Iterator[ClosedBucket]:
        table = read_table(file.path, BUCKETS)
        starts, ends = (epochs(table, name).tolist() for name in ("bucket", "bucket_end"))
        spans = dict(zip(starts, ends, strict=True))  # a bucket has a row for each source
        path = self._counts(file)
        facts, declared = self._facts(file), self._declared(file)
        counted = self._sums(path)
        held = next(counted, None)
        for start, end in spans.items():
            sums: Sums = {}
            parents: Mapping[str, set[tuple[Level, str]]] = {}
            if held is not None and held[0] == start:
                _, sums, parents = held
                held = next(counted, None)
            beyond = take_beyond(sums)
            yield ClosedBucket(
                start, end, sums, parents, beyond, facts.facts_at(start), declared.pop(start, ())
            )
        if held is not None or facts.left:
            raise ArchiveUnusable(
                f"{facts.left or path}: must hold the buckets of {file.path}; it holds others."
                " Restore both, or record again"
            )

    def declared(self, group: str) -> list[tuple[int, RegistryRow]]:
        """Read the rows of the registry of a group, in their order.

        Returns
        -------
        list
            Rows, and the start of the first bucket for which each held, epoch s.

        Raises
        ------
        ArchiveUnusable
            If a file is damaged.
        """
        found: dict[int, tuple[int, RegistryRow]] = {}  # all shards get the same rows
        for file in self._files:
            if file.shard_group.group == group:
                for start, rows in self._declared(file).items():
                    for row in rows:
                        found.setdefault(row.seq, (start, row))
        return [found[seq] for seq in sorted(found)]

    def _declared(self, file: _BucketFile) -> dict[int, list[RegistryRow]]:
        """Read which rows of the registry hold from which bucket on; there may be none."""
        path = self.root / "registry" / file.path.relative_to(self.root / "buckets")
        return recorded_rows(path) if path.exists() else {}

    def _sums(self, path: Path) -> Iterator[tuple[int, Sums, RecordedParents]]:
        """Read the counts of a file, bucket by bucket."""
        file = open_table(path, COUNTS, read_dictionary=["id"])
        held: tuple[int, Sums, RecordedParents] | None = None
        for number in range(file.num_row_groups):
            try:
                table = with_new_columns(file.read_row_group(number), COUNTS).combine_chunks()
            except (pa.ArrowException, OSError) as error:
                raise damaged_file(path, error) from None
            self.rows_read += table.num_rows
            for start, sums, parents in split_by_bucket(table):
                if held is not None and held[0] == start:  # a bucket across row groups
                    held = start, joined_sums(held[1], sums), held[2].joined(parents)
                    continue
                if held is not None:
                    yield held
                held = start, sums, parents
            del table  # so that only one row group at a time is in memory
        if held is not None:
            yield held

    def alerts(self) -> Iterator[Envelope]:
        """Read every recorded revision once, day by day, in the order of publication."""
        seen: set[str] = set()
        for text in self._texts("alerts", ALERTS, "cloudevent"):
            event = decode_event(text.encode())
            if event.id not in seen:
                seen.add(event.id)
                yield event

    def labels(self) -> Iterator[Label]:
        """Read every recorded label once, day by day, in the order in which they were made."""
        seen: set[str] = set()
        for text in self._texts("labels", LABELS, "json"):
            label = decode_label(text.encode())
            if label.label_id not in seen:
                seen.add(label.label_id)
                yield label

    def _texts(self, table: str, schema: pa.Schema, column: str) -> Iterator[str]:
        for path in sorted((self.root / table).glob("day=*/*.parquet"), key=_day_and_offset):
            yield from read_table(path, schema, [column]).column(column).to_pylist()


def _day_and_offset(path: Path) -> tuple[str, tuple[int, int]]:
    return path.parent.name, partition_file(path)
