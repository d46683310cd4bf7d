"""Makes an event from the texts of its fields, whatever the format, of a file as of a topic.

This is the only place where values become an event, and so the only place that hashes people. It
is a hot path: senders, times and regions repeat, so each distinct value is checked once and the
events share the object.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import repeat
from typing import Any

import msgspec

from streams.config.sources import Source
from streams.items import (
    MAX_COUNT,
    SKIPPED,
    Complaint,
    Event,
    Send,
    Sender,
    Skipped,
    name_problem,
)
from streams.sources.batch import SENDERS_CACHED, EventBatch, SenderKey, sender_key
from streams.sources.formats.format import NEEDED, SENDER_FIELDS, Field, Values
from streams.sources.lost_fields import LostFields
from streams.sources.mapping.ahead import AheadOfRecord
from streams.sources.privacy import hash_person
from streams.sources.rejects import Undecodable
from streams.sources.sender_form import SenderForm
from streams.sources.times.repeated_hour import RepeatedHours
from streams.sources.times.times import Times, UnusableTime
from streams.sources.whole_number import whole_number


class Counted(msgspec.Struct, frozen=True, gc=False):
    """Of an event what counting looks at."""

    event_time: dt.datetime
    sender: Sender
    count: int
    event_id: str


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
        self._sender_keys = _CountedBy()
        self._senders_end = 1 + len(sender_fields)
        self._other_fields = list(enumerate(fields))[self._senders_end :]
        self._names: dict[str, str | None] = {}
        self._hash_key = hash_key
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
        text = values[0]
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
            value = values[index]
            if value:
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

    def batch(self, rows: Sequence[Values], written_s: Sequence[float]) -> EventBatch | None:
        """Make the events of many items, as far as counting looks at them: time, sender, count, id.

        Parameters
        ----------
        rows
            The values of each; at least one.
        written_s
            When the record of each was written, epoch s.

        Returns
        -------
        EventBatch or None
            None if `event` may not accept each of them; then each must be made by itself.
        """
        columns = list(zip(*rows, strict=True))
        try:
            times = list(map(self._times.__getitem__, columns[0]))
            if max(times).timestamp() > min(written_s) + self._source.max_ahead_s:
                return None
            of_sender = list(zip(*columns[1 : self._senders_end], strict=True))
            senders = list(map(self._senders.__getitem__, of_sender))
            if self._senders.lossy and not self._senders.lossy.keys().isdisjoint(of_sender):
                return None  # fields that are lost are counted one by one
            found = {
                field: self._all(field, columns[index])
                for index, field in self._other_fields
                if field in ("count", "event_id", "region", "occurred_at")
            }
        except (Undecodable, UnusableTime, TypeError):
            return None
        counts, ids = found.get("count"), found.get("event_id")
        if counts is not None and 0 in counts:
            return None
        if self._source.dedupe and (ids is None or "" in ids):
            return None  # the place of a record is its id
        events = list(map(Counted, times, senders, counts or repeat(1), ids or repeat("")))
        return EventBatch(events, list(map(self._sender_keys.__getitem__, senders)))

    def _all(self, field: Field, texts: Sequence[str | None]) -> list[Any]:
        """Return what a field of many events is, checked one by one as in each."""
        found = []
        for text in texts:
            optional: dict[str, Any] = {}
            if text:
                self._add(optional, field, text)
            found.append(optional.get(field, 1 if field == "count" else ""))
        return found

    def _add(self, optional: dict[str, Any], field: Field, value: str) -> None:
        """Add an optional field under its name in the event."""
        if field == "region":
            if value not in self._names:
                if len(self._names) >= SENDERS_CACHED:
                    self._names.clear()
                self._names[value] = _checked(field, value)
            optional["region"] = self._names[value]
        elif field == "kind":
            optional["kind"] = value
        elif field == "count":
            optional["count"] = _count(value)
        elif field == "event_id":
            optional["event_id"] = _checked(field, value)
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


class _CountedBy(dict[Sender, SenderKey]):
    """What the events of each sender are counted by."""

    def __missing__(self, sender: Sender) -> SenderKey:
        if len(self) >= SENDERS_CACHED:
            self.clear()
        key = self[sender] = sender_key(sender)
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
        for field, value in zip(self._fields, values, strict=True):
            text = _unquoted(value.strip()) if value else ""
            if text:
                name = "id" if field == "sender" else field
                try:
                    named[name] = self._form.name(name, _checked(field, text))
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


def _unquoted(text: str) -> str:
    """Return a number without the signs by which a spreadsheet is told that it is a text.

    Examples
    --------
    >>> _unquoted('="106900012345"'), _unquoted("'106900012345"), _unquoted("'Tis Mall")
    ('106900012345', '106900012345', "'Tis Mall")
    """
    if text.startswith('="') and text.endswith('"') and len(text) > 3:
        return text[2:-1].strip()
    number = text.removeprefix("'")
    return number if number != text and number.removeprefix("+").isdigit() else text


def _checked(field: str, value: str) -> str:
    problem = name_problem(value)
    if problem is None:
        return value
    if any("\udc80" <= character <= "\udcff" for character in value[:1000]):
        raise Undecodable(
            "not_utf8",
            f"{field} must be UTF-8, or what `encoding` of its source names; found other bytes",
        )
    raise Undecodable("bad_name", f"{field} {problem}")


def _count(text: str) -> int:
    count = whole_number(text)
    if count is None:
        raise Undecodable(
            "wrong_type",
            "count must be a whole number, such as 1234 or 1,234; found something else, or a number"
            " such as 1.234, which may be a fraction or a thousand",
        )
    if not 0 <= count <= MAX_COUNT:
        raise Undecodable("bad_value", f"count must be from 0 to {MAX_COUNT}")
    return count
