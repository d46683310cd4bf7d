"""What a source counted beside what is judged, and the warning of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from streams.counts.clock.strays import WorstSenders
from streams.counts.lane import Lane

WORST = 5
"""Senders that a summary names."""


@dataclass(slots=True)
class SourceStrays:
    """What a source counted beside what is judged.

    Attributes
    ----------
    late, duplicates
        Events whose bucket had closed, and events whose id had been seen in their bucket.
    ahead
        Events more than a bucket ahead of their partition, and not only of a pause in it.
    late_senders, ahead_senders
        The senders that had most of them.
    """

    late: int = 0
    duplicates: int = 0
    ahead: int = 0
    late_senders: dict[str, int] = field(default_factory=dict)
    ahead_senders: dict[str, int] = field(default_factory=dict)


def strays_of(lanes: Sequence[Lane]) -> SourceStrays:
    """Say what is late, repeated or ahead in the lanes of a source, and of whom most is."""
    return SourceStrays(
        late=sum(lane.late for lane in lanes),
        duplicates=sum(lane.duplicates for lane in lanes),
        ahead=sum(lane.ahead.total for lane in lanes),
        late_senders=_worst(lane.late_senders for lane in lanes),
        ahead_senders=_worst(lane.ahead for lane in lanes),
    )


def stray_warnings(sources: Mapping[str, SourceStrays]) -> Iterator[str]:
    """Yield a sentence for each source of which events were late, or ahead of the others."""
    for name, found in sources.items():
        if found.late:
            yield (
                f"{name}: {found.late:,} events came after their bucket had"
                f" closed, and are not judged{_most_of(found.late_senders)}; sort the files by"
                f" time, or raise sources.{name}.lateness"
            )
        elif found.ahead:
            yield (
                f"{name}: {found.ahead:,} events are more than a bucket ahead of the others"
                f"{_most_of(found.ahead_senders)}; see to the clocks, or the time zone, of these"
                " senders"
            )


def _most_of(senders: dict[str, int]) -> str:
    if not senders:
        return ""
    return f" (most of {', '.join(f'{name}: {number:,}' for name, number in senders.items())})"


def _worst(lanes: Iterable[WorstSenders]) -> dict[str, int]:
    counts = Counter[str]()
    for lane in lanes:
        counts.update(lane.counts)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:WORST])
