"""An event as the record that ``ingest`` writes."""

from __future__ import annotations

import datetime as dt

import msgspec

from streams.items import Complaint, End, Send

_encode = msgspec.json.Encoder().encode


def encode_event(event: Send | Complaint | End) -> bytes:
    """JSON of the contract; times in UTC; what is missing or a default is left out.

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
    """Key of an event's record: the sender, so that a lane holds all of a sender's events.

    A complaint that names no sender goes by what else it names, and last by its own
    id, so that those who name nothing do not all land in one lane.
    """
    sender = event.sender
    if sender.id is not None:
        return sender.id.encode()
    named = sender.signature or sender.platform or sender.category
    return (named or event.event_id).encode()
