"""Makes raw events of the records of sources' topics, for an archive; rejects are not recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from streams.archive.read.events import events_folder
from streams.archive.record.event_files import EventFiles
from streams.archive.record.state import Partition
from streams.config.sources import Source
from streams.counts.lane_records import LaneRecord
from streams.items import End, Event, Place, Reject, Skipped
from streams.sources.event_json import Decoder, encode_event
from streams.sources.formats.format import Headers
from streams.sources.mapping.record_items import RecordItems
from streams.sources.reject_tally import RejectTally
from streams.sources.rejects import Undecodable
from streams.sources.schemas.table import SchemaTable


class RawEventsWriter:
    """Takes the records of the sources' topics, and holds the events until they are written.

    Parameters
    ----------
    root
        The archive's folder.
    by_topic
        The sources of each topic whose events are recorded.
    hash_key
        The key for hashing people in topics that are another's.

    Attributes
    ----------
    folders
        The folders of each topic's events.
    files
        Hold and write the events.
    schemas
        What is decided about the schemas that records name. The recorder decides nothing itself:
        what counting decided holds, and stands in the topic ``schemas``.
    rejects
        The rejects that it has met since it was made.
    """

    def __init__(
        self,
        root: Path,
        by_topic: Mapping[str, Sequence[Source]],
        hash_key: bytes | None = None,
    ) -> None:
        self.folders = {
            topic: [events_folder(root, source.name) for source in sources]
            for topic, sources in by_topic.items()
        }
        self.files, self.schemas, self.rejects = EventFiles(root), SchemaTable(), RejectTally()
        self._by_topic = by_topic
        self._items: dict[str, RecordItems] = {}
        self._decoders: dict[str, Decoder] = {}
        for source in (source for sources in by_topic.values() for source in sources):
            if source.only_read:
                items = RecordItems(source, hash_key, schemas=self.schemas)
                self._items[source.name] = items
            else:
                self._decoders[source.name] = Decoder(source)

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
        """Take a record, with its timestamp in epoch s, and whether the broker set this.

        Raises
        ------
        SchemaNeeded
            Where its schema is not decided about: nothing is taken of it.
        """
        topic, number = partition
        found = [
            (source, self._decode(source, number, offset, value, written_s, headers))
            for source in self._by_topic[topic]
        ]
        for source, items in found:
            for index, item in enumerate(items):
                if isinstance(item, Undecodable):
                    # The counter writes it to the topic `rejects`.
                    place = Place(topic, number, offset, index=index if len(items) > 1 else None)
                    self.rejects.add(Reject(item.reason, item.detail, place, b""))
                elif not isinstance(item, Skipped):
                    record = LaneRecord(number, offset, encode_event(item), written_s, appended)
                    self.files.add(source.name, record)

    def _decode(
        self,
        source: Source,
        number: int,
        offset: int,
        value: bytes | None,
        written_s: float | None,
        headers: Headers,
    ) -> Sequence[Event | End | Skipped | Undecodable]:
        if source.only_read:
            record_id = source.record_id(number, offset)
            return self._items[source.name].of_record(value, headers, record_id, written_s)
        try:
            return [self._decoders[source.name].decode(value, written_s)]
        except Undecodable as error:
            return [error]
