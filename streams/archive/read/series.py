"""Count series of a few entities, read from an archive without holding those of all others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Set
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from streams.archive.read.files import TimeSpan, files_within
from streams.archive.read.reader import Archive
from streams.archive.tables import COUNTS, damaged_file, open_table
from streams.counts.bucket import Buckets
from streams.detection.signals import events_signal
from streams.names.canonical import form_of_stored

_COLUMNS = ["bucket", "source", "level", "id", "count"]
_ROWS = 1 << 18


class SeriesKey(NamedTuple):
    """The entity, signal and span of a series; epoch s, `until_s` is not in it."""

    group: str
    level: str
    entity: str
    signal: str
    since_s: float
    until_s: float


def read_series(archive: Archive, keys: Collection[SeriesKey]) -> dict[SeriesKey, dict[int, int]]:
    """Read counts that are not zero, by the start of their bucket.

    It holds one batch of a file and the result in memory.

    Raises
    ------
    ArchiveUnusable
        If a file is damaged.
    """
    out: dict[SeriesKey, dict[int, int]] = {key: {} for key in keys}
    by_group: dict[str, list[SeriesKey]] = defaultdict(list)
    for key in out:
        by_group[key.group].append(key)
    for group, group_keys in sorted(by_group.items()):
        by_entity: dict[tuple[str, str, str | None], list[SeriesKey]] = defaultdict(list)
        for key in group_keys:
            by_entity[key.level, key.entity, events_signal(key.signal)].append(key)
        ids = frozenset(key.entity for key in group_keys)
        signals = {name: source.signal for name, source in archive.manifest.sources.items()}
        span = TimeSpan(
            min(key.since_s for key in group_keys), max(key.until_s for key in group_keys)
        )
        for path in files_within(archive, span, group):
            for start, source, level, entity, count in _rows(path, ids):
                for key in by_entity.get((level, entity, events_signal(signals.get(source))), ()):
                    if key.since_s <= start < key.until_s:
                        out[key][start] = out[key].get(start, 0) + count
    return out


def with_zeros(
    counts: dict[int, int], buckets: Buckets, since_s: float, until_s: float
) -> list[int]:
    """List the counts of all buckets of a span, also those that are zero."""
    out, start = [], buckets.start(since_s)
    while start < until_s:
        out.append(counts.get(start, 0))
        start = buckets.end(start)
    return out


def _rows(path: Path, ids: Set[str]) -> Iterator[tuple[int, str, str, str, int]]:
    file = open_table(path, COUNTS, read_dictionary=["id"])
    try:
        for batch in file.iter_batches(_ROWS, columns=_COLUMNS):
            names = batch.column("id")
            known = _known(names.dictionary, ids)
            if not known.any():
                continue
            numbers = np.flatnonzero(known[names.indices.to_numpy()])
            found = batch.take(pa.array(numbers)).to_pydict()
            for start, source, level, entity, count in zip(*found.values(), strict=True):
                yield int(start.timestamp()), source, level, form_of_stored(entity), count
    except (pa.ArrowException, OSError) as error:
        raise damaged_file(path, error) from None


def _known(stored: pa.Array, ids: Set[str]) -> npt.NDArray[np.bool_]:
    """Say which stored ids are those that are asked for, in the form that counts today."""
    known = pc.is_in(stored, value_set=pa.array(sorted(ids), pa.string()))
    known = np.array(known.to_numpy(zero_copy_only=False), dtype=bool)
    plain = pc.ascii_is_alnum(stored).to_numpy(zero_copy_only=False)
    for number in np.flatnonzero(~known & ~plain).tolist():  # a plain id has one form
        known[number] = form_of_stored(stored[number].as_py()) in ids
    return known
