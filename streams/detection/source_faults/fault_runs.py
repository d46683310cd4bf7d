"""Runs of faulty buckets of a source, and the alerts that are open on them."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec.structs import replace

from detectors.state import State
from streams.alerts.identity import EPOCH, alert_id
from streams.alerts.lifecycle import AlertChange, OpenAlert, Step
from streams.detection.signals import FaultKind

EndReason = Literal["level_shift", "stalled"]
"""Why an alert on a source ends though its fault goes on."""


class FaultRun(msgspec.Struct):
    """Buckets in a row with the same fault, and their sums.

    Attributes
    ----------
    onset, last_bucket
        Starts of the first and of the last of them, epoch s.
    buckets
        How many they are.
    weighed
        How many of them were expected to have records.
    beside
        How many of them had records of another source of the group.
    observed, expected, evidence_nats
        Sums over the buckets.
    """

    onset: int
    last_bucket: int
    buckets: int = 0
    weighed: int = 0
    beside: int = 0
    observed: float = 0.0
    expected: float = 0.0
    evidence_nats: float = 0.0


class FaultRuns:
    """Runs of faulty buckets of one source and their open alerts: at most one of each kind.

    An alert on a source is updated when its run has doubled: a run of faulty buckets is published
    at its 1st, 2nd, 4th and 8th bucket and so on, and at its end.

    Parameters
    ----------
    group, source
        The group's name, and the source's.
    bucket_s
        Bucket size in seconds.
    longest_s
        How long a run may be called a fault.

    Attributes
    ----------
    open, runs
        Open alerts and runs of faulty buckets, by kind.
    epoch
        Epoch of the ids of the alerts that open.
    state
        What a checkpoint stores.
    """

    def __init__(self, group: str, source: str, bucket_s: int, longest_s: float) -> None:
        self._group, self._source = group, source
        self._bucket_s, self._longest_s = bucket_s, longest_s
        self.epoch = EPOCH
        self.open: dict[FaultKind, OpenAlert] = {}
        self.runs: dict[FaultKind, FaultRun] = {}
        self.state = State()
        self.state.keyed(self, open=dict[FaultKind, OpenAlert], runs=dict[FaultKind, FaultRun])

    @property
    def gap(self) -> FaultRun | None:
        """The gap that an alert is open on."""
        return self.runs.get("gap") if self.open.keys() & {"gap", "stalled"} else None

    def longer(self, kind: FaultKind, start: int) -> FaultRun:
        """Return the run of a kind, longer by the bucket that starts at `start`."""
        run = self.runs.setdefault(kind, FaultRun(start, start))
        run.last_bucket = start
        run.buckets += 1
        return run

    def has_outlived(self, kind: FaultKind, start: int) -> bool:
        """Whether the run of a kind had its longest life before the bucket at `start`."""
        run = self.runs.get(kind)
        if run is None:
            return False
        before = run.buckets - (run.last_bucket == start)
        return before * self._bucket_s >= self._longest_s

    def follow(
        self,
        kind: FaultKind,
        start: int,
        end: int,
        run: FaultRun,
        *,
        detector: str,
        threshold_nats: float,
    ) -> list[AlertChange]:
        """Open or follow the alert of a run, to which a closed bucket has been added.

        Parameters
        ----------
        kind
            What is wrong.
        start, end
            The bucket, epoch s.
        run
            The run, with the bucket.
        detector, threshold_nats
            What found the fault, and from which evidence on it is one.
        """
        step: Step | None = None
        alert = self.open.get(kind)
        if alert is None:
            step = "opened"
            alert = self.open[kind] = self._opened(kind, start, detector)
            alert.update(end, float(run.buckets))
        elif run.buckets >= 2 * alert.size_at_last_revision:
            step = "updated"
            alert.update(end, float(run.buckets))
        alert.onset, alert.last_bucket, alert.held = run.onset, run.last_bucket, run.buckets
        alert.observed, alert.expected = run.observed, run.expected
        alert.evidence_nats, alert.threshold_nats = run.evidence_nats, threshold_nats
        return [] if step is None else [self._change(kind, step, alert)]

    def finish(self, kind: FaultKind, reason: EndReason | None = None) -> list[AlertChange]:
        """End a run and its alert; `reason` says why, where the fault goes on."""
        self.runs.pop(kind, None)
        return self.close_alert(kind, reason)

    def close_alert(self, kind: FaultKind, reason: EndReason | None = None) -> list[AlertChange]:
        """End the alert of a run; the run goes on."""
        alert = self.open.pop(kind, None)
        if alert is None:
            return []
        alert.end(reason)
        return [self._change(kind, "resolved", alert)]

    def begin_again(self) -> list[AlertChange]:
        """Return all open alerts as opened: each has its first revision again."""
        for alert in self.open.values():
            alert.revision = 1
        return [self._change(kind, "opened", alert) for kind, alert in sorted(self.open.items())]

    def _opened(self, kind: FaultKind, start: int, detector: str) -> OpenAlert:
        name = alert_id(
            self._group, "source", self._source, "source", detector, self._bucket_s, start,
            epoch=self.epoch,
        )  # fmt: skip
        return OpenAlert(
            alert_id=name,
            detector=detector,
            revision=0,
            onset=start,
            first_bucket=start,
            last_bucket=start,
            observed=0.0,
            expected=0.0,
            exposure=0.0,
            evidence_nats=0.0,
            threshold_nats=0.0,
            severity="critical" if kind == "stalled" else "warning",
            size_at_last_revision=0.0,
            alarmed=0.0,
            highest=0.0,
            last_revision_end=start,
        )

    def _change(self, kind: FaultKind, step: Step, alert: OpenAlert) -> AlertChange:
        return AlertChange("source", "source", self._source, step, replace(alert), kind)
