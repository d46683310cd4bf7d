"""An alert's first revision."""

from __future__ import annotations

from streams.alerts.lifecycle import Episode, Rules, enters


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
) -> Episode | None:
    """Open an alert, if what was found is worth one.

    Parameters
    ----------
    rules
        When alerts begin.
    alert_id, detector
        What it says of itself.
    start, end
        The bucket that it opens in, epoch s.
    onset, observed, expected
        The stretch that stands out: its start, counts and expectation.
    count
        What was judged.
    exposure, alarmed, highest
        As `Episode` goes on with them.
    evidence, threshold
        Of the detector, in nats.
    """
    if not enters(rules, count=count, observed=observed, evidence=evidence, threshold=threshold):
        return None
    episode = Episode(
        alert_id=alert_id,
        detector=detector,
        revision=1,
        onset=onset,
        first_bucket=start,
        last_bucket=start,
        observed=observed,
        expected=expected,
        exposure=exposure,
        evidence_nats=evidence,
        threshold_nats=threshold,
        severity="warning",
        shown=observed,
        alarmed=alarmed,
        highest=highest,
        told=end,
    )
    episode.grade()
    return episode
