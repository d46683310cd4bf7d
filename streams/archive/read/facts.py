"""Reads what was counted beside totals, bucket by bucket, next to the counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pyarrow as pa

from streams.archive.facts import FactTable, Row, facts_of, rows_of
from streams.archive.manifest import ArchiveUnusable
from streams.archive.tables import damaged_file, open_table
from streams.facts.bucket import Facts

ROWS_AT_ONCE = 65_536
"""Rows of a file that are in memory at a time, unless one bucket has more."""

_Bucket = tuple[int, list[Row]]


class RecordedFacts:
    """The facts of the buckets of some files, which are asked for in their order.

    Parameters
    ----------
    files
        The file of each table, for the same buckets.

    Raises
    ------
    ArchiveUnusable
        If a file has other columns; when it is read, if it is damaged.
    """

    def __init__(self, files: Sequence[tuple[FactTable, Path]]) -> None:
        self._tables = [(table, path, _buckets(table, path)) for table, path in files]
        self._next = {table.name: next(buckets, None) for table, _, buckets in self._tables}

    def facts_at(self, start: int) -> Facts:
        """Return the facts of a bucket.

        Raises
        ------
        ArchiveUnusable
            If a file is damaged.
        """
        found: dict[str, list[Row]] = {}
        for table, _, buckets in self._tables:
            held = self._next[table.name]
            if held is not None and held[0] == start:
                found[table.name] = held[1]
                self._next[table.name] = next(buckets, None)
        try:
            return facts_of(found)
        except ValueError as error:  # a sketch that is none
            paths = ", ".join(str(path) for _, path, _ in self._tables)
            raise ArchiveUnusable(
                f"{paths}: must hold what was counted beside totals; {error}. Restore them, or"
                " record again"
            ) from None

    @property
    def left(self) -> Path | None:
        """A file that holds buckets that were not asked for; None where none does."""
        return next((path for table, path, _ in self._tables if self._next[table.name]), None)


def _buckets(table: FactTable, path: Path) -> Iterator[_Bucket]:
    for start, rows in groupby(_rows(table, path), key=itemgetter(0)):
        yield start, [row for _, row in rows]


def _rows(table: FactTable, path: Path) -> Iterator[tuple[int, Row]]:
    file = open_table(path, table.schema)
    try:
        for batch in file.iter_batches(ROWS_AT_ONCE):
            yield from rows_of(batch)
    except (pa.ArrowException, OSError) as error:
        raise damaged_file(path, error) from None
