"""What complaints named, day by day: category, platform, region and kind, from an archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from streams.archive.facts import USES
from streams.archive.read.buckets import epochs
from streams.archive.read.files import TimeSpan, beside, files_within
from streams.archive.read.reader import Archive
from streams.archive.tables import read_table
from streams.counts.bucket import Buckets
from streams.detection.signals import events_signal
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
        The archive. Where its lanes did not count what events name, nothing is given.
    span
        The span.
    days
        The calendar.

    Raises
    ------
    ArchiveUnusable
        If a file is damaged.
    """
    sources = [
        name
        for name, source in archive.manifest.sources.items()
        if events_signal(source.signal) == "complaints" and "uses" in source.facts
    ]
    for path in files_within(archive, span) if sources else ():
        uses = beside(path, "uses")
        if not uses.exists():
            continue  # of another group
        table = read_table(uses, USES, ["bucket", "source", *_NAMES, "total"])
        of_source = table["source"].cast(pa.string())
        starts = epochs(table, "bucket")
        inside = pa.array((starts >= span.since_s) & (starts < span.until_s))
        wanted = pc.is_in(of_source, value_set=pa.array(sources, pa.string()))
        yield from _summed(table.filter(pc.and_(inside, wanted)), days)


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
