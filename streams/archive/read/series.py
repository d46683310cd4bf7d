"""Counts of a few entities, read out of an archive without holding the others'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streams.analysis.labels.windows import one_signal
from streams.archive.parquet import damaged, opened
from streams.archive.read.reader import Archive
from streams.archive.schema import COUNTS
from streams.counts.bucket import Buckets

_COLUMNS = ["bucket", "source", "level", "id", "count"]
_ROWS = 1 << 18


class Wanted(NamedTuple):
    """Whose counts, and from when until when; epoch s, `until_s` not in it."""

    group: str
    level: str
    entity: str
    signal: str
    since_s: float
    until_s: float


def series(archive: Archive, wanted: Collection[Wanted]) -> dict[Wanted, dict[int, int]]:
    """Counts by start of bucket, those that are not zero, as recorded.

    Memory is that of one file's batch and of what is found.

    Raises
    ------
    ArchiveUnusable
        Where a file is damaged.
    """
    out: dict[Wanted, dict[int, int]] = {one: {} for one in wanted}
    of_group: dict[str, list[Wanted]] = defaultdict(list)
    for one in out:
        of_group[one.group].append(one)
    for group, of in sorted(of_group.items()):
        by_key: dict[tuple[str, str, str | None], list[Wanted]] = defaultdict(list)
        for one in of:
            by_key[one.level, one.entity, one_signal(one.signal)].append(one)
        ids = pa.array(sorted({one.entity for one in of}), pa.string())
        signal_of = {name: source.signal for name, source in archive.manifest.sources.items()}
        for path in _files(archive, group, of):
            for start, source, level, entity, count in _rows(path, ids):
                key = level, entity, one_signal(signal_of.get(source))
                for one in by_key.get(key, ()):
                    if one.since_s <= start < one.until_s:
                        out[one][start] = out[one].get(start, 0) + count
    return out


def in_a_row(counts: dict[int, int], buckets: Buckets, since_s: float, until_s: float) -> list[int]:
    """Counts of all buckets of a stretch, zeros with them."""
    out, start = [], buckets.start(since_s)
    while start < until_s:
        out.append(counts.get(start, 0))
        start = buckets.end(start)
    return out


def _files(archive: Archive, group: str, wanted: Collection[Wanted]) -> Iterator[Path]:
    """Files that may hold something wanted: a file ends where the next of its shard begins."""
    of_shard: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    for path in (archive.root / "buckets").glob("day=*/*.parquet"):
        start, shard, name = path.stem.split(".", 2)
        if name == group:
            counts = archive.root / "counts" / path.parent.name / path.name
            of_shard[shard].append((int(start), counts))
    for _, files in sorted(of_shard.items()):
        files.sort()
        ends = [float(start) for start, _ in files[1:]] + [float("inf")]
        for (first, path), end in zip(files, ends, strict=True):
            if any(one.since_s < end and first < one.until_s for one in wanted):
                yield path


def _rows(path: Path, ids: pa.Array) -> Iterator[tuple[int, str, str, str, int]]:
    file = opened(path, COUNTS, read_dictionary=["id"])
    try:
        for batch in file.iter_batches(_ROWS, columns=_COLUMNS):
            names = batch.column("id")
            known = pc.is_in(names.dictionary, value_set=ids).to_numpy(zero_copy_only=False)
            if not known.any():
                continue
            at = np.flatnonzero(known[names.indices.to_numpy()])
            found = batch.take(pa.array(at)).to_pydict()
            for start, source, level, entity, count in zip(*found.values(), strict=True):
                yield int(start.timestamp()), source, level, entity, count
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error) from None
