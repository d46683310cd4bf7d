"""What the records of a source become: events, rejects, or nothing that the source wants.

`RecordItems` is the one place where a record becomes events, of a file (`streams.sources.read`) as
of a topic that holds records of the source's format.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import msgspec

from streams.config.sources import Source
from streams.items import SKIPPED, End, Event, Place, Reject, Skipped
from streams.sources.assemble import Assembler
from streams.sources.batch import EventBatch
from streams.sources.event_json import Decoder
from streams.sources.files.input_file import LARGEST_RECORD
from streams.sources.formats.format import Headers, Values
from streams.sources.formats.rows import all_rows
from streams.sources.json_errors import too_big
from streams.sources.lost_fields import LostFields
from streams.sources.rejects import Undecodable
from streams.sources.schemas.table import SchemaNeeded, SchemaTable
from streams.sources.times.repeated_hour import RepeatedHours

Item = Event | Undecodable | Skipped
"""What an item of a record is."""


class RecordItems:
    """Makes the items of a source's records.

    Parameters
    ----------
    source
        Its table says what is where.
    hash_key
        The key for hashing recipients and reporters.
    repeated
        Order of the local times of files; a topic has none, as a recount begins anywhere.
    schemas
        What is decided about the schemas that the records name.

    Attributes
    ----------
    lost
        The fields that events had to do without.

    Raises
    ------
    ValueError
        Where the records name people and there is no key.
    """

    def __init__(
        self,
        source: Source,
        hash_key: bytes | None,
        repeated: RepeatedHours | None = None,
        schemas: SchemaTable | None = None,
    ) -> None:
        if source.hashes_people and hash_key is None:
            raise ValueError(f"sources.{source.name} names people: it must have a key")
        self._source = source
        self._own = Decoder(source) if source.own_events else None
        self._assembler = None if source.own_events else Assembler(source, hash_key, repeated)
        record = None if source.own_events else source.format.record
        columns = source.columns.with_schemas(SchemaTable() if schemas is None else schemas)
        decoder = None if record is None else record(columns)
        self._decode = None if decoder is None else decoder.items
        self._rows = None if decoder is None else all_rows(decoder)
        self.lost = LostFields() if self._assembler is None else self._assembler.lost
        # After the change event of a deletion comes a tombstone.
        self._deletions = "debezium" in columns.unwrap

    @property
    def names_changed(self) -> int:
        """How many names were brought to another form, each for each sender that has it."""
        maker = self._own or self._assembler
        return 0 if maker is None else maker.names_changed

    def of_record(
        self, value: bytes | None, headers: Headers, record_id: str, written_s: float | None
    ) -> list[Item]:
        """Return what a record becomes; nothing, an event, or many items.

        Parameters
        ----------
        value, headers
            The record; None is a tombstone. A file's records have no headers.
        record_id
            The id of its event where the record has none of its own; ``:<index>`` is added where
            it has several items.
        written_s
            When it was written, epoch s; None where that is not known.

        Raises
        ------
        SchemaNeeded
            Where the record names a schema that must be decided about first.
        """
        try:
            if self._own is not None:
                return [self._own_event(value, written_s)]
            if value is None and self._deletions:
                return [SKIPPED]
            if value is None:
                raise Undecodable("tombstone", "a record must have a value; found a tombstone")
            if len(value) > LARGEST_RECORD:
                raise too_big(value)
            if self._decode is None:
                raise TypeError(f"format {self._source.format.name!r} must yield values")
            found = list(self._decode(value, headers))
        except Undecodable as error:
            return [error]
        if len(found) == 1:
            return [self.of_values(found[0], record_id, written_s)]
        return [
            self.of_values(values, f"{record_id}:{index}", written_s)
            for index, values in enumerate(found)
        ]

    def batch(
        self, values: Sequence[bytes], headers: Sequence[Headers], written_s: Sequence[float]
    ) -> tuple[EventBatch | None, Sequence[bool]] | None:
        """Make the events of many records as far as counting looks at them, at less cost.

        Returns
        -------
        (EventBatch or None, sequence of bool), or None
            The events, None where all records are skipped, and which records are not. None
            instead of both if a record may be no event, or several, or its id is its place: then
            each must be taken by itself.
        """
        if self._rows is None or self._assembler is None:
            return None
        if len(max(values, key=len)) > LARGEST_RECORD:
            return None
        try:
            wanted, columns = self._rows(values, headers)
        except (Undecodable, SchemaNeeded, ValueError):
            return None
        if not columns:
            return None, wanted
        batch = self._assembler.batch(columns, list(compress(written_s, wanted)))
        return None if batch is None else (batch, wanted)

    def of_values(
        self, values: Values | Undecodable | Skipped, record_id: str, written_s: float | None
    ) -> Item:
        """Return what the values of a record's one item become; see `of_record`."""
        if type(values) is not tuple:
            if isinstance(values, Undecodable | Skipped):
                return values
            raise TypeError(f"format {self._source.format.name!r} must yield its fields' values")
        assert self._assembler is not None, "own events are no values"
        try:
            return self._assembler.event(record_id, values, written_s)
        except Undecodable as error:
            return error

    def _own_event(self, value: bytes | None, written_s: float | None) -> Event:
        assert self._own is not None, "asked only for own events"
        event = self._own.decode(value, written_s)
        if isinstance(event, End):
            raise Undecodable(
                "wrong_kind", f"type must be {self._source.kind} in a file; found an end mark"
            )
        return event


def reject(
    error: Undecodable, place: Place, raw: bytes, index: int, items: int, *, whole: bool = True
) -> Reject:
    """Return the reject of an item: `index` says which of its record's `items` it is.

    It is `whole` if it is the first reject of them.
    """
    if items > 1:
        place = msgspec.structs.replace(place, index=index)
    return Reject(error.reason, error.detail, place, raw, whole)
