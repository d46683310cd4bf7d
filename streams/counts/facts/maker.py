"""What the buckets of a lane count beside totals, as its source wants it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from streams.config.sources import Source
from streams.counts.open_bucket import LaneBucket
from streams.items import Complaint, Send
from streams.sources.batch import SenderKey
from streams.sources.event_facts import EventFacts, FactColumns

if TYPE_CHECKING:
    from streams.counts.facts.hashes import NameHashes


class LaneFacts:
    """Gives the buckets of one lane what they count beside totals.

    What counts is imported once something is wanted: it needs NumPy, which counting does not.

    Parameters
    ----------
    source
        Its `facts` say what is wanted.

    Attributes
    ----------
    late
        Whether late complaints are counted.
    """

    def __init__(self, source: Source) -> None:
        self._wanted, self._most_senders = source.facts, source.max_senders
        self._columns = FactColumns(source.facts, complaints=source.kind == "complaint")
        self.late = bool(source.facts.late) and source.kind == "complaint"
        self._dedupe = source.dedupe

    @cached_property
    def _names(self) -> NameHashes:
        from streams.counts.facts.hashes import NameHashes

        return NameHashes()

    def begin(self, bucket: LaneBucket) -> None:
        """Let a bucket count what is wanted of its events."""
        if self._wanted.anything:
            from streams.counts.facts.bucket_facts import BucketFacts

            counts = bucket.counts
            bucket.facts = BucketFacts(self._wanted, counts, self._most_senders, self._names)

    def of_event(self, event: Send | Complaint) -> EventFacts | None:
        """Return what is counted of an event beside its total."""
        return self._columns.of_event(event) if self._columns.anything else None

    def add_late(
        self, bucket: LaneBucket, of_bucket: int, sender: SenderKey, event: Send | Complaint
    ) -> None:
        """Count a late complaint in a bucket, for the earlier one of its time."""
        late = bucket.late_facts
        if late is None:
            from streams.counts.facts.late import LateComplaints

            late = LateComplaints(bucket.start, self._wanted.late, self._names)
            bucket.late_facts = late
        facts = self._columns.of_event(event)
        if facts is not None and (not self._dedupe or late.is_new(event.event_id)):
            late.add(of_bucket, sender, event.count, facts)
