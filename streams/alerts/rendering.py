"""From what a close found to the bytes that readers get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from streams.alerts.cloudevent import EPOCH, Alert, Entity, encode_alert, subject
from streams.alerts.lifecycle import Episode, Step
from streams.alerts.sentences import summarise
from streams.alerts.source_sentences import summarise_feed
from streams.counts.bucket import Buckets
from streams.detection.signals import SLOW, Signal
from streams.detection.source_faults.lifecycle import FeedChange
from streams.items import Level


class _Change(Protocol):
    @property
    def level(self) -> Level: ...
    @property
    def signal(self) -> Signal: ...
    @property
    def entity(self) -> str: ...
    @property
    def step(self) -> Step: ...
    @property
    def episode(self) -> Episode: ...


class _Early(Protocol):
    @property
    def level(self) -> Level: ...
    @property
    def signal(self) -> Signal: ...
    @property
    def entity(self) -> str: ...
    @property
    def bucket(self) -> int: ...
    @property
    def alert_id(self) -> str: ...
    @property
    def detector(self) -> str: ...
    @property
    def observed(self) -> float: ...
    @property
    def expected(self) -> float: ...
    @property
    def evidence_nats(self) -> float: ...
    @property
    def threshold_nats(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Published:
    """An alert as it leaves: the record's key and value."""

    key: bytes
    value: bytes
    alert: Alert


@dataclass(frozen=True, slots=True)
class Dresser:
    """What all alerts of a group have in common.

    Attributes
    ----------
    name, config
        The configuration's name and hash.
    group
        Group of sources.
    buckets
        How the group divides time; gives labels their zone.
    """

    name: str
    config: str
    group: str
    buckets: Buckets

    def revision(
        self, change: _Change, feed_no: int, end: int, parent: str | None = None
    ) -> Published:
        """Dress a numbered revision, caused by the bucket that ends at `end`.

        `parent` is the id of the wider alert that it is part of.
        """
        episode = change.episode
        onset = self.buckets.label(episode.onset)
        last = self.buckets.label(episode.last_bucket)
        messages = episode.exposure if change.signal == "complaint_rate" else None
        alert = Alert(
            event=change.step,
            alert_id=episode.alert_id,
            revision=episode.revision,
            group=self.group,
            epoch=EPOCH,
            feed_no=feed_no,
            state="resolved" if change.step == "resolved" else "open",
            entity=Entity(change.level, change.entity),
            signal=change.signal,
            detector=episode.detector,
            severity=episode.severity,
            onset=onset,
            first_bucket=self.buckets.label(episode.first_bucket),
            last_bucket=last,
            bucket_s=self.buckets.bucket_s,
            observed=_whole(episode.observed),
            expected=episode.expected,
            exposure=messages,
            ratio=episode.ratio,
            evidence_nats=episode.evidence_nats,
            threshold_nats=episode.threshold_nats,
            reason=episode.reason,
            parent=parent,
            summary=summarise(
                change.step,
                level=change.level,
                entity=change.entity,
                signal=change.signal,
                observed=episode.observed,
                expected=episode.expected,
                ratio=episode.ratio,
                onset=onset,
                last_bucket=last,
                bucket_s=self.buckets.bucket_s,
                reason=episode.reason,
                messages=messages,
                slow=episode.detector == SLOW,
            ),
            config=self.config,
        )
        return self._publish(alert, end)

    def feed(self, change: FeedChange, feed_no: int, end: int) -> Published:
        """Dress a numbered revision of a feed alert: a source's data are at fault."""
        fault = change.fault
        onset = self.buckets.label(fault.onset)
        last = self.buckets.label(fault.last_bucket)
        alert = Alert(
            event=change.step,
            alert_id=fault.alert_id,
            revision=fault.revision,
            group=self.group,
            epoch=EPOCH,
            feed_no=feed_no,
            state="resolved" if change.step == "resolved" else "open",
            entity=Entity("source", change.source),
            signal="source",
            kind=change.kind,
            detector=fault.detector,
            severity="critical" if change.kind == "stalled" else "warning",
            onset=onset,
            first_bucket=self.buckets.label(fault.first_bucket),
            last_bucket=last,
            bucket_s=self.buckets.bucket_s,
            observed=_whole(fault.observed),
            expected=fault.expected,
            ratio=fault.ratio,
            evidence_nats=fault.evidence_nats,
            threshold_nats=fault.threshold_nats,
            reason=fault.reason,
            summary=summarise_feed(
                change.step,
                change.kind,
                source=change.source,
                observed=fault.observed,
                expected=fault.expected,
                onset=onset,
                last_bucket=last,
                bucket_s=self.buckets.bucket_s,
                reason=fault.reason,
            ),
            config=self.config,
        )
        return self._publish(alert, end)

    def early(self, early: _Early, *, refuted: bool) -> Published:
        """Dress a provisional alert, or its refutation by the close: revision 0."""
        start = self.buckets.label(early.bucket)
        ratio = early.observed / early.expected if early.expected > 0 else early.observed
        event, state = ("retracted", "retracted") if refuted else ("early", "early")
        alert = Alert(
            event=event,  # type: ignore[arg-type]
            alert_id=early.alert_id,
            revision=0,
            group=self.group,
            epoch=EPOCH,
            feed_no=None,
            state=state,  # type: ignore[arg-type]
            entity=Entity(early.level, early.entity),
            signal=early.signal,
            detector=early.detector,
            severity="warning",
            onset=start,
            first_bucket=start,
            last_bucket=start,
            bucket_s=self.buckets.bucket_s,
            observed=_whole(early.observed),
            expected=early.expected,
            ratio=ratio,
            evidence_nats=early.evidence_nats,
            threshold_nats=early.threshold_nats,
            summary=summarise(
                event,  # type: ignore[arg-type]
                level=early.level,
                entity=early.entity,
                signal=early.signal,
                observed=early.observed,
                expected=early.expected,
                ratio=ratio,
                onset=start,
                last_bucket=start,
                bucket_s=self.buckets.bucket_s,
            ),
            config=self.config,
        )
        return self._publish(alert, self.buckets.end(early.bucket))

    def _publish(self, alert: Alert, end: int) -> Published:
        value = encode_alert(alert, name=self.name, time=self.buckets.label(end))
        key = subject(alert.entity.level, alert.entity.id).encode()
        return Published(key, value, alert)


def _whole(count: float) -> int | float:
    return int(count) if count == int(count) else count
