"""An event's JSON on a topic: decoded and checked by the counter, encoded by ``ingest``.

Decoding is the hot path. msgspec decodes and checks types and lengths in one pass. The rest is
checked so that nearly every event passes with a few comparisons: control characters by looking
for the few bytes that all of them need, senders once each, times against a bound that is renewed
only when an event passes it.

`Decoder.decode` alone decides what an event is. `Decoder.decode_all` only saves work: it accepts a
batch where cheap checks prove that `decode` would accept every record, and refuses any other. A
single record as a batch of one would take three to five times as long as `decode` (measured).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from streams.config.sources import Source
from streams.items import (
    MAX_NAME_BYTES,
    PARENT_LEVELS,
    Complaint,
    End,
    Send,
    Sender,
    name_problem,
)
from streams.sources.batch import SENDERS_CACHED, EventBatch, SenderKey, decode_batch, sender_key
from streams.sources.event_facts import FactColumns
from streams.sources.files.input_file import LARGEST_RECORD
from streams.sources.json_errors import explain, too_big
from streams.sources.mapping.ahead import check_ahead
from streams.sources.rejects import Undecodable
from streams.sources.sender_form import SenderForm
from streams.sources.times.leap_second import without_leap_seconds
from streams.sources.times.time_format import NEWEST, OLDEST

_SURELY_SHORT = 64  # characters, of 4 bytes at most
_send = msgspec.json.Decoder(Send | End)
_complaint = msgspec.json.Decoder(Complaint | End)
_encode = msgspec.json.Encoder().encode


class _KeysInForm(dict[SenderKey, SenderKey]):
    """What the events of a sender are counted by, in the one form; each found once."""

    def __init__(self, form: SenderForm) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, key: SenderKey) -> SenderKey:
        if len(self) >= SENDERS_CACHED:
            self.clear()
        found: SenderKey
        if isinstance(key, str):
            found = self._form.name("id", key)
        else:
            found = sender_key(self._form.sender(key))
        self[key] = found
        return found


class Decoder:
    """Decodes the records of one source.

    Parameters
    ----------
    source
        Its kind decides what an event may be, its ``max_ahead_s`` how far an event may lie ahead
        of its record.
    """

    def __init__(self, source: Source) -> None:
        self._kind, self._dedupe = source.kind, source.dedupe
        self._facts = FactColumns(source.facts, complaints=source.kind == "complaint")
        decoder = _send if source.kind == "send" else _complaint
        self._decode = decoder.decode
        self._max_ahead_s = source.max_ahead_s
        self._form = SenderForm(source.table.sender_as, source.table.country)
        self._senders: dict[Sender, Sender | None] = {}  # None: it has the one form
        self._keys = _KeysInForm(self._form)
        # A record written at `_floor_s` or later may hold any time up to `_limit`.
        self._floor_s = float("inf")
        self._limit = OLDEST

    def decode(self, value: bytes | None, written_s: float | None) -> Send | Complaint | End:
        """Decode one record.

        Parameters
        ----------
        value
            The record; None is a tombstone.
        written_s
            Kafka's timestamp of the record, epoch s; None where it has none.

        Raises
        ------
        Undecodable
            And nothing else, whatever the bytes.
        """
        if value is None:
            raise Undecodable("tombstone", "a record must have a value; found a tombstone")
        if len(value) > LARGEST_RECORD:
            raise too_big(value)
        try:
            event: Send | Complaint | End = self._decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            event = self._decode_leap_second(value, error)
        # By `type`: msgspec's metaclass makes isinstance three times as slow.
        if type(event) is Send or type(event) is Complaint:
            time = event.event_time
            sender = event.sender
            form = self._senders[sender] if sender in self._senders else self._in_form(sender)
            if form is not None:
                event = msgspec.structs.replace(event, sender=form)
            # In JSON a control character is an escape, DEL itself, or C2 and another byte.
            # Without those, only long names beyond ASCII are left to be checked.
            if (
                0x5C in value
                or 0xC2 in value
                or 0x7F in value
                or (not value.isascii() and _has_long_text(event))
            ):
                _check_texts(event)
        else:
            assert isinstance(event, End)
            time = event.through
            _check_texts(event)
        if (
            written_s is None
            or written_s < self._floor_s
            or time.tzinfo is None
            or not OLDEST <= time <= self._limit
        ):
            self._check_time(time, written_s)
        if type(event) is Complaint and event.occurred_at is not None:
            _check_occurred(event.occurred_at)
            if not OLDEST <= event.occurred_at <= event.event_time:
                # A clock or a typing error, or not known. That it was filed stands.
                event = msgspec.structs.replace(event, occurred_at=None)
        return event

    def _decode_leap_second(self, value: bytes, error: Exception) -> Send | Complaint | End:
        """Decode a record that msgspec refused because of a second 60, or say what is wrong."""
        again = without_leap_seconds(value) if b":60" in value else None
        if again is None:
            raise explain(value, error, self._kind) from None
        try:
            event: Send | Complaint | End = self._decode(again)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as second:
            raise explain(again, second, self._kind) from None
        return event

    def decode_all(self, values: Sequence[bytes], written_s: Sequence[float]) -> EventBatch | None:
        """Decode and check records together, which takes less than half the time.

        Parameters
        ----------
        values, written_s
            Records, at least one, and Kafka's timestamp of each, epoch s.

        Returns
        -------
        EventBatch, or None
            What `decode` returns for each; None if one is not an event or needs a closer look, so
            that each must be decoded by itself.
        """
        # To search all of them at once is much cheaper than to search each.
        text = b"".join(values)
        if 0x5C in text or 0xC2 in text or 0x7F in text:
            return None
        if len(text) > LARGEST_RECORD and max(map(len, values)) > LARGEST_RECORD:
            return None
        try:
            events, senders, by_id = decode_batch(self._kind, values)
            # In ASCII, msgspec's limit of characters is the limit of bytes; and no text is longer
            # than its record.
            if not text.isascii() and max(map(len, values)) > MAX_NAME_BYTES:
                for event in filter(_has_long_text, events):
                    _check_texts(event)
            if not (by_id and self._form.keeps(cast("list[str]", senders))):
                senders = list(map(self._keys.__getitem__, senders))
            several = [event for event in events if event.count != 1]
            batch = EventBatch(
                [event.event_time for event in events],
                senders,
                [event.count for event in events] if several else None,
                [event.event_id for event in events] if self._dedupe else (),
                facts=self._facts.of_events(events),
            )
            self._check_all(events, batch, written_s)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, Undecodable):
            return None
        return batch

    def _check_all(
        self, events: Sequence[Any], batch: EventBatch, written_s: Sequence[float]
    ) -> None:
        """Check times as `decode` does.

        Raises
        ------
        Undecodable, TypeError
            Where an event is refused; TypeError where its time has no zone.
        """
        if self._kind == "complaint":
            for event in events:
                if event.occurred_at is not None:
                    _check_occurred(event.occurred_at)
                    if not OLDEST <= event.occurred_at <= event.event_time:
                        raise Undecodable("bad_time", "occurred_at must be looked at by itself")
        limit = OLDEST
        limit_s = min(written_s) + self._max_ahead_s
        if OLDEST.timestamp() < limit_s < NEWEST.timestamp():
            limit = dt.datetime.fromtimestamp(limit_s, dt.UTC)
        earliest, latest = cast("Sequence[dt.datetime]", batch.span)
        if not (earliest >= OLDEST and latest <= limit):
            for event, event_written_s in zip(events, written_s, strict=True):
                self._check_time(event.event_time, event_written_s)

    def _in_form(self, sender: Sender) -> Sender | None:
        """Check each distinct sender once, and bring it to the one form; None where it has it."""
        if sender.id is None and self._kind == "send":
            raise Undecodable("missing", "sender.id must be given for a send; found null")
        found = self._form.sender(sender)
        form = None if found is sender else found
        if len(self._senders) >= SENDERS_CACHED:
            self._senders.clear()
        self._senders[sender] = form
        return form

    @property
    def names_changed(self) -> int:
        """How many names were brought to another form, each for each sender that has it."""
        return self._form.changed

    def _check_time(self, time: dt.datetime, written_s: float | None) -> None:
        """Check a time in full, and move the bound that spares later events this check."""
        if time.tzinfo is None:
            raise Undecodable("bad_time", "a time must have a zone (RFC 3339); found none")
        if time < OLDEST:
            raise Undecodable("too_old", f"a time must be from 2000 on; found the year {time.year}")
        if time >= NEWEST:
            raise Undecodable("too_far_ahead", f"a time must be before {NEWEST.year}; found later")
        if written_s is None:
            return
        check_ahead(time, written_s, self._max_ahead_s)
        limit_s = written_s + self._max_ahead_s
        if OLDEST.timestamp() < limit_s < NEWEST.timestamp():
            self._floor_s = written_s
            self._limit = dt.datetime.fromtimestamp(limit_s, dt.UTC)


def _has_long_text(event: Send | Complaint) -> bool:
    """Whether a text other than the sender's may exceed 256 bytes; written out for speed."""
    short = _SURELY_SHORT
    if len(event.event_id) > short or len(event.source) > short:
        return True
    if event.message_id and len(event.message_id) > short:
        return True
    if isinstance(event, Send):
        return bool(
            (event.campaign and len(event.campaign) > short)
            or (event.status and len(event.status) > short)
        )
    return bool(event.region and len(event.region) > short)


def _check_texts(event: Send | Complaint | End) -> None:
    """Check all ids and names but the sender's; hashes are checked by their pattern."""
    # Not by the type itself: those of a batch have types of their own.
    for field in next(fields for kind, fields in _TEXTS.items() if isinstance(event, kind)):
        text = getattr(event, field)
        if text is not None and (problem := name_problem(text)) is not None:
            raise Undecodable("bad_name", f"{field} {problem}")


_TEXTS: dict[type, tuple[str, ...]] = {
    Send: ("event_id", "source", "message_id", "campaign", "status"),
    Complaint: ("event_id", "source", "message_id", "region"),
    End: ("source",),
}


def _check_occurred(time: dt.datetime) -> None:
    if time.tzinfo is None:
        raise Undecodable("bad_time", "occurred_at must have a zone (RFC 3339); found none")


def encode_event(event: Send | Complaint | End) -> bytes:
    """Return the JSON of the contract: times in UTC, without missing values and defaults.

    Examples
    --------
    >>> encode_event(End(v=1, source="s", through=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    b'{"type":"end","v":1,"source":"s","through":"2026-01-01T00:00:00Z"}'
    """
    if isinstance(event, End):
        if event.through.tzinfo is not dt.UTC:
            event = msgspec.structs.replace(event, through=event.through.astimezone(dt.UTC))
        return _encode(event)
    if event.event_time.tzinfo is not dt.UTC:
        event = msgspec.structs.replace(event, event_time=event.event_time.astimezone(dt.UTC))
    if type(event) is Complaint:
        occurred = event.occurred_at
        if occurred is not None and occurred.tzinfo is not dt.UTC:
            event = msgspec.structs.replace(event, occurred_at=occurred.astimezone(dt.UTC))
    return _encode(event)


def event_key(event: Send | Complaint) -> bytes:
    """Return the key of an event's record: the sender, so that one lane holds all its events.

    The key of a complaint without a sender is the narrowest entity that it names, or else its own
    id, so that complaints that name nothing do not all land in one lane.
    """
    sender = event.sender
    if sender.id is not None:
        return sender.id.encode()
    named = next(filter(None, (getattr(sender, level) for level in PARENT_LEVELS)), None)
    return (named or event.event_id).encode()
