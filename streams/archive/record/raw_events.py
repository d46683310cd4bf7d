"""Raw events on Kafka to an archive, as they were understood: what was a reject is not kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from streams.archive.read.raw_events import EVENTS, folder
from streams.archive.record.state import Partition
from streams.archive.record.writer import write
from streams.config.sources import Source
from streams.sources.event_json import Decoder, encode_event
from streams.sources.rejects import Undecodable


class _Event(NamedTuple):
    offset: int
    written_s: float | None
    json: str


class Kept:
    """Takes the records of sources' topics, and holds their events until they are written.

    Parameters
    ----------
    root
        The archive's folder.
    sources
        Whose events.

    Attributes
    ----------
    folders
        Where each topic's events are.
    events, rejected
        What has been taken since it was made; rejected are events that are none.
    """

    def __init__(self, root: Path, sources: Iterable[Source]) -> None:
        of = {source.topic: source for source in sources}
        self.folders = {topic: folder(root, source.name) for topic, source in of.items()}
        self._decoders = {topic: Decoder(source) for topic, source in of.items()}
        self.events = self.rejected = 0
        self._held: dict[Partition, list[_Event]] = {}

    @property
    def held(self) -> int:
        """Events held."""
        return sum(map(len, self._held.values()))

    def take(
        self, place: Partition, offset: int, value: bytes | None, written_s: float | None
    ) -> None:
        """Take a record, with its timestamp."""
        try:
            event = self._decoders[place.topic].decode(value, written_s)
        except Undecodable:
            self.rejected += 1  # the counter keeps it, on `rejects`
            return
        self.events += 1
        kept = _Event(offset, written_s, encode_event(event).decode())
        self._held.setdefault(place, []).append(kept)

    def write(self) -> None:
        """Write what is held, by the day on which the first of a partition was written.

        Raises
        ------
        OSError
            Where the disk does not take it.
        """
        for (topic, number), held in sorted(self._held.items()):
            day = dt.datetime.fromtimestamp(held[0].written_s or 0.0, dt.UTC).date()
            columns = [list(column) for column in zip(*held, strict=True)]
            path = self.folders[topic] / f"day={day}" / f"{number}.{held[0].offset}.parquet"
            write(path, pa.table(columns, schema=EVENTS))
        self._held = {}
