"""What a source counted beside what is judged, from its lanes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from streams.counts.lane import Lane
from streams.sources.lost_fields import LostFields
from streams.strays import SourceStrays, most_of_all


def strays_of(lanes: Sequence[Lane]) -> SourceStrays:
    """Say what is late, repeated or ahead in the lanes of a source, and of whom most is."""
    return SourceStrays(
        events=sum(lane.events for lane in lanes),
        late=sum(lane.late for lane in lanes),
        duplicates=sum(lane.duplicates for lane in lanes),
        ahead=sum(lane.ahead.total for lane in lanes),
        late_senders=most_of_all(lane.late_senders.counts for lane in lanes),
        ahead_senders=most_of_all(lane.ahead.counts for lane in lanes),
    )


def note_lost(strays: SourceStrays, lost: Iterable[LostFields]) -> SourceStrays:
    """Add the fields that a source's events had to do without, over several counts of theirs."""
    found = LostFields()
    for one in lost:
        found.take(one)
    strays.lost, strays.lost_because = dict(found.counts), list(found.sentences())
    return strays
