"""Writes raw events that come from Kafka into an archive; rejects are not recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from streams.archive.read.events import events_folder
from streams.archive.record.state import Partition
from streams.archive.tables import EVENTS, write_table
from streams.config.sources import Source
from streams.items import Place, Reject
from streams.sources.event_json import Decoder, encode_event
from streams.sources.reject_tally import RejectTally
from streams.sources.rejects import Undecodable


class _EventRow(NamedTuple):
    offset: int
    written_s: float | None
    json: str
    appended: bool


class RawEventsWriter:
    """Takes the records of the sources' topics, and holds the events until they are written.

    Parameters
    ----------
    root
        The archive's folder.
    sources
        The sources whose events are recorded.

    Attributes
    ----------
    folders
        The folder of each topic's events.
    events
        How many events it has taken since it was made.
    rejects
        The rejects that it has met since then.
    """

    def __init__(self, root: Path, sources: Iterable[Source]) -> None:
        by_topic = {source.topic: source for source in sources}
        self.folders = {
            topic: events_folder(root, source.name) for topic, source in by_topic.items()
        }
        self._decoders = {topic: Decoder(source) for topic, source in by_topic.items()}
        self.events = 0
        self.rejects = RejectTally()
        self._held: dict[Partition, list[_EventRow]] = {}

    @property
    def held(self) -> int:
        """How many events are held and not written."""
        return sum(map(len, self._held.values()))

    def take(
        self,
        partition: Partition,
        offset: int,
        value: bytes | None,
        written_s: float | None,
        *,
        appended: bool = False,
    ) -> None:
        """Take a record, with its timestamp in epoch s, and whether the broker set this."""
        try:
            event = self._decoders[partition.topic].decode(value, written_s)
        except Undecodable as error:
            # The counter writes it to the topic `rejects`.
            place = Place(partition.topic, partition.number, offset)
            self.rejects.add(Reject(error.reason, error.detail, place, b""))
            return
        self.events += 1
        row = _EventRow(offset, written_s, encode_event(event).decode(), appended)
        self._held.setdefault(partition, []).append(row)

    def write(self) -> None:
        """Write what is held, into the folder of the day on which a partition's first was written.

        Raises
        ------
        OSError
            If the disk does not take it.
        """
        for (topic, number), held in sorted(self._held.items()):
            day = dt.datetime.fromtimestamp(held[0].written_s or 0.0, dt.UTC).date()
            columns = [list(column) for column in zip(*held, strict=True)]
            path = self.folders[topic] / f"day={day}" / f"{number}.{held[0].offset}.parquet"
            write_table(path, pa.table(columns, schema=EVENTS))
        self._held = {}
