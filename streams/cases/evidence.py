"""What an alert said when it became evidence: it outlives the alert's retention. Pure."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

import msgspec

from streams.alerts.cloudevent import Alert, BelongsTo, Number

MOST_EVIDENCE: Final = 50
"""Alerts of a case."""

LONGEST_SUMMARY: Final = 1000
"""Characters of an alert's sentence that are kept."""

MOST_NAMES: Final = 5
"""Names of a level that are kept of what an entity belongs to."""

AlertId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]
CaseId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]
_Text = Annotated[str, msgspec.Meta(max_length=LONGEST_SUMMARY)]
_Short = Annotated[str, msgspec.Meta(max_length=300)]


class AlertEvidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A revision of an alert, as it was.

    Attributes
    ----------
    alert_id, revision, group, epoch, feed_no
        Which revision, and its number in the feed; None where it was only early.
    entity
        What it is about, ``level/id``.
    belongs_to
        Names that this belongs to, by level: the first five of each.
    signal, kind, severity, state
        What it said.
    onset, first_bucket, last_bucket, bucket_s
        Its time: starts of buckets, in the source's time zone.
    observed, expected, ratio, evidence_nats, exposure
        Its figures.
    summary
        Its sentence.
    config
        Hash of the configuration that made it.
    """

    alert_id: AlertId
    revision: Number
    group: _Short
    epoch: Number = 1
    feed_no: Number | None = None
    entity: _Short
    belongs_to: BelongsTo | None = None
    signal: _Short
    kind: _Short | None = None
    severity: _Short
    state: _Short
    onset: _Short
    first_bucket: _Short
    last_bucket: _Short
    bucket_s: Number
    observed: float
    expected: float
    ratio: float
    evidence_nats: float
    exposure: float | None = None
    summary: _Text
    config: _Short


def evidence_of(alert: Alert) -> AlertEvidence:
    """Return an alert as evidence."""
    return AlertEvidence(
        alert_id=alert.alert_id,
        revision=alert.revision,
        group=alert.group,
        epoch=alert.epoch,
        feed_no=alert.feed_no,
        entity=f"{alert.entity.level}/{alert.entity.in_form}",
        belongs_to=_first_names(alert.belongs_to),
        signal=alert.signal,
        kind=alert.kind,
        severity=alert.severity,
        state=alert.state,
        onset=alert.onset,
        first_bucket=alert.first_bucket,
        last_bucket=alert.last_bucket,
        bucket_s=alert.bucket_s,
        observed=float(alert.observed),
        expected=alert.expected,
        ratio=alert.ratio,
        evidence_nats=alert.evidence_nats,
        exposure=alert.exposure,
        summary=alert.summary[:LONGEST_SUMMARY],
        config=alert.config,
    )


def case_id_of_alert(alert_id: str) -> str:
    """Return the id of the case of an alert: whoever opens it, there is one.

    Examples
    --------
    >>> case_id_of_alert("2b1926685558e977")
    '5dab358fa9db1619'
    """
    return _hashed(f"alert/{alert_id}")


def case_id_of_recurrence(case_id: str) -> str:
    """Return the id of the case that follows one that recurred."""
    return _hashed(f"recurrence/{case_id}")


def _hashed(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8, person=b"case").hexdigest()


def _first_names(names: BelongsTo | None) -> BelongsTo | None:
    return None if names is None else {level: of[:MOST_NAMES] for level, of in names.items()}
