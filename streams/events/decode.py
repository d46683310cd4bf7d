"""Bytes of a raw topic to an event, or the reason why not.

The hot path. msgspec decodes and checks types in one pass (measured on a 226-byte
send: 0.31 µs, where ``orjson.loads`` alone takes 0.50 µs and our checks come on top).
"""

from __future__ import annotations

import datetime as dt

import msgspec

from streams.config.model import Source
from streams.events.names import name_problem
from streams.items import Complaint, End, Send, Sender

OLDEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Nothing before it is taken for a time: year 0, 1 and 1970 are defaults gone wrong."""

_OLDEST_S = OLDEST.timestamp()

SENDERS_CACHED = 200_000
LARGEST_RECORD = 1_048_576

_send = msgspec.json.Decoder(Send | End).decode
_complaint = msgspec.json.Decoder(Complaint | End).decode
_any = msgspec.json.Decoder().decode


class Undecodable(Exception):
    """A record is no event.

    Attributes
    ----------
    reason
        One machine-readable word.
    detail
        A sentence: where, what the rule is, what was found. Never the record's contents.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Decoder:
    """Decodes the records of one source.

    Parameters
    ----------
    source
        Its kind decides what an event may be, its ``max_ahead_s`` how far it may lie
        ahead of its record.
    """

    def __init__(self, source: Source) -> None:
        self._kind = source.kind
        self._decode = _send if source.kind == "send" else _complaint
        self._max_ahead_s = source.max_ahead_s
        self._senders: set[Sender] = set()

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
        try:
            event = self._decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _explain(value, error, self._kind) from None
        if isinstance(event, End):
            time = event.through
        else:
            time = event.event_time
            if event.sender not in self._senders:
                self._check_sender(event.sender)
            problem = name_problem(event.event_id)
            if problem is not None:
                raise Undecodable("bad_name", f"event_id {problem}")
        if time.tzinfo is None:
            raise Undecodable("bad_time", "a time must have a zone (RFC 3339); found none")
        try:
            time_s = time.timestamp()
        except (OverflowError, ValueError):
            time_s = float("-inf")
        if time_s < _OLDEST_S:
            raise Undecodable("too_old", f"a time must be from 2000 on; found the year {time.year}")
        if written_s is not None and time_s > written_s + self._max_ahead_s:
            raise Undecodable(
                "too_far_ahead",
                f"a time must be at most {self._max_ahead_s:g} s ahead of its record's timestamp;"
                f" found {time_s - written_s:.0f} s",
            )
        if event.source and (problem := name_problem(event.source)) is None:
            decoded: Send | Complaint | End = event
            return decoded
        raise Undecodable("bad_name", f"source {name_problem(event.source)}")

    def _check_sender(self, sender: Sender) -> None:
        """Check each distinct sender once."""
        if sender.id is None and self._kind == "send":
            raise Undecodable("missing", "sender.id must be given for a send; found null")
        for field in sender.__struct_fields__:
            value = getattr(sender, field)
            if value is not None and (problem := name_problem(value)) is not None:
                raise Undecodable("bad_name", f"sender.{field} {problem}")
        if len(self._senders) >= SENDERS_CACHED:
            self._senders.clear()
        self._senders.add(sender)


def _explain(value: bytes, error: Exception, kind: str) -> Undecodable:
    """Find the reason for a record that did not decode: the slow path."""
    if isinstance(error, RecursionError):
        return Undecodable("too_deep", "JSON must not be nested so deeply")
    if len(value) > LARGEST_RECORD:
        return Undecodable(
            "too_big", f"a record must be at most {LARGEST_RECORD} bytes; found {len(value)}"
        )
    try:
        document = _any(value)
    except UnicodeDecodeError:
        return Undecodable("not_utf8", "a record must be UTF-8")
    except RecursionError:
        return Undecodable("too_deep", "JSON must not be nested so deeply")
    except msgspec.DecodeError as broken:
        if "utf-8" in str(broken).lower() or "surrogate" in str(broken).lower():
            return Undecodable("not_utf8", "a record must be UTF-8")
        return Undecodable("not_json", f"a record must be one JSON object; {broken}")
    if not isinstance(document, dict):
        return Undecodable("not_json", "a record must be one JSON object; found another value")
    if document.get("type") in ("send", "complaint") and document["type"] != kind:
        return Undecodable("wrong_kind", f"type must be {kind!r}; found {document['type']!r}")
    text = str(error)
    where = text.rpartition(" - at ")[2].strip("`").removeprefix("$.") if " - at " in text else ""
    rule = text.partition(" - at ")[0]
    if "missing required field" in rule:
        name = rule.rpartition("field ")[2].strip("`")
        path = f"{where}.{name}" if where and where != "$" else name
        return Undecodable("missing", f"{path} must be given; found nothing")
    if where in ("event_time", "occurred_at", "through") or "RFC3339" in rule:
        return Undecodable("bad_time", f"{where or 'a time'} must be an RFC 3339 time with a zone")
    reason = "wrong_type" if rule.startswith("Expected") and "got" in rule else "bad_value"
    return Undecodable(reason, f"{where or 'the record'}: {_redact(rule)}")


def _redact(rule: str) -> str:
    """Leave out what msgspec quotes of the record: it may be somebody's words."""
    return "found a value that is not allowed" if rule.startswith("Invalid") else rule
