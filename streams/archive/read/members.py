"""What a platform's senders counted, with the names that they belong to, from an archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from streams.archive.read.buckets import epochs
from streams.archive.read.files import TimeSpan, counted_signals, files_within
from streams.archive.read.reader import Archive
from streams.archive.tables import COUNTS, damaged_file, open_table, with_new_columns
from streams.counts.bucket import Buckets
from streams.items import BEYOND_THE_BOUND
from streams.names.canonical import form_of_stored

NAMES_OF: Final = ("merchant", "signature", "access_code")
"""What a sender's names are given of."""

_BETWEEN = "\t"
"""Between names that are joined: no name holds it."""


class MemberTotal(NamedTuple):
    """What a sender of a platform counted on a day.

    Attributes
    ----------
    day
        Number of the calendar day.
    signal
        ``sends`` or ``complaints``.
    sender
        Its id.
    merchants, signatures, access_codes
        What it belonged to in the buckets that are added up: mostly one name each.
    shared
        Whether it belonged to other platforms, too.
    total
        How many.
    """

    day: int
    signal: str
    sender: str
    merchants: tuple[str, ...]
    signatures: tuple[str, ...]
    access_codes: tuple[str, ...]
    shared: bool
    total: int


def read_members(
    archive: Archive, span: TimeSpan, platform: str, days: Buckets
) -> Iterator[MemberTotal]:
    """Read what a platform's senders counted in a span; a sender may be given several times a day.

    Parameters
    ----------
    archive
        The archive.
    span
        The span.
    platform
        The platform, in the form that counts.
    days
        The calendar.

    Raises
    ------
    ArchiveUnusable
        If a file is damaged.
    """
    signals = counted_signals(archive)
    for path in files_within(archive, span):
        for table in _batches(path, span, platform):
            for day, source, sender, shared, *names, total in _summed(table, days):
                if sender in BEYOND_THE_BOUND:
                    continue
                merchants, signatures, codes = map(_names, names)
                yield MemberTotal(
                    day, signals.get(source, ""), form_of_stored(sender), merchants, signatures,
                    codes, shared, total,
                )  # fmt: skip


def _names(joined: str) -> tuple[str, ...]:
    return tuple(sorted(set(map(form_of_stored, filter(None, joined.split(_BETWEEN))))))


def _batches(path: Path, span: TimeSpan, platform: str) -> Iterator[pa.Table]:
    file = open_table(path, COUNTS)
    try:
        for number in range(file.num_row_groups):
            table = with_new_columns(file.read_row_group(number), COUNTS)
            starts = epochs(table, "bucket")
            inside = pa.array((starts >= span.since_s) & (starts < span.until_s))
            is_sender = pc.equal(table["level"].cast(pa.string()), "sender")
            table = table.filter(pc.and_(inside, is_sender))
            if len(table):
                table = table.take(_rows_of(table, platform))
            if len(table):
                yield table
    except (pa.ArrowException, OSError) as error:
        raise damaged_file(path, error) from None


def _rows_of(table: pa.Table, platform: str) -> pa.Array:
    """Return the rows of senders that belong to a platform."""
    column = table["platform"].combine_chunks()
    flat = pc.list_flatten(column)
    stored = pc.unique(flat).to_pylist()
    wanted = [name for name in stored if name is not None and form_of_stored(name) == platform]
    matches = pc.is_in(flat, value_set=pa.array(wanted, pa.string()))
    return pc.unique(pc.filter(pc.list_parent_indices(column), matches))


def _summed(
    table: pa.Table, days: Buckets
) -> Iterator[tuple[int, str, str, bool, str, str, str, int]]:
    starts = epochs(table, "bucket")
    known = {start: days.day(start) for start in set(starts.tolist())}
    columns = {
        "day": pa.array([known[start] for start in starts.tolist()], pa.int64()),
        "source": table["source"].cast(pa.string()),
        "id": table["id"],
        "shared": pc.greater(pc.list_value_length(table["platform"]), 1),
        "total": table["count"],
    }
    for name in NAMES_OF:
        columns[name] = pc.fill_null(pc.binary_join(table[name], _BETWEEN), "")
    keys = ["day", "source", "id", "shared", *NAMES_OF]
    sums = pa.table(columns).group_by(keys).aggregate([("total", "sum")])
    yield from zip(*(sums[name].to_pylist() for name in (*keys, "total_sum")), strict=True)
