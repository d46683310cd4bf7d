"""Reads the raw events of an archive, so that they can be counted again.

An event is stored as it was decoded, not as it came: fields that Weathervane does not know, such as
the text of a message, are not in it. Rejects are not stored.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from streams.archive.record.writer import partition_file
from streams.archive.tables import EVENTS, damaged_file, open_table, with_new_columns
from streams.counts.lane_records import LaneRecord

_ROWS = 1 << 16


def events_folder(root: Path, source: str) -> Path:
    """Name the folder of a source's events."""
    return root / "events" / f"source={source}"


class RecordedEvents:
    """The recorded events of a source: its partitions merged in the order of writing.

    Parameters
    ----------
    root, source
        The archive's folder, and the source's name.

    Attributes
    ----------
    lanes
        How many partitions had events; they are the lanes, in the order of their numbers.
    bytes_total, bytes_read
        The size of the files, and of those that have been opened.
    records_read
        How many records have been read.
    damage
        Always empty: a damaged file is an error.
    """

    def __init__(self, root: Path, source: str) -> None:
        self.damage: list[str] = []
        found = sorted(
            (*partition_file(path), path)
            for path in events_folder(root, source).glob("day=*/*.parquet")
        )
        partitions = sorted({partition for partition, _, _ in found})
        self._files = [
            [path for number, _, path in found if number == partition] for partition in partitions
        ]
        self.lanes = len(partitions)
        self.bytes_total = sum(path.stat().st_size for _, _, path in found)
        self.bytes_read = self.records_read = 0

    def __iter__(self) -> Iterator[LaneRecord]:
        lanes = [self._lane(lane, files) for lane, files in enumerate(self._files)]
        # Of one time, as all events of files have it, those of all partitions side by side: buckets
        # close in step, and few are open.
        return heapq.merge(
            *lanes, key=lambda record: (record.written_s or 0.0, record.offset, record.lane)
        )

    def _lane(self, lane: int, files: Iterable[Path]) -> Iterator[LaneRecord]:
        for path in files:
            self.bytes_read += path.stat().st_size
            try:
                for batch in open_table(path, EVENTS).iter_batches(_ROWS):
                    rows = with_new_columns(pa.Table.from_batches([batch]), EVENTS)
                    columns = (column.to_pylist() for column in rows.columns)
                    for offset, written_s, text, appended in zip(*columns, strict=True):
                        self.records_read += 1
                        yield LaneRecord(lane, offset, text.encode(), written_s, bool(appended))
            except (pa.ArrowException, OSError) as error:
                raise damaged_file(path, error) from None
