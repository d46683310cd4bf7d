"""Reads which rows of the registry hold from which recorded bucket on."""

from __future__ import annotations

from pathlib import Path

from streams.archive.manifest import ArchiveUnusable
from streams.archive.read.buckets import epochs
from streams.archive.tables import REGISTRY, read_table
from streams.registry.control import RegistryRow
from streams.registry.topic_rows import RowUnreadable, TopicRow, read_row


def recorded_rows(path: Path) -> dict[int, list[RegistryRow]]:
    """Read a file: rows in their order, by the start of their bucket, epoch s.

    Raises
    ------
    ArchiveUnusable
        If it is damaged, or another version's.
    """
    table = read_table(path, REGISTRY)
    found: dict[int, list[RegistryRow]] = {}
    columns = [table[name].to_pylist() for name in ("seq", "key", "entry", "goes_on")]
    for start, seq, key, entry, goes_on in zip(
        epochs(table, "bucket").tolist(), *columns, strict=True
    ):
        value = None if entry is None else entry.encode()
        try:
            row = read_row(TopicRow(seq - 1, key.encode(), value, goes_on))
        except RowUnreadable as error:
            raise ArchiveUnusable(
                f"{path}: must hold rows of the registry; {key!r}: {error}. Restore it, or record"
                " again"
            ) from None
        found.setdefault(start, []).append(row)
    return found
