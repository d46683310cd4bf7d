"""One entity followed through the closes of its streams, so that it can be explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from detectors.outlook import Outlook
from streams.items import Level, Signal


@dataclass(frozen=True, slots=True)
class Watched:
    """A closed bucket of one entity, as one stream judged it.

    Attributes
    ----------
    start, end
        The bucket, epoch s.
    count, expected
        What was counted, and what was expected before it was.
    low, high, alarms_at
        See `detectors.outlook.Outlook`; `alarms_at` is None while an alert is open.
    evidence_nats, threshold_nats
        The detector's, in the bucket; while an alert is open, of the bucket alone.
    factor
        Common factor of the bucket.
    raised
        By how much the calendar raises what is expected of the entity.
    learned
        Whether the baseline learned from the bucket.
    judged
        False where another signal judged the entity in the bucket.
    fits
        Whether the count fits the baseline from before the open alert; else true.
    alert_id
        Of the alert that is open after the bucket, or that the bucket resolved.
    detector
        Which judged it.
    """

    start: int
    end: int
    count: float
    expected: float
    low: float | None
    high: float | None
    alarms_at: float | None
    evidence_nats: float
    threshold_nats: float
    factor: float
    raised: float
    learned: bool
    judged: bool
    fits: bool
    alert_id: str | None
    detector: str


@dataclass(slots=True)
class Watch:
    """Whom a stream tells of in each close.

    Attributes
    ----------
    entity
        Its id.
    seen
        All that was told, in order; begins with the entity's first count.
    """

    entity: str
    seen: list[Watched] = field(default_factory=list)

    def take(self, bucket: Watched) -> None:
        """Take a closed bucket."""
        self.seen.append(bucket)


Watcher = Callable[[str, Level, Signal], Watch | None]
"""Who is followed, by group, level and signal; None where nobody is."""

NOTHING = Outlook(None, None, None)
"""Where there is no expectation yet."""


def unwatched(group: str, level: Level, signal: Signal) -> Watch | None:
    """Nobody is followed."""
    return None
