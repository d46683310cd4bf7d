"""The files of raw events in an archive: they are held until they are written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa

from streams.archive.read.events import events_folder
from streams.archive.tables import EVENTS, write_table
from streams.counts.lane_records import LaneEvent, LaneRecord
from streams.sources.event_json import encode_event

EVENTS_HELD = 500_000
"""Most events that are held before they are written."""


class EventFiles:
    """Holds events, each as a record of Weathervane's own, and writes them.

    Parameters
    ----------
    root
        The archive's folder.

    Attributes
    ----------
    held, events
        How many events are held and not written, and how many it has taken.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._held: dict[tuple[str, int], list[LaneRecord]] = {}
        self.held = self.events = 0

    def add(self, source: str, record: LaneRecord) -> None:
        """Take an event of a source, or an end mark."""
        self._held.setdefault((source, record.lane), []).append(record)
        self.held += 1
        self.events += 1

    def add_event(self, source: str, event: LaneEvent) -> None:
        """Take an event of a source's files."""
        lane, offset, kept, written_s = event
        self.add(source, LaneRecord(lane, offset, encode_event(kept), written_s))

    def write(self) -> None:
        """Write what is held, into the folder of the day on which a lane's first was written.

        Raises
        ------
        OSError
            If the disk does not take it.
        """
        for (source, number), held in sorted(self._held.items()):
            day = dt.datetime.fromtimestamp(held[0].written_s or 0.0, dt.UTC).date()
            columns: list[list[object]] = [
                [record.offset for record in held],
                [record.written_s for record in held],
                [record.value.decode() for record in held],
                [record.appended for record in held],
            ]
            folder = events_folder(self._root, source) / f"day={day}"
            path = folder / f"{number}.{held[0].offset}.parquet"
            write_table(path, pa.table(columns, schema=EVENTS))
        self._held, self.held = {}, 0
