"""What complaints named, day by day: category, platform, region and kind, from an archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from streams.archive.facts import CELLS, USES
from streams.archive.facts_counted import CELLS_WORD
from streams.archive.read.buckets import epochs
from streams.archive.read.files import TimeSpan, beside, counted_signals, files_within
from streams.archive.read.reader import Archive
from streams.archive.tables import BUCKETS, read_table
from streams.counts.bucket import Buckets
from streams.names.canonical import form_of_stored

_NAMES = ("category", "platform", "region", "kind")


class ComplaintNames(NamedTuple):
    """Complaints of a day that named the same; "" is what they did not name.

    Attributes
    ----------
    day
        Number of the calendar day.
    category, platform, region, kind
        What they named.
    total
        How many; 0 says no more than that names were counted on this day.
    """

    day: int
    category: str
    platform: str
    region: str
    kind: str
    total: int


def read_complaint_names(
    archive: Archive, span: TimeSpan, days: Buckets
) -> Iterator[ComplaintNames]:
    """Read what complaints named in a span; the same names may be given several times a day.

    Parameters
    ----------
    archive
        The archive. A source that counts cells gives those, another what its events name, if its
        lanes counted that; of others nothing is given.
    span
        The span.
    days
        The calendar.

    Raises
    ------
    ArchiveUnusable
        If a file is damaged.
    """
    signals = counted_signals(archive)
    complaints = {
        name: source.facts
        for name, source in archive.manifest.sources.items()
        if signals[name] == "complaints"
    }
    cells = [name for name, facts in complaints.items() if CELLS_WORD in facts]
    uses = [
        name for name, facts in complaints.items() if CELLS_WORD not in facts and "uses" in facts
    ]
    for path in files_within(archive, span):
        if cells:
            yield from _counted_days(beside(path, "buckets"), cells, span, days)
        for name, schema, sources in ((CELLS_WORD, CELLS, cells), ("uses", USES, uses)):
            found = beside(path, name)
            if not sources or not found.exists():
                continue  # it may be of another group
            table = read_table(found, schema, ["bucket", "source", *_NAMES, "total"])
            yield from _summed(_of(table, sources, span), days)


def _of(table: pa.Table, sources: list[str], span: TimeSpan) -> pa.Table:
    """Return the rows of some sources in a span."""
    starts = epochs(table, "bucket")
    inside = pa.array((starts >= span.since_s) & (starts < span.until_s))
    of_source = table["source"].cast(pa.string())
    wanted = pc.is_in(of_source, value_set=pa.array(sources, pa.string()))
    return table.filter(pc.and_(inside, wanted))


def _counted_days(
    path: Path, sources: list[str], span: TimeSpan, days: Buckets
) -> Iterator[ComplaintNames]:
    """Give the days of which some sources have buckets that are no gaps: they may have no cells."""
    table = _of(read_table(path, BUCKETS, ["bucket", "source", "gap"]), sources, span)
    starts = epochs(table.filter(pc.invert(table["gap"])), "bucket")
    for day in sorted({days.day(start) for start in set(starts.tolist())}):
        yield ComplaintNames(day, "", "", "", "", 0)


def _summed(table: pa.Table, days: Buckets) -> Iterator[ComplaintNames]:
    starts = epochs(table, "bucket")
    known = {start: days.day(start) for start in set(starts.tolist())}
    columns = {"day": pa.array([known[start] for start in starts.tolist()], pa.int64())}
    for name in _NAMES:
        columns[name] = pc.fill_null(table[name].cast(pa.string()), "")
    columns["total"] = table["total"]
    sums = pa.table(columns).group_by(["day", *_NAMES]).aggregate([("total", "sum")])
    rows = zip(*(sums[name].to_pylist() for name in ("day", *_NAMES, "total_sum")), strict=True)
    for day, category, platform, region, kind, total in rows:
        # What had no room in its bucket is counted by a kind of its own, which no event can name.
        known_kind = "" if kind.startswith("\t") else kind
        yield ComplaintNames(day, _form(category), _form(platform), region, known_kind, total)


def _form(name: str) -> str:
    return form_of_stored(name) if name else ""
