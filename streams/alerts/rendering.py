"""From an alert's change to the bytes that readers get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from streams.alerts.cloudevent import (
    Alert,
    AlertEvent,
    AlertState,
    Entity,
    Reporters,
    encode_alert,
)
from streams.alerts.era import Era
from streams.alerts.identity import subject
from streams.alerts.lifecycle import AlertChange
from streams.alerts.sentences import sentence
from streams.counts.bucket import Buckets
from streams.detection.signals import events_signal
from streams.language.catalogue import ENGLISH

STATE_AFTER: dict[AlertEvent, AlertState] = {
    "early": "early",
    "retracted": "retracted",
    "opened": "open",
    "updated": "open",
    "resolved": "resolved",
    "ended": "resolved",
}
"""An alert's state after each thing that may happen to it."""


class Published(msgspec.Struct, frozen=True):
    """An alert as it leaves: the record's key and value."""

    key: bytes
    value: bytes
    alert: Alert


LookAlike = Callable[[AlertChange], str | None]
ReportersOf = Callable[[AlertChange], Reporters | None]


def _nobody(_: AlertChange) -> None:
    return None


@dataclass(slots=True)
class AlertRenderer:
    """Renders the alerts of a group of sources.

    Attributes
    ----------
    name, config
        The configuration's name and hash.
    group
        The group.
    buckets
        How the group divides time; times are written in its zone.
    era
        The epoch, and what was warmed.
    look_alike
        Gives the id of a known entity that the entity of a change could be taken for.
    reporters
        Says who complained, of a change of an alert on complaints.
    by_reporters
        Whether reporters are judged in place of complaints.
    """

    name: str
    config: str
    group: str
    buckets: Buckets
    era: Era = Era()  # noqa: RUF009 (frozen)
    look_alike: LookAlike = _nobody
    reporters: ReportersOf = _nobody
    by_reporters: bool = False

    def render(
        self,
        change: AlertChange,
        end: int,
        *,
        feed_no: int | None,
        parent: str | None = None,
        moved_from: str | None = None,
    ) -> Published:
        """Render a revision.

        Parameters
        ----------
        change
            What became of the alert.
        end
            End of the bucket that caused it, epoch s.
        feed_no
            Its number in the feed; None where the change is of an early alert.
        parent
            Id of the wider alert that it is part of.
        moved_from
            Id that it had in the epoch before.
        """
        alert, label = change.alert, self.buckets.label
        on_complaints = events_signal(change.signal) == "complaints"
        unworded = Alert(
            event=change.step,
            alert_id=alert.alert_id,
            revision=alert.revision,
            group=self.group,
            epoch=self.era.epoch,
            feed_no=feed_no,
            state=STATE_AFTER[change.step],
            entity=Entity(change.level, change.entity),
            signal=change.signal,
            kind=change.kind,
            detector=alert.detector,
            severity=alert.severity,
            onset=label(alert.onset),
            first_bucket=label(alert.first_bucket),
            last_bucket=label(alert.last_bucket),
            bucket_s=self.buckets.bucket_s,
            observed=_exact(alert.observed),
            expected=alert.expected,
            exposure=alert.exposure if change.signal == "complaint_rate" else None,
            ratio=alert.ratio,
            evidence_nats=alert.evidence_nats,
            threshold_nats=alert.threshold_nats,
            reason=alert.reason,
            silent_days=alert.silent_days,
            newcomers=alert.newcomers,
            count_by="reporters" if self.by_reporters and on_complaints else None,
            reporters=self.reporters(change) if on_complaints else None,
            looks_like=self.look_alike(change),
            belongs_to=alert.belongs_to,
            basis=alert.basis,
            parent=parent,
            moved_from=moved_from,
            summary="",
            config=self.era.config(self.config),
        )
        worded = replace(unworded, summary=sentence(unworded, ENGLISH))
        value = encode_alert(worded, name=self.name, time=label(end))
        key = subject(change.level, change.entity).encode()
        return Published(key, value, worded)


def _exact(count: float) -> int | float:
    """A whole number as an integer: 57 and not 57.0."""
    return int(count) if count == int(count) else count
