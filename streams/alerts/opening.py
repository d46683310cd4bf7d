"""An alert's first revision, until the judges call `streams.alerts.lifecycle.open_alert`."""

from __future__ import annotations

from streams.alerts.lifecycle import Finding, OpenAlert, Rules, open_alert


def opened(
    rules: Rules,
    alert_id: str,
    detector: str,
    *,
    start: int,
    end: int,
    onset: int,
    count: float,
    observed: float,
    expected: float,
    exposure: float,
    alarmed: float,
    highest: float,
    evidence: float,
    threshold: float,
) -> OpenAlert | None:
    """See `open_alert`."""
    finding = Finding(
        detector=detector,
        onset=onset,
        observed=observed,
        expected=expected,
        count=count,
        exposure=exposure,
        alarmed=alarmed,
        highest=highest,
        evidence_nats=evidence,
        threshold_nats=threshold,
    )
    return open_alert(rules, alert_id, finding, start=start, end=end)
