"""The life of a feed alert: opened, updated, resolved; one for each run of faulty buckets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from streams.alerts.cloudevent import FaultKind, alert_id
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
    kind: FaultKind
    step: Step
    fault: Fault


class Faults:
    """Runs of faulty buckets of one source, and the alerts open on them; one a kind.

    Like other alerts these are told again when they have doubled, here in buckets: of
    a run the 1st, 2nd, 4th, 8th bucket and the end.

    Parameters
    ----------
    group, source
        The group's name, and the source's.
    bucket_s
        Bucket size in seconds.
    longest_s
        How long a run may be called a fault.
    """

    def __init__(self, group: str, source: str, bucket_s: int, longest_s: float) -> None:
        self._group = group
        self._source, self._bucket_s, self._longest_s = source, bucket_s, longest_s
        self.open: dict[FaultKind, Fault] = {}
        self.runs: dict[FaultKind, Run] = {}

    def run(self, kind: FaultKind, start: int) -> Run:
        """The kind's run, longer by this bucket."""
        run = self.runs.setdefault(kind, Run(start, start))
        run.last_bucket = start
        run.buckets += 1
        return run

    def outlived(self, kind: FaultKind, start: int) -> bool:
        """Whether the kind's run has had its longest life in the buckets before this one."""
        run = self.runs.get(kind)
        if run is None:
            return False
        before = run.buckets - (run.last_bucket == start)
        return before * self._bucket_s >= self._longest_s

    def bad(
        self, kind: FaultKind, start: int, run: Run, *, detector: str, threshold_nats: float
    ) -> list[FeedChange]:
        """A closed bucket belongs to a faulty run, of which `run` holds the sums."""
        before = self.open.get(kind)
        fault = Fault(
            alert_id=self._id(detector, start) if before is None else before.alert_id,
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
        return [] if step is None else [FeedChange(self._source, kind, step, fault)]

    def _id(self, detector: str, start: int) -> str:
        return alert_id(
            self._group, "source", self._source, "source", detector, self._bucket_s, start
        )

    def good(self, kind: FaultKind, reason: FaultReason | None = None) -> list[FeedChange]:
        """The run has ended, or lasted so long that `reason` ends its alert."""
        self.runs.pop(kind, None)
        fault = self.open.pop(kind, None)
        if fault is None:
            return []
        last = msgspec.structs.replace(fault, revision=fault.revision + 1, reason=reason)
        return [FeedChange(self._source, kind, "resolved", last)]

    def pack(self) -> bytes:
        """State as bytes."""
        return msgspec.msgpack.encode(_State(self.open, self.runs))

    def unpack(self, packed: bytes) -> None:
        """Take the state that `pack` gave."""
        state = msgspec.msgpack.decode(packed, type=_State)
        self.open, self.runs = state.open, state.runs


class _State(msgspec.Struct):
    open: dict[FaultKind, Fault]
    runs: dict[FaultKind, Run]
