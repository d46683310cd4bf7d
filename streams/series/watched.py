"""One entity in one closed bucket, as a signal judged it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WatchedEntity:
    """An entity in a closed bucket, as one signal judged it.

    Attributes
    ----------
    start, end
        The bucket, epoch s.
    count, expected
        What was counted, and what was expected before it was.
    low, high, alarms_at
        See `detectors.burst.prediction_band`; `alarms_at` is None while an alert is open.
    evidence_nats, threshold_nats
        The detector's, in the bucket; while an alert is open, of the bucket alone.
    factor
        Common factor of the bucket.
    raised
        By how much the calendar multiplies what is expected of the entity.
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
    alarms_known
        False where nobody asked which count would have been enough: `alarms_at` then says nothing.
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
    alarms_known: bool = True
