"""Totals of long spans, read from an archive file by file: by day, or for a whole span.

Nothing but sums is held in memory, and of a file only a million rows at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Set
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from streams.archive.read.buckets import epochs
from streams.archive.read.files import TimeSpan, beside, counted_signals, files_within
from streams.archive.read.reader import Archive
from streams.archive.tables import BUCKETS, COUNTS, damaged_file, open_table, read_table
from streams.counts.bucket import Buckets
from streams.items import BEYOND_THE_BOUND
from streams.names.canonical import form_of_stored

_COLUMNS = ["bucket", "source", "level", "id", "count"]
_ROWS = 1 << 20


class EntityTotal(NamedTuple):
    """What was counted of an entity.

    Attributes
    ----------
    day
        Number of the calendar day (`Buckets.day`); 0 where days are added up.
    signal
        ``sends`` or ``complaints``.
    level, id
        The entity.
    total
        How many.
    """

    day: int
    signal: str
    level: str
    id: str
    total: int


def read_totals(
    archive: Archive, span: TimeSpan, levels: Collection[str], *, days: Buckets | None = None
) -> Iterator[EntityTotal]:
    """Read what was counted in a span; the same entity may be given several times.

    Parameters
    ----------
    archive
        The archive.
    span
        The span.
    levels
        The levels to read.
    days
        The calendar to give days apart by; None adds them up.

    Raises
    ------
    ArchiveUnusable
        If a file is damaged.
    """
    signals = counted_signals(archive)
    for path in files_within(archive, span):
        for table in _batches(path, span, levels):
            for at, source, level, entity, count in _summed(table, days):
                if entity not in BEYOND_THE_BOUND:
                    yield EntityTotal(
                        at, signals.get(source, ""), level, form_of_stored(entity), count
                    )


def first_days(
    archive: Archive, until_s: float, level: str, names: Set[str], days: Buckets
) -> dict[str, int]:
    """Say on which day names were counted first, of those that were counted before a time.

    Parameters
    ----------
    archive
        The archive.
    until_s
        The time, epoch s.
    level, names
        Whose days are asked for.
    days
        The calendar.

    Raises
    ------
    ArchiveUnusable
        If a file is damaged.
    """
    found: dict[str, int] = {}
    for path in files_within(archive, TimeSpan(float("-inf"), until_s)):
        for table in _batches(path, TimeSpan(float("-inf"), until_s), [level]):
            stored = pc.unique(table["id"]).to_pylist()
            wanted = [name for name in stored if form_of_stored(name) in names]
            if not wanted:
                continue
            rows = table.filter(pc.is_in(table["id"], value_set=pa.array(wanted, pa.string())))
            for start, name in zip(
                epochs(rows, "bucket").tolist(), rows["id"].to_pylist(), strict=True
            ):
                entity, day = form_of_stored(name), days.day(start)
                found[entity] = min(day, found.get(entity, day))
    return found


def recorded_days(archive: Archive, span: TimeSpan, days: Buckets) -> dict[str, dict[int, float]]:
    """Say which part of each day of a span is recorded: by signal, and number of the day.

    Parameters
    ----------
    archive
        The archive.
    span
        The span.
    days
        The calendar.

    Raises
    ------
    ArchiveUnusable
        If a file is damaged.
    """
    seconds: dict[tuple[str, int], set[tuple[int, int]]] = defaultdict(set)
    signals = counted_signals(archive)
    for path in files_within(archive, span):
        table = read_table(
            beside(path, "buckets"), BUCKETS, ["bucket", "bucket_end", "source", "gap"]
        )
        columns = (
            epochs(table, "bucket").tolist(), epochs(table, "bucket_end").tolist(),
            table["source"].to_pylist(), table["gap"].to_pylist(),
        )  # fmt: skip
        for start, end, source, gap in zip(*columns, strict=True):
            if span.since_s <= start < span.until_s and not gap:
                seconds[signals.get(source, ""), days.day(start)].add((start, end))
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for (signal, day), spans in seconds.items():
        start = days.start(min(first for first, _ in spans))
        lasted = sum(end - first for first, end in spans)
        found[signal][day] = min(lasted / (days.end(start) - start), 1.0)
    return dict(found)


def _batches(path: Path, span: TimeSpan, levels: Collection[str]) -> Iterator[pa.Table]:
    file = open_table(path, COUNTS)
    wanted = pa.array(sorted(levels), pa.string())
    try:
        for batch in file.iter_batches(_ROWS, columns=_COLUMNS):
            table = pa.table(batch)
            for name in ("source", "level"):
                at = table.column_names.index(name)
                table = table.set_column(at, name, table[name].cast(pa.string()))
            starts = epochs(table, "bucket")
            inside = pa.array((starts >= span.since_s) & (starts < span.until_s))
            table = table.filter(pc.and_(inside, pc.is_in(table["level"], value_set=wanted)))
            if len(table):
                yield table
    except (pa.ArrowException, OSError) as error:
        raise damaged_file(path, error) from None


def _summed(table: pa.Table, days: Buckets | None) -> Iterator[tuple[int, str, str, str, int]]:
    starts = epochs(table, "bucket")
    known = {start: 0 if days is None else days.day(start) for start in set(starts.tolist())}
    keyed = table.drop_columns(["bucket"]).append_column(
        "day", pa.array([known[start] for start in starts.tolist()], pa.int64())
    )
    sums = keyed.group_by(["day", "source", "level", "id"]).aggregate([("count", "sum")])
    columns = [sums[name].to_pylist() for name in ("day", "source", "level", "id", "count_sum")]
    yield from zip(*columns, strict=True)
