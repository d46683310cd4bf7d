"""The life of an alert: opened, updated, resolved. The same for entities and for sources.

An alert has a rule to begin and another rule to end, so that it does not open and close in
turn. The module knows nothing of detectors' banks, Kafka or clocks: a judge tells it what each
closed bucket was.

* *Open*: the evidence reaches the threshold, the bucket has a count, and what was observed since
  the onset is at least ``min_count``.
* *Update*: one of these has happened since the last revision. The severity has risen. What was
  observed has doubled. A bucket counted half as much again as any before it. A day has passed,
  and the burst goes on.
* *Resolve*: the counts fitted the baseline from before the alert for ``exit_after`` buckets in a
  row, and the alert is older than ``min_hold`` buckets.
* *Level shift*: an alert that outlives ``longest_life`` is resolved, and its level is learned.

`streams.detection.source_faults.fault_runs` decides when a source's alert begins, doubles and
ends. Its alerts are the same objects, and their revisions are counted in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from streams.alerts.cloudevent import AlertEvent, AlertSignal, BelongsTo, NewIds
from streams.alerts.misuse.basis import Basis
from streams.counts.bucket import DAY_S
from streams.items import Level

Step = Literal["opened", "updated", "resolved"]
"""What a closed bucket may do to an alert."""

Severity = Literal["warning", "critical"]

CRITICAL_MARGIN_NATS = 6.9
"""An alert with this much more evidence than it needs is critical: a thousand times as much."""

CRITICAL_RATIO = 20.0
"""An alert is also critical if the count is at least this many times the expectation, and at least
this large."""

NEW_HIGH = 1.5
"""A count that is this many times the highest before it is worth a revision."""


@dataclass(frozen=True, slots=True)
class Rules:
    """When alerts of entities begin and end.

    Attributes
    ----------
    min_count
        What must have been observed for an alert to be worth anybody's time.
    exit_after
        Buckets in a row that must fit the baseline for the alert to end.
    min_hold
        Buckets that an alert lasts at least.
    longest_life_s
        How long an alert lasts at most.
    """

    min_count: int
    exit_after: int
    min_hold: int
    longest_life_s: float


class Finding(msgspec.Struct, frozen=True):
    """What a detector found: what an alert begins with.

    Attributes
    ----------
    detector
        Its name.
    onset, observed, expected
        The stretch of time that stands out: its start (epoch s), what was counted in it, and what
        was expected.
    count
        What was counted in the bucket that was judged.
    exposure, alarmed, highest
        What `OpenAlert` begins with.
    evidence_nats, threshold_nats
        The detector's evidence, and from where on it is an alert.
    """

    detector: str
    onset: int
    observed: float
    expected: float
    count: float
    exposure: float
    alarmed: float
    highest: float
    evidence_nats: float
    threshold_nats: float


class OpenAlert(msgspec.Struct):
    """An alert in progress: what its next revision will say.

    Attributes
    ----------
    alert_id, detector
        Its id, and the detector that found it.
    revision
        Number of the last revision; 0 for an early alert.
    onset
        Start of the stretch that stands out, epoch s.
    first_bucket, last_bucket
        Starts of the first and of the last alarmed bucket, epoch s.
    observed, expected
        Sums since the onset.
    exposure, alarmed
        Exposure and count since the first bucket. Of a complaint rate both begin at the onset,
        and the exposure is a number of messages.
    evidence_nats, threshold_nats
        As the detector found them.
    severity
        It never falls.
    size_at_last_revision
        What must double for the next update: `observed` as the last revision said it. Of a
        source's fault it is the number of faulty buckets.
    highest
        The largest count of a single bucket.
    last_revision_end
        End of the bucket that caused the last revision, epoch s.
    held
        Buckets since it opened, the first of them too.
    quiet
        Buckets in a row that fitted the baseline.
    reason
        Why it ends, where it does not end because all is as before.
    silent_days
        Days from the last count to the first bucket, of an entity that had retired.
    newcomers
        How many new ids have come since the first bucket, and what they counted; None unless the
        alert is on newcomers.
    belongs_to
        What the entity belonged to when the alert was opened, so that it is routed the same to its
        end; None where nothing is known.
    basis
        What an alert on misuse rests on; None of other signals.
    """

    alert_id: str
    detector: str
    revision: int
    onset: int
    first_bucket: int
    last_bucket: int
    observed: float
    expected: float
    exposure: float
    evidence_nats: float
    threshold_nats: float
    severity: Severity
    size_at_last_revision: float
    alarmed: float
    highest: float
    last_revision_end: int
    held: int = 1
    quiet: int = 0
    reason: str | None = None
    silent_days: int | None = None
    newcomers: NewIds | None = None
    belongs_to: BelongsTo | None = None
    basis: Basis | None = None

    @property
    def ratio(self) -> float:
        """Observed over expected; what was observed, where nothing was expected."""
        return self.observed / self.expected if self.expected > 0 else self.observed

    @property
    def rate(self) -> float:
        """Count for each unit of exposure since the first bucket: the new level, if it lasts."""
        return self.alarmed / self.exposure if self.exposure > 0 else 0.0

    def grade(self) -> None:
        """Raise the severity where evidence or ratio ask for it."""
        strong = self.evidence_nats >= self.threshold_nats + CRITICAL_MARGIN_NATS
        large = self.ratio >= CRITICAL_RATIO and self.observed >= CRITICAL_RATIO
        if strong or large:
            self.severity = "critical"

    def update(self, end: int, size: float) -> None:
        """Make the next revision.

        Parameters
        ----------
        end
            End of the bucket that causes it, epoch s.
        size
            What must double from now on.
        """
        self.revision += 1
        self.last_revision_end, self.size_at_last_revision = end, size

    def end(self, reason: str | None = None) -> None:
        """Make the last revision."""
        self.revision += 1
        self.reason = reason


class AlertChange(msgspec.Struct, frozen=True):
    """What became of an alert: its next revision, which is still to be numbered and rendered.

    Attributes
    ----------
    level, entity, signal
        What the alert is about; level and signal are ``source`` where the data are at fault.
    step
        What happened. ``early`` and ``retracted`` are of alerts that an open bucket raised.
    alert
        The alert as it is now: a copy, since the alert goes on.
    kind
        What is wrong with a source, or what of misuse was found.
    """

    level: Level | Literal["source"]
    signal: AlertSignal
    entity: str
    step: AlertEvent
    alert: OpenAlert
    kind: str | None = None


def open_alert(
    rules: Rules, alert_id: str, finding: Finding, *, start: int, end: int
) -> OpenAlert | None:
    """Open an alert; None where what was found is not worth one.

    Parameters
    ----------
    rules
        When alerts begin.
    alert_id
        Its id.
    finding
        What was found.
    start, end
        The bucket that it opens in, epoch s.
    """
    enough = finding.observed >= rules.min_count
    if finding.count <= 0 or finding.evidence_nats < finding.threshold_nats or not enough:
        return None
    alert = _begun(alert_id, finding, start, end, revision=1)
    alert.grade()
    return alert


def early_alert(alert_id: str, finding: Finding, *, start: int, end: int) -> OpenAlert:
    """Make an alert that an open bucket would open if it closed now: revision 0.

    Parameters
    ----------
    alert_id
        Its id: the close that confirms the alert gives it the same one.
    finding
        What was found so far.
    start, end
        The bucket, epoch s.
    """
    return _begun(alert_id, finding, start, end, revision=0)


def _begun(alert_id: str, finding: Finding, start: int, end: int, revision: int) -> OpenAlert:
    return OpenAlert(
        alert_id=alert_id,
        detector=finding.detector,
        revision=revision,
        onset=finding.onset,
        first_bucket=start,
        last_bucket=start,
        observed=finding.observed,
        expected=finding.expected,
        exposure=finding.exposure,
        evidence_nats=finding.evidence_nats,
        threshold_nats=finding.threshold_nats,
        severity="warning",
        size_at_last_revision=finding.observed,
        alarmed=finding.alarmed,
        highest=finding.highest,
        last_revision_end=end,
    )


def follow(
    alert: OpenAlert,
    rules: Rules,
    *,
    bucket: int,
    end: int,
    count: float,
    expected: float,
    exposure: float,
    fits: bool,
) -> Step | None:
    """Take an open alert through one closed bucket; it changes `alert`.

    Parameters
    ----------
    alert, rules
        The alert, and when alerts end.
    bucket, end
        Start and end of the closed bucket, epoch s.
    count, expected
        What was counted in it, and what the baseline from before the alert expected.
    exposure
        The bucket's exposure, from which a level shift learns the new rate.
    fits
        Whether the count fits that baseline.

    Returns
    -------
    Step or None
        The alert's next revision; None where there is nothing new to publish.
    """
    alert.held += 1
    alert.quiet = alert.quiet + 1 if fits else 0
    if not fits:
        alert.last_bucket = bucket
    alert.observed += count
    alert.alarmed += count
    alert.expected += expected
    alert.exposure += exposure
    if alert.quiet >= rules.exit_after and alert.held > rules.min_hold:
        alert.end()
        return "resolved"
    if end - alert.first_bucket >= rules.longest_life_s:
        alert.end("level_shift")
        return "resolved"
    severity_before = alert.severity
    alert.grade()
    doubled = not fits and alert.observed >= 2 * alert.size_at_last_revision
    new_high = not fits and count > NEW_HIGH * alert.highest
    goes_on = not fits and end - alert.last_revision_end >= DAY_S
    alert.highest = max(alert.highest, count)
    if alert.severity != severity_before or doubled or new_high or goes_on:
        alert.update(end, alert.observed)
        return "updated"
    return None
