"""Writes raw events that come from Kafka into an archive; rejects are not recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from streams.archive.read.events import events_folder
from streams.archive.record.state import Partition
from streams.archive.tables import EVENTS, write_table
from streams.config.sources import Source
from streams.items import End, Event, Place, Reject, Skipped
from streams.sources.event_json import Decoder, encode_event
from streams.sources.formats.format import Headers
from streams.sources.mapping.asking import AskingItems
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
    hash_key
        The key for hashing people in topics that are another's.

    Attributes
    ----------
    folders
        The folder of each topic's events.
    events
        How many events it has taken since it was made.
    rejects
        The rejects that it has met since then.
    """

    def __init__(
        self, root: Path, sources: Iterable[Source], hash_key: bytes | None = None
    ) -> None:
        by_topic = {source.topic: source for source in sources}
        self.folders = {
            topic: events_folder(root, source.name) for topic, source in by_topic.items()
        }
        self._sources = by_topic
        self._decoders = {topic: Decoder(source) for topic, source in by_topic.items()}
        self._items = {
            topic: AskingItems(source, hash_key)
            for topic, source in by_topic.items()
            if source.only_read
        }
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
        headers: Headers = (),
        *,
        appended: bool = False,
    ) -> None:
        """Take a record, with its timestamp in epoch s, and whether the broker set this."""
        found = self._decode(partition, offset, value, written_s, headers)
        for index, item in enumerate(found):
            if isinstance(item, Undecodable):
                # The counter writes it to the topic `rejects`.
                several = index if len(found) > 1 else None
                place = Place(partition.topic, partition.number, offset, index=several)
                self.rejects.add(Reject(item.reason, item.detail, place, b""))
            elif not isinstance(item, Skipped):
                self.events += 1
                row = _EventRow(offset, written_s, encode_event(item).decode(), appended)
                self._held.setdefault(partition, []).append(row)

    def _decode(
        self,
        partition: Partition,
        offset: int,
        value: bytes | None,
        written_s: float | None,
        headers: Headers,
    ) -> Sequence[Event | End | Skipped | Undecodable]:
        topic, number = partition
        if topic in self._items:
            record_id = self._sources[topic].record_id(number, offset)
            return self._items[topic].of_record(value, headers, record_id, written_s)
        try:
            return [self._decoders[topic].decode(value, written_s)]
        except Undecodable as error:
            return [error]

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
