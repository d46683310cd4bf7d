"""Raw events of an archive: what was read from the sources' topics, so that it can be recounted.

An event is kept as it was understood, not as it came: fields that Weathervane does not know, a
message's text among them, are not in it. What was a reject is not kept at all.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from streams.analysis.replay import Row
from streams.archive.parquet import damaged, opened
from streams.archive.record.writer import told_file

EVENTS = pa.schema(
    [
        ("offset", pa.int64()),
        ("written_s", pa.float64()),
        ("json", pa.string()),
    ]
)
"""A row for each event or end mark of a partition: `written_s` is the record's timestamp."""

_ROWS = 1 << 16


def folder(root: Path, source: str) -> Path:
    """Where a source's events are."""
    return root / "events" / f"source={source}"


class RecordedEvents:
    """A source's recorded events, its partitions side by side in the order of writing.

    Parameters
    ----------
    root, source
        The archive's folder, and the source's name.

    Attributes
    ----------
    lanes
        How many partitions had events: these are the lanes, in order of their numbers.
    bytes_total, bytes_read
        Of the files; read are those that have been come to.
    damage
        Nothing: a damaged file is an error.
    """

    def __init__(self, root: Path, source: str) -> None:
        self.damage: list[str] = []
        found = sorted(
            (*told_file(path), path) for path in folder(root, source).glob("day=*/*.parquet")
        )
        partitions = sorted({partition for partition, _, _ in found})
        self._files = [[path for n, _, path in found if n == one] for one in partitions]
        self.lanes = len(partitions)
        self.bytes_total = sum(path.stat().st_size for _, _, path in found)
        self.bytes_read = 0

    def __iter__(self) -> Iterator[Row]:
        lanes = [self._lane(lane, files) for lane, files in enumerate(self._files)]
        return heapq.merge(*lanes, key=lambda row: (row.written_s or 0.0, row.lane, row.offset))

    def _lane(self, lane: int, files: Iterable[Path]) -> Iterator[Row]:
        for path in files:
            self.bytes_read += path.stat().st_size
            try:
                for batch in opened(path, EVENTS).iter_batches(_ROWS):
                    offsets, times, texts = (column.to_pylist() for column in batch.columns)
                    for offset, written_s, text in zip(offsets, times, texts, strict=True):
                        yield Row(lane, offset, text.encode(), written_s)
            except (pa.ArrowException, OSError) as error:
                raise damaged(path, error) from None
