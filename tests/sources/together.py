"""What a batch must say of the events that its records are, each decoded by itself."""

from __future__ import annotations

from collections.abc import Sequence

from streams.items import Complaint, End, Send
from streams.sources.batch import EventBatch, sender_key


def assert_same(batch: EventBatch, alone: Sequence[Send | Complaint | End | None]) -> None:
    """Times, senders, counts and ids are those of the events."""
    events = [event for event in alone if isinstance(event, Send | Complaint)]
    assert len(events) == len(alone) == len(batch)
    assert batch.times_s == [event.event_time.timestamp() for event in events]
    assert (batch.counts or [1] * len(batch)) == [event.count for event in events]
    # Whom each way counts for: no field of the sender is lost on either.
    assert batch.senders == [sender_key(event.sender) for event in events]
    assert batch.sender_ids == [event.sender.id for event in events]
    assert not batch.ids or batch.ids == [event.event_id for event in events]
