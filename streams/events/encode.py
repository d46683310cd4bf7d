"""An event as the record that ``ingest`` writes."""

from __future__ import annotations

import msgspec

from streams.items import Complaint, End, Send

_encode = msgspec.json.Encoder().encode


def encode_event(event: Send | Complaint | End) -> bytes:
    """JSON of the contract; what is missing or a default is left out.

    Examples
    --------
    >>> import datetime as dt
    >>> encode_event(End(v=1, source="s", through=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    b'{"type":"end","v":1,"source":"s","through":"2026-01-01T00:00:00Z"}'
    """
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
