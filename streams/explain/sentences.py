"""Sentences on a bucket: why it opened an alert, or why it did not."""

from __future__ import annotations

from streams.alerts.phrases import about, span
from streams.detection.signals import NEWCOMER
from streams.explain.history import EntityHistory
from streams.language.catalogue import ENGLISH
from streams.series.watched import WatchedEntity

UNUSUAL_FACTOR = 1.2
"""A common factor is mentioned if it is this many times larger, or smaller, than 1."""


def title(history: EntityHistory, at: int) -> str:
    """Say in a sentence which alert there was, or that there was none."""
    bucket = history.closed[at]
    for alert in (history.alert_at(bucket), *history.other_alerts_at(bucket)):
        if alert is not None:
            return alert.summary
    if not history.alerts:
        since = history.label(history.closed[0].start)
        return f"{history.who}: no alert on {history.noun} since the first count, {since}."
    number, when = len(history.alerts), history.label(history.closed[at].start)
    alerts = "1 alert" if number == 1 else f"{number} alerts"
    return f"{history.who}: {alerts} on {history.noun}, but none at {when}."


def because(history: EntityHistory, at: int) -> list[str]:
    """Say why the bucket opened an alert, or why it did not, in sentences.

    Parameters
    ----------
    history
        The history.
    at
        Index of the bucket in `closed`.
    """
    bucket = history.closed[at]
    when = span(ENGLISH, history.buckets.label(bucket.start), history.buckets.bucket_s)
    counted = f"{when[0].upper()}{when[1:]}: {history.counted(bucket)}"
    if not bucket.judged:
        return [f"{counted}. The complaint rate judged them: see --signal complaint_rate."]
    if bucket.detector == NEWCOMER:
        out = [
            f"{counted}. This first count was compared with the first counts of other newcomers,"
            " and where these are few with the counts of known entities."
        ]
    else:
        origin = " from its sends" if history.signal == "complaint_rate" else ""
        out = [f"{counted}; {about(bucket.expected)} expected{origin}."]
        if bucket.low is not None and bucket.high is not None:
            out.append(f"In 19 of 20 such cases the count is {_range(bucket.low, bucket.high)}.")
    out.append(_verdict(history, bucket))
    alert = history.alert_at(bucket)
    if alert is not None and alert.onset < alert.first:
        out.append(f"The burst began in the bucket of {history.label(alert.onset)}.")
    if max(bucket.factor, 1.0 / bucket.factor) >= UNUSUAL_FACTOR:
        out.append(
            f"All entities together had {about(bucket.factor)} times the counts that were expected"
            " of them. The expected count includes this."
        )
    if bucket.raised > 1.0:
        out.append(f"The calendar multiplies what is expected by {about(bucket.raised)}.")
    if not bucket.learned and bucket.alert_id is None:
        out.append("The baseline did not learn from this bucket, because its data are incomplete.")
    out += [
        f"Another detector, {alert.detector}, has an alert: {alert.summary}"
        for alert in history.other_alerts_at(bucket)
    ]
    return out + history.faults_at(bucket.start)


def _range(low: float, high: float) -> str:
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def _verdict(history: EntityHistory, bucket: WatchedEntity) -> str:
    evidence = f"{bucket.evidence_nats:.1f} nats, and {bucket.threshold_nats:.1f} are needed"
    alert = history.alert_at(bucket)
    if alert is None:
        if bucket.evidence_nats < bucket.threshold_nats:
            none = "No alert by this detector" if history.other_alerts_at(bucket) else "No alert"
            if not bucket.alarms_known:
                return f"{none}: the evidence is {evidence}."
            enough = "no count would have been enough"
            if bucket.alarms_at is not None:
                enough = f"a count of {bucket.alarms_at:,.0f} would have been enough"
            return f"{none}: the evidence is {evidence}; {enough}."
        if bucket.count == 0:
            return f"No alert: the evidence is {evidence}, but a bucket without a count opens none."
        if history.other_alerts_at(bucket):
            return f"The evidence is {evidence}; it supports the alert that is already open."
        return (
            f"No alert: the evidence is {evidence}, but the count since the burst began is less"
            f" than detect.min_count, {history.min_count}."
        )
    if bucket.start == alert.first:
        enough = ""
        if bucket.alarms_at:
            enough = f"; a count of {bucket.alarms_at:,.0f} would have been enough"
        return f"This opened the alert: the evidence is {evidence}{enough}."
    if bucket.end == alert.ended:
        reason = alert.revisions[-1].alert.reason
        if reason == "level_shift":
            return "This ended the alert: it lasted so long that the new level is now usual."
        return (
            f"This ended the alert: {history.exit_after} counts in a row were as usual before the"
            " alert."
        )
    if bucket.fits:
        return (
            "The alert is open. This count is as usual before the alert;"
            f" {history.exit_after} such counts in a row end it."
        )
    return "The alert is open. This count is still higher than usual before the alert."


def state(history: EntityHistory, bucket: WatchedEntity) -> str:
    """Say what became of a bucket, in a word or two."""
    alert = history.alert_at(bucket)
    if not bucket.judged:
        return "judged by rate"
    if alert is None:
        other_alerts = [f"open, {other.detector}" for other in history.other_alerts_at(bucket)]
        return ", ".join(other_alerts) or ("" if bucket.learned else "not learned")
    if bucket.end == alert.ended:
        return "resolved"
    if bucket.start == alert.first:
        return "opened"
    return "open, fits" if bucket.fits else "open"


def series(history: EntityHistory) -> list[dict[str, object]]:
    """Give every bucket as plain values, for programs."""
    return [
        {
            "start": history.buckets.label(bucket.start),
            "count": bucket.count,
            "expected": bucket.expected,
            "low": bucket.low,
            "high": bucket.high,
            "alarms_at": bucket.alarms_at,
            "evidence_nats": bucket.evidence_nats,
            "threshold_nats": bucket.threshold_nats,
            "common_factor": bucket.factor,
            "calendar_factor": bucket.raised,
            "detector": bucket.detector,
            "judged": bucket.judged,
            "learned": bucket.learned,
            "fits": bucket.fits,
            "alert_id": bucket.alert_id,
            "state": state(history, bucket),
        }
        for bucket in history.closed
    ]
