"""Takes the records of a raw topic to their lane or to the rejects, live as in a replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import compress
from typing import cast

from streams.config.sources import Source
from streams.counts.lane import Lane
from streams.counts.mark import Mark
from streams.items import SKIPPED, End, Event, Level, Place, Reject
from streams.sources.batch import EventBatch, sender_key
from streams.sources.event_facts import FactColumns
from streams.sources.event_json import Decoder, encode_event
from streams.sources.formats.format import Headers
from streams.sources.lost_fields import LostFields
from streams.sources.mapping.record_items import RecordItems
from streams.sources.rejects import Undecodable

BATCH, PART = 250, 25
"""Records decoded at once: one that needs a closer look has all of them decoded again. And those
that are counted at once where one of a batch may begin or close a bucket."""


class Intake:
    """Takes the records of one lane in their order.

    Parameters
    ----------
    source, number
        The lane: a source and a partition of its topic.
    levels
        Levels to roll up to.
    mark
        Where to start.
    items
        Makes the items of records of the source's format; None where they are our own events.

    Attributes
    ----------
    lane
        The counting itself.
    records, ends
        Records taken, and the end marks among them.
    skipped, passed
        Items that the source leaves out, and records of which nothing else is left.
    rejected
        The number of rejects by reason.
    rejects
        Rejects that the caller has not yet taken.
    last_written_s
        Kafka's timestamp of the last event's record; None before the first.
    """

    def __init__(
        self,
        source: Source,
        number: int,
        levels: list[Level],
        mark: Mark | None = None,
        items: RecordItems | None = None,
    ) -> None:
        self.source, self.number = source, number
        self.lane = Lane(source, levels, mark)
        self.records = self.ends = self.skipped = self.passed = 0
        self._passed_last: tuple[int, float | None] = (-1, None)
        self.rejected: Counter[str] = Counter()
        self.rejects: list[Reject] = []
        self.last_written_s: float | None = None
        self._decoder = Decoder(source)
        self._facts = FactColumns(source.facts, complaints=source.kind == "complaint")
        self._items = items
        self._held: dict[int, bytes] = {}
        self._last_reject = -1

    def take(
        self,
        offset: int,
        value: bytes | None,
        written_s: float | None,
        headers: Headers = (),
        *,
        appended: bool = False,
    ) -> float | None:
        """Take one record: count its events, close by an end mark, reject anything else.

        Parameters
        ----------
        offset, value, written_s, headers
            Its place, its bytes, when it was written, epoch s, and its headers.
        appended
            Whether the broker set this time, and not who wrote it.

        Returns
        -------
        float or None
            The event's time, epoch s; None where the record is no event, or another's.

        Raises
        ------
        SchemaNeeded
            Where the record cannot be decoded before its schema is decided about: nothing is
            changed, and it is to be taken again.
        """
        lane = self.lane
        if self._items is not None:
            self._take_items(self._items, offset, value, written_s, headers, appended=appended)
            return None
        self.records += 1
        try:
            event = self._decoder.decode(value, written_s)
        except Undecodable as error:
            self._reject(offset, error.reason, error.detail, value or b"")
            lane.reject(offset)
            return None
        time_s = None
        if isinstance(event, End):
            self.ends += 1
            lane.end(offset, event)
        else:
            self._event(offset, event, value, written_s, appended=appended)
            time_s = event.event_time.timestamp()
        if self._held or lane.refused:
            self.settle()
        return time_s

    def _take_items(
        self,
        items: RecordItems,
        offset: int,
        value: bytes | None,
        written_s: float | None,
        headers: Headers,
        *,
        appended: bool,
    ) -> None:
        """Take a record of the source's format: an event, or none, or many."""
        lane, source = self.lane, self.source
        found = items.of_record(value, headers, source.record_id(self.number, offset), written_s)
        self.records += 1
        several = len(found) > 1
        if several:
            lane.begin_record(offset)
        elif not found:
            lane.skip(offset)
        for at, item in enumerate(found):
            index = at if several else None
            if isinstance(item, Undecodable):
                self._reject(offset, item.reason, item.detail, value or b"", index)
                lane.reject(offset)
            elif item is SKIPPED:
                self.skipped += 1
                lane.skip(offset)
            else:
                self._event(offset, item, value, written_s, index, appended=appended)
        if all(item is SKIPPED for item in found):
            self.passed += 1
            self._passed_last = offset, written_s
        if self._held or lane.refused:
            self.settle()

    def take_events(
        self, offsets: Sequence[int], events: Sequence[Event], written_s: Sequence[float]
    ) -> None:
        """Take events of a file, which `ingest` would write to these places, as `take` would."""
        counts = [event.count for event in events]
        batch = EventBatch(
            [event.event_time for event in events],
            [sender_key(event.sender) for event in events],
            None if counts.count(1) == len(counts) else counts,
            [event.event_id for event in events],
            facts=self._facts.of_events(events),
        )
        self._take_batch(batch, offsets, events, written_s, appended=False)

    def _event(
        self,
        offset: int,
        event: Event,
        value: bytes | None,
        written_s: float | None,
        index: int | None = None,
        *,
        appended: bool,
    ) -> None:
        """Count an event; `value` is its record, None if it was not read from one."""
        lane = self.lane
        lane.event(offset, event, written_s, appended=appended, index=index)
        self.last_written_s = written_s
        if lane.holds:
            self._held[offset] = encode_event(event) if value is None else value

    def take_all(
        self,
        offsets: Sequence[int],
        values: Sequence[bytes | None],
        written_s: Sequence[float | None],
        headers: Sequence[Headers] | None = None,
        *,
        appended: bool = False,
    ) -> None:
        """Take records in order, with the same result as `take`, at a third of its cost.

        Raises
        ------
        SchemaNeeded
            As `take`: those before `Lane.position` are taken.
        """
        with_headers = headers or [()] * len(offsets)
        for at in range(0, len(offsets), BATCH):
            piece = slice(at, at + BATCH)
            if self._items is not None:
                of_piece = values[piece], written_s[piece], with_headers[piece]
                self._take_items_piece(self._items, offsets[piece], *of_piece, appended)
                continue
            self._take_piece(offsets[piece], values[piece], written_s[piece], appended)

    def _take_piece(
        self,
        offsets: Sequence[int],
        values: Sequence[bytes | None],
        written_s: Sequence[float | None],
        appended: bool,
    ) -> None:
        if not self._held and None not in values and None not in written_s:
            times = cast("Sequence[float]", written_s)
            batch = self._decoder.decode_all(cast("Sequence[bytes]", values), times)
            if batch is not None:
                self._take_batch(batch, offsets, values, times, appended)
                return
        for record in zip(offsets, values, written_s, strict=True):
            self.take(*record, appended=appended)

    def _take_items_piece(
        self,
        items: RecordItems,
        offsets: Sequence[int],
        values: Sequence[bytes | None],
        written_s: Sequence[float | None],
        headers: Sequence[Headers],
        appended: bool,
    ) -> None:
        """Take records of the source's format: all at once, or in small parts, or one by one."""
        found = None
        if not self._held and None not in values and None not in written_s:
            times = cast("Sequence[float]", written_s)
            found = items.batch(cast("Sequence[bytes]", values), headers, times)
        if found is not None and self._add_items(*found, offsets, times, appended):
            return
        if found is not None and len(offsets) > PART:
            for at in range(0, len(offsets), PART):
                part = slice(at, at + PART)
                of_part = values[part], written_s[part], headers[part]
                self._take_items_piece(items, offsets[part], *of_part, appended)
            return
        for record in zip(offsets, values, written_s, headers, strict=True):
            self.take(*record, appended=appended)

    def _add_items(
        self,
        batch: EventBatch | None,
        wanted: Sequence[bool],
        offsets: Sequence[int],
        written_s: Sequence[float],
        appended: bool,
    ) -> bool:
        """Count the wanted records of a batch, and pass the others; False if none was counted."""
        if batch is None:
            self.lane.skip(offsets[-1])
        else:
            of_events = list(compress(written_s, wanted))
            if not self.lane.add(offsets[-1], batch, of_events, appended=appended):
                return False
            self.last_written_s = of_events[-1]
        self.records += len(offsets)
        passed = len(offsets) - sum(wanted)
        self.skipped += passed
        self.passed += passed
        if not wanted[-1]:
            self._passed_last = offsets[-1], written_s[-1]
        return True

    def _take_batch(
        self,
        batch: EventBatch,
        offsets: Sequence[int],
        records: Sequence[bytes | None] | Sequence[Event],
        written_s: Sequence[float],
        appended: bool,
    ) -> None:
        """Take decoded records: all at once, or in small parts, or those of a part one by one."""
        if self.lane.add(offsets[-1], batch, written_s, appended=appended):
            self.records += len(offsets)
            self.last_written_s = written_s[-1]
        elif len(offsets) > PART:
            for at in range(0, len(offsets), PART):
                part = slice(at, at + PART)
                of_part = batch.part(part)
                self._take_batch(of_part, offsets[part], records[part], written_s[part], appended)
        else:
            for offset, record, at_s in zip(offsets, records, written_s, strict=True):
                if record is None or isinstance(record, bytes):
                    self.take(offset, record, at_s, appended=appended)
                    continue
                self.records += 1
                self._event(offset, record, None, at_s, appended=appended)
                if self._held or self.lane.refused:
                    self.settle()

    @property
    def passed_s(self) -> float | None:
        """When the last record was written, epoch s, if the source leaves it out; else None."""
        offset, written_s = self._passed_last
        return written_s if offset == self.lane.position - 1 else None

    @property
    def lost(self) -> LostFields:
        """The fields that its events had to do without; none of our own events has any."""
        return LostFields() if self._items is None else self._items.lost

    @property
    def names_changed(self) -> int:
        """How many names it has brought to the one form, each for each sender that has it."""
        return self._decoder.names_changed if self._items is None else self._items.names_changed

    def settle(self) -> None:
        """Reject the events that the lane held and then refused, with their original bytes."""
        for offset, detail, index in self.lane.refused:
            self._reject(offset, "time_jump", detail, self._held.get(offset, b""), index)
        self.lane.refused.clear()
        if not self.lane.holds:
            self._held.clear()

    def finish(self) -> None:
        """Decide about held events; no more records come for now."""
        self.lane.finish()
        self.settle()

    def _reject(
        self, offset: int, reason: str, detail: str, raw: bytes, index: int | None = None
    ) -> None:
        self.rejected[reason] += 1
        place = Place(topic=self.source.topic, partition=self.number, offset=offset, index=index)
        self.rejects.append(Reject(reason, detail, place, raw, offset != self._last_reject))
        self._last_reject = offset
