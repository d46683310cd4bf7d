"""The life of a feed alert: opened, updated, resolved; one for each run of faulty buckets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from streams.alerts.cloudevent import FeedKind, alert_id
from streams.alerts.lifecycle import Step

FaultReason = Literal["level_shift", "stalled"]


class Run(msgspec.Struct):
    """Buckets in a row with the same fault, and their sums.

    ``evidence_nats`` adds up; ``weighed`` are those of which something was expected,
    ``beside`` those in which other sources of the group had events.
    """

    onset: int
    last_bucket: int
    buckets: int = 0
    weighed: int = 0
    beside: int = 0
    observed: float = 0.0
    expected: float = 0.0
    evidence_nats: float = 0.0


class Fault(msgspec.Struct, frozen=True):
    """A revision of a feed alert, undressed."""

    alert_id: str
    detector: str
    revision: int
    onset: int
    first_bucket: int
    last_bucket: int
    buckets: int
    observed: float
    expected: float
    evidence_nats: float
    threshold_nats: float
    shown: int
    reason: FaultReason | None = None

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected if self.expected > 0 else self.observed


@dataclass(frozen=True, slots=True)
class FeedChange:
    """A feed alert that a close opened, changed or ended: the next revision."""

    source: str
    kind: FeedKind
    step: Step
    fault: Fault


class Faults:
    """Open feed alerts of one source, at most one a kind.

    Like other alerts these are told again when they have doubled, here in buckets: of
    a run the 1st, 2nd, 4th, 8th bucket and the end.

    Parameters
    ----------
    source
        Its name.
    bucket_s
        Bucket size in seconds.
    """

    def __init__(self, source: str, bucket_s: int) -> None:
        self._source, self._bucket_s = source, bucket_s
        self.open: dict[FeedKind, Fault] = {}

    def bad(
        self, kind: FeedKind, start: int, run: Run, *, detector: str, threshold_nats: float
    ) -> FeedChange | None:
        """A closed bucket belongs to a faulty run, of which `run` holds the sums."""
        before = self.open.get(kind)
        fault = Fault(
            alert_id=alert_id("source", self._source, "feed", detector, self._bucket_s, start)
            if before is None
            else before.alert_id,
            detector=detector,
            revision=1 if before is None else before.revision,
            onset=run.onset,
            first_bucket=start if before is None else before.first_bucket,
            last_bucket=run.last_bucket,
            buckets=run.buckets,
            observed=run.observed,
            expected=run.expected,
            evidence_nats=run.evidence_nats,
            threshold_nats=threshold_nats,
            shown=run.buckets if before is None else before.shown,
        )
        step: Step | None = "opened" if before is None else None
        if before is not None and run.buckets >= 2 * before.shown:
            step = "updated"
            revision = before.revision + 1
            fault = msgspec.structs.replace(fault, revision=revision, shown=run.buckets)
        self.open[kind] = fault
        return None if step is None else FeedChange(self._source, kind, step, fault)

    def good(self, kind: FeedKind, reason: FaultReason | None = None) -> FeedChange | None:
        """The run has ended, or lasted so long that `reason` ends the alert."""
        fault = self.open.pop(kind, None)
        if fault is None:
            return None
        last = msgspec.structs.replace(fault, revision=fault.revision + 1, reason=reason)
        return FeedChange(self._source, kind, "resolved", last)
