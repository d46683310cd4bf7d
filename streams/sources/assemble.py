"""Makes an event from the texts of its fields, whatever the format, of a file as of a topic.

This is the only place where values become an event, and so the only place that hashes people. It
is a hot path: senders, times and regions repeat, so each distinct value is checked once and the
events share the object.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from streams.config.sources import Source
from streams.items import (
    MAX_NAME_BYTES,
    SKIPPED,
    Complaint,
    Event,
    Send,
    Sender,
    Skipped,
)
from streams.sources.batch import SENDERS_CACHED, EventBatch, SenderKey, sender_key
from streams.sources.event_facts import FactColumns
from streams.sources.field_texts import checked_name, consent_word, count_of, unquoted
from streams.sources.formats.format import NEEDED, SENDER_FIELDS, Field, Values
from streams.sources.formats.rows import Column
from streams.sources.lost_fields import LostFields, NoText
from streams.sources.mapping.ahead import AheadOfRecord
from streams.sources.mapping.mapped_rows import mapped_rows
from streams.sources.privacy import hash_person
from streams.sources.rejects import Undecodable
from streams.sources.sender_form import SenderForm
from streams.sources.times.repeated_hour import RepeatedHours
from streams.sources.times.times import Times, UnusableTime

_MAY_FAIL: frozenset[Field] = frozenset(
    ("count", "event_id", "region", "occurred_at", "campaign", "consent")
)
"""Fields whose texts may be impossible: they are looked at in every event."""


class _Alone(Exception):
    """An event must be made by itself."""


class Assembler:
    """Makes the events of a source.

    Parameters
    ----------
    source
        Gives kind, channel and time zone.
    hash_key
        The key for hashing recipients and reporters.
    repeated
        Says which hour a local time means that the clock has twice.

    Attributes
    ----------
    lost
        The fields that were left out because they held what they cannot hold. An event that has
        time, sender and count does without the others.
    """

    def __init__(
        self, source: Source, hash_key: bytes | None, repeated: RepeatedHours | None = None
    ) -> None:
        self._source = source
        self._is_send = source.kind == "send"
        fields = list(source.columns.named)
        daily, formats = source.table.daily, source.table.time_format or ()
        self._times = Times(source.timezone, formats, daily=daily, repeated=repeated)
        # When something happened is in no order.
        self._happened = Times(source.timezone, formats, daily=daily)
        self._ahead = AheadOfRecord(source.max_ahead_s)
        sender_fields = [field for field in fields if field in SENDER_FIELDS]
        form = self._form = SenderForm(source.table.sender_as, source.table.country)
        self._senders = _Senders(sender_fields, form, required=self._is_send)
        self._keys = _Keys(self._senders)
        self._senders_end = 1 + len(sender_fields)
        self._other_fields = list(enumerate(fields))[self._senders_end :]
        self._names: dict[str, str | None] = {}
        self._hash_key = hash_key
        self._facts = FactColumns(source.facts, complaints=not self._is_send)
        self.lost = LostFields()

    @property
    def names_changed(self) -> int:
        """How many names were brought to another form, each for each sender that has it."""
        return self._form.changed

    def event(self, event_id: str, values: Values, written_s: float | None) -> Event | Skipped:
        """Make one event; a count of 0 is none.

        Parameters
        ----------
        event_id
            Its id where the values have none.
        values
            One for each field; None, or empty text, where the record has none.
        written_s
            When its record was written, epoch s: an event further ahead of it than the source
            allows is refused. None where a later step checks that.

        Raises
        ------
        Undecodable
            And nothing else, whatever the values.
        """
        text: Any = values[0]
        if not text:
            raise Undecodable("missing", "time must be given; found nothing")
        try:
            time = self._times[text]
        except UnusableTime as error:
            raise Undecodable(error.reason, f"time {error}") from None
        if written_s is not None:
            self._ahead.check(time, written_s)
        sender = self._senders[values[1 : self._senders_end]]
        if self._senders.lossy:
            for field, detail in self._senders.lossy.get(values[1 : self._senders_end], ()):
                self.lost.add(field, detail)
        optional: dict[str, Any] = {}
        for index, field in self._other_fields:
            value: Any = values[index]
            if type(value) is NoText:
                self.lost.add(field, value.detail)
            elif value:
                try:
                    self._add(optional, field, value)
                except Undecodable as error:
                    if field in NEEDED or error.reason == "not_utf8":
                        raise
                    self.lost.add(field, error.detail)
        if optional.get("count") == 0:
            return SKIPPED
        event_id = optional.pop("event_id", None) or event_id
        source = self._source
        if self._is_send:
            return Send(
                v=1,
                event_id=event_id,
                event_time=time,
                channel=source.channel,
                sender=sender,
                source=source.name,
                **optional,
            )
        if "occurred_at" in optional and optional["occurred_at"] > time:
            # Filed before it happened: a clock or a typing error. That it was filed stands.
            del optional["occurred_at"]
        return Complaint(
            v=1,
            event_id=event_id,
            event_time=time,
            channel=source.channel,
            sender=sender,
            source=source.name,
            kind=optional.pop("kind", source.table.default_kind),
            **optional,
        )

    def batch(self, columns: Sequence[Column], written_s: Sequence[float]) -> EventBatch | None:
        """Make the events of many items, as far as counting looks at them: time, sender, count, id.

        Parameters
        ----------
        columns
            The values of each, of one item at least.
        written_s
            When the record of each was written, epoch s.

        Returns
        -------
        EventBatch or None
            None if `event` may not accept each of them; then each must be made by itself.
        """
        try:
            times = self._times.all_of(columns[0])
            senders = self._all_senders(columns[1 : self._senders_end])
            found = {
                field: self._all(field, columns[index])
                for index, field in self._other_fields
                if field in _MAY_FAIL or self._facts.anything
            }
            facts = None
            if self._facts.anything:
                rows = mapped_rows(times, found, self._source.table.default_kind)
                facts = self._facts.of_events(rows)
        except (Undecodable, UnusableTime, TypeError, ValueError, _Alone):
            return None
        counts, ids = found.get("count"), found.get("event_id", ())
        if counts is not None and 0 in counts:
            return None
        if self._source.dedupe and (not ids or "" in ids):
            return None  # the place of a record is its id
        batch = EventBatch(times, senders, counts, ids, facts=facts)
        _, latest_s = batch.span_s
        return batch if latest_s <= min(written_s) + self._source.max_ahead_s else None

    def _all_senders(self, columns: Sequence[Column]) -> list[SenderKey]:
        """Return what many events are counted by."""
        if len(columns) == 1 and all(columns[0]):
            ids = cast("list[str]", columns[0])
            if len(max(ids, key=len)) <= MAX_NAME_BYTES and self._form.keeps(ids):
                return list(ids)  # letters and digits: nothing is stripped from them, or wrong
        return list(map(self._keys.__getitem__, zip(*columns, strict=True)))

    def _all(self, field: Field, texts: Column) -> list[Any]:
        """Return what a field of many events is, each text checked as in one."""
        known: dict[str | None, Any] = {}
        for text in dict.fromkeys(cast("Sequence[Any]", texts)):
            optional: dict[str, Any] = {}
            if isinstance(text, NoText):
                raise _Alone
            if text:
                self._add(optional, field, text)
            known[text] = next(iter(optional.values()), 1 if field == "count" else "")
        return list(map(known.__getitem__, cast("Sequence[str | None]", texts)))

    def _add(self, optional: dict[str, Any], field: Field, value: str) -> None:
        """Add an optional field under its name in the event."""
        if field in ("region", "campaign"):
            if value not in self._names:
                if len(self._names) >= SENDERS_CACHED:
                    self._names.clear()
                self._names[value] = checked_name(field, value)
            optional[field] = self._names[value]
        elif field == "consent":
            optional["consent"] = consent_word(value)
        elif field == "kind":
            optional["kind"] = value
        elif field == "count":
            optional["count"] = count_of(value)
        elif field == "event_id":
            optional["event_id"] = checked_name(field, value)
        elif field == "occurred_at":
            try:
                optional["occurred_at"] = self._happened[value]
            except UnusableTime as error:
                # 1900-01-01 stands for "not known"; it cannot have happened after it was filed.
                if error.reason not in ("too_old", "too_far_ahead"):
                    raise Undecodable(error.reason, f"occurred_at {error}") from None
        else:
            name = "recipient_hash" if field == "recipient" else "reporter_hash"
            assert self._hash_key is not None, "read_hash_key requires it"
            optional[name] = hash_person(self._hash_key, value.strip())


class _Keys(dict[Values, SenderKey]):
    """What events are counted by, by their senders' values."""

    def __init__(self, senders: _Senders) -> None:
        super().__init__()
        self._senders = senders

    def __missing__(self, values: Values) -> SenderKey:
        sender = self._senders[values]
        if values in self._senders.lossy:
            raise _Alone  # what is lost is told of each event
        if len(self) >= SENDERS_CACHED:
            self.clear()
        key = self[values] = sender_key(sender)
        return key


class _Senders(dict[Values, Sender]):
    """Senders by their fields' values, each checked once."""

    def __init__(self, fields: Sequence[Field], form: SenderForm, *, required: bool) -> None:
        super().__init__()
        self._fields = fields
        self._form = form
        self._required = required
        self.lossy: dict[Values, list[tuple[Field, str]]] = {}

    def __missing__(self, values: Values) -> Sender:
        named: dict[str, str | None] = {"id": None}
        lost: list[tuple[Field, str]] = []
        value: Any
        for field, value in zip(self._fields, values, strict=True):
            if type(value) is NoText:
                lost.append((field, value.detail))
                continue
            text = unquoted(value.strip()) if value else ""
            if text:
                name = "id" if field == "sender" else field
                try:
                    named[name] = self._form.name(name, checked_name(field, text))
                except Undecodable as error:
                    if field == "sender" or error.reason == "not_utf8":
                        raise
                    lost.append((field, error.detail))
        if named["id"] is None and self._required:
            raise Undecodable("missing", "sender must be given for a send; found nothing")
        if len(self) >= SENDERS_CACHED:
            self.clear()
            self.lossy.clear()
        if lost:
            self.lossy[values] = lost
        self[values] = sender = Sender(**named)
        return sender
