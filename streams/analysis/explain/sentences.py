"""What is said of a bucket: why it opened an alert, or did not."""

from __future__ import annotations

from streams.alerts.sentences import about, span
from streams.analysis.explain.timeline import Story
from streams.detection.bucket_result import WatchedEntity
from streams.detection.signals import NEWCOMER

UNUSUAL_FACTOR = 1.2
"""A common factor so far from 1, up or down, is part of the reason."""


def title(story: Story, at: int) -> str:
    """One sentence about the whole: the alert, or that there was none."""
    bucket = story.seen[at]
    for spell in (story.spell_at(bucket), *story.besides_at(bucket)):
        if spell is not None:
            return spell.summary
    if not story.alerts:
        since = story.label(story.seen[0].start)
        return f"{story.who}: no alert about {story.noun} since {since}, its first."
    number = len(story.alerts)
    times = "an alert" if number == 1 else f"{number} alerts"
    return f"{story.who}: {times} about {story.noun}, none of them at {_when(story, at)}."


def _when(story: Story, at: int) -> str:
    return story.label(story.seen[at].start)


def because(story: Story, at: int) -> list[str]:
    """Why the bucket did, or did not, raise an alert: a sentence each.

    Parameters
    ----------
    story
        The story.
    at
        Place in `seen`.
    """
    bucket = story.seen[at]
    when = span(story.buckets.label(bucket.start), story.buckets.bucket_s)
    counted = f"{when[0].upper()}{when[1:]}: {story.counted(bucket.count)}"
    if not bucket.judged:
        return [f"{counted}, judged by what its sends explain: --signal complaint_rate."]
    if bucket.detector == NEWCOMER:
        out = [f"{counted}, its first, set against the first counts of other newcomers."]
    else:
        of = " of its sends" if story.signal == "complaint_rate" else ""
        usual = ""
        if bucket.low is not None and bucket.high is not None:
            usual = f", and in 19 of 20 such cases {_range(bucket.low, bucket.high)}"
        out = [f"{counted}; {about(bucket.expected)} expected{of}{usual}."]
    out.append(_verdict(story, bucket))
    spell = story.spell_at(bucket)
    if spell is not None and spell.onset < spell.first:
        out.append(f"What stands out began with {story.label(spell.onset)}.")
    if max(bucket.factor, 1.0 / bucket.factor) >= UNUSUAL_FACTOR:
        out.append(
            f"All together did {about(bucket.factor)} times what was expected of them; its"
            " expectation takes that in."
        )
    if bucket.raised > 1.0:
        out.append(f"The calendar has {about(bucket.raised)} times the usual expected of it.")
    if not bucket.learned and bucket.alert_id is None:
        out.append("Nothing was learned from it: its data are not whole.")
    out += [
        f"Its alert by another detector, {spell.detector}: {spell.summary}"
        for spell in story.besides_at(bucket)
    ]
    return out + story.faults_at(bucket.start)


def _range(low: float, high: float) -> str:
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def _verdict(story: Story, bucket: WatchedEntity) -> str:
    evidence = f"{bucket.evidence_nats:.1f} nats, where {bucket.threshold_nats:.1f} are needed"
    spell = story.spell_at(bucket)
    if spell is None:
        if bucket.evidence_nats < bucket.threshold_nats:
            enough = "no count would have raised one"
            if bucket.alarms_at is not None:
                enough = f"{bucket.alarms_at:,.0f} would have raised one"
            none = "Not by this detector" if story.besides_at(bucket) else "No alert"
            return f"{none}: the evidence is {evidence}; {enough}."
        if bucket.count == 0:
            return f"No alert: the evidence is {evidence}, but only what counts raises one."
        if story.besides_at(bucket):
            return f"The evidence is {evidence}: it adds to the alert that is open."
        return (
            f"No alert: the evidence is {evidence}, but too few were counted since it began to"
            f" stand out (detect.min_count is {story.min_count})."
        )
    if bucket.start == spell.first:
        from_on = f"; {bucket.alarms_at:,.0f} would have done" if bucket.alarms_at else ""
        return f"This opened the alert: the evidence is {evidence}{from_on}."
    if bucket.end == spell.ended:
        reason = spell.revisions[-1].alert.reason
        if reason == "level_shift":
            return "This ended the alert: it has lasted so long that the level is the new normal."
        return (
            f"This ended the alert: {story.exit_after} counts in a row fit what was usual before"
            " it."
        )
    if bucket.fits:
        return (
            "The alert is open; this count fits what was usual before it, and"
            f" {story.exit_after} such in a row end it."
        )
    return "The alert is open; this count is still above what was usual before it."


def state(story: Story, bucket: WatchedEntity) -> str:
    """What became of a bucket, in a word or two."""
    spell = story.spell_at(bucket)
    if not bucket.judged:
        return "judged by rate"
    if spell is None:
        besides = [f"open, {other.detector}" for other in story.besides_at(bucket)]
        return ", ".join(besides) or ("" if bucket.learned else "not learned")
    if bucket.end == spell.ended:
        return "resolved"
    if bucket.start == spell.first:
        return "opened"
    return "open, fits" if bucket.fits else "open"


def series(story: Story) -> list[dict[str, object]]:
    """Every bucket as plain values, for machines."""
    return [
        {
            "start": story.buckets.label(bucket.start),
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
            "state": state(story, bucket),
        }
        for bucket in story.seen
    ]
