"""Sentences on a bucket: why it opened an alert, or why it did not."""

from __future__ import annotations

from streams.alerts.phrases import about, listed, span
from streams.detection.signals import NEWCOMER
from streams.explain.history import EntityHistory
from streams.language.catalogue import ENGLISH, Catalogue
from streams.series.watched import WatchedEntity

UNUSUAL_FACTOR = 1.2
"""A common factor is mentioned if it is this many times larger, or smaller, than 1."""


def title(history: EntityHistory, at: int, words: Catalogue) -> str:
    """Say in a sentence which alert there was, or that there was none.

    Parameters
    ----------
    history
        The history.
    at
        Index of the bucket in `closed`.
    words
        The catalogue of the reader.
    """
    bucket = history.closed[at]
    for alert in (history.alert_at(bucket), *history.other_alerts_at(bucket)):
        if alert is not None:
            return alert.sentence(words)
    who, what = history.who(words), history.noun(words)
    if not history.alerts:
        text = words.gettext("{who}: no alert on {what} since the first count, {since}.")
        return text.format(who=who, what=what, since=history.label(history.closed[0].start))
    text = words.ngettext(
        "{who}: {n} alert on {what}, but none at {when}.",
        "{who}: {n} alerts on {what}, but none at {when}.",
        len(history.alerts),
    )
    when = history.label(history.closed[at].start)
    return text.format(who=who, n=len(history.alerts), what=what, when=when)


def because(history: EntityHistory, at: int, words: Catalogue) -> list[str]:
    """Say why the bucket opened an alert, or why it did not, in sentences.

    Parameters
    ----------
    history
        The history.
    at
        Index of the bucket in `closed`.
    words
        The catalogue of the reader.
    """
    bucket = history.closed[at]
    when = span(words, history.buckets.label(bucket.start), history.buckets.bucket_s)
    parts = {
        "when": f"{when[0].upper()}{when[1:]}",
        "counted": history.counted(bucket, words),
        "expected": about(bucket.expected),
    }
    if not bucket.judged:
        text = words.gettext(
            "{when}: {counted}. The complaint rate judged them: see --signal complaint_rate."
        )
        return [text.format(**parts)]
    if bucket.detector == NEWCOMER:
        text = words.gettext(
            "{when}: {counted}. This first count was compared with the first counts of other"
            " newcomers, and where these are few with the counts of known entities."
        )
    elif history.signal == "complaint_rate":
        text = words.gettext("{when}: {counted}; {expected} expected from its sends.")
    else:
        text = words.gettext("{when}: {counted}; {expected} expected.")
    out = [text.format(**parts)]
    if bucket.detector != NEWCOMER and bucket.low is not None and bucket.high is not None:
        text = words.gettext("In 19 of 20 such cases the count is {range}.")
        out.append(text.format(range=interval(words, bucket.low, bucket.high)))
    out.append(_verdict(history, bucket, words))
    return out + _circumstances(history, bucket, words)


def _circumstances(history: EntityHistory, bucket: WatchedEntity, words: Catalogue) -> list[str]:
    """What else there is to know about the bucket."""
    out = []
    alert = history.alert_at(bucket)
    if alert is not None and alert.onset < alert.first:
        text = words.gettext("The burst began in the bucket of {when}.")
        out.append(text.format(when=history.label(alert.onset)))
    if max(bucket.factor, 1.0 / bucket.factor) >= UNUSUAL_FACTOR:
        text = words.gettext(
            "All entities together had {times} times the counts that were expected of them. The"
            " expected count includes this."
        )
        out.append(text.format(times=about(bucket.factor)))
    if bucket.raised > 1.0:
        text = words.gettext("The calendar multiplies what is expected by {times}.")
        out.append(text.format(times=about(bucket.raised)))
    if not bucket.learned and bucket.alert_id is None:
        out.append(
            words.gettext(
                "The baseline did not learn from this bucket, because its data are incomplete."
            )
        )
    text = words.gettext("Another detector, {detector}, has an alert: {sentence}")
    out += [
        text.format(detector=alert.detector, sentence=alert.sentence(words))
        for alert in history.other_alerts_at(bucket)
    ]
    return out + history.faults_at(bucket.start, words)


def interval(words: Catalogue, low: float, high: float) -> str:
    """Return a range of counts, or the one count that it holds.

    Parameters
    ----------
    words
        The catalogue of the reader.
    low, high
        Its ends.
    """
    if low == high:
        return f"{low:,.0f}"
    return words.gettext("{low} to {high}").format(low=f"{low:,.0f}", high=f"{high:,.0f}")


def _verdict(history: EntityHistory, bucket: WatchedEntity, words: Catalogue) -> str:
    parts = {
        "evidence": words.gettext("{evidence} nats, and {threshold} are needed").format(
            evidence=f"{bucket.evidence_nats:.1f}", threshold=f"{bucket.threshold_nats:.1f}"
        ),
        "least": "" if bucket.alarms_at is None else f"{bucket.alarms_at:,.0f}",
        "min_count": str(history.min_count),
        "n": str(history.exit_after),
    }
    return _verdict_text(history, bucket, words).format(**parts)


def _verdict_text(history: EntityHistory, bucket: WatchedEntity, words: Catalogue) -> str:
    """Return the verdict without its figures."""
    alert = history.alert_at(bucket)
    if alert is None:
        return _no_alert(history, bucket, words)
    if bucket.start == alert.first:
        if bucket.alarms_at:
            return words.gettext(
                "This opened the alert: the evidence is {evidence}; a count of {least} would have"
                " been enough."
            )
        return words.gettext("This opened the alert: the evidence is {evidence}.")
    if bucket.end == alert.ended:
        if alert.revisions[-1].alert.reason == "level_shift":
            return words.gettext(
                "This ended the alert: it lasted so long that the new level is now usual."
            )
        return words.gettext(
            "This ended the alert: {n} counts in a row were as usual before the alert."
        )
    if bucket.fits:
        return words.gettext(
            "The alert is open. This count is as usual before the alert; {n} such counts in a row"
            " end it."
        )
    return words.gettext(
        "The alert is open. This count is still higher than usual before the alert."
    )


def _no_alert(history: EntityHistory, bucket: WatchedEntity, words: Catalogue) -> str:
    others = history.other_alerts_at(bucket)
    if bucket.evidence_nats < bucket.threshold_nats:
        return _too_little(bucket, words, alone=not others)
    if bucket.count == 0:
        return words.gettext(
            "No alert: the evidence is {evidence}, but a bucket without a count opens none."
        )
    if others:
        return words.gettext(
            "The evidence is {evidence}; it supports the alert that is already open."
        )
    return words.gettext(
        "No alert: the evidence is {evidence}, but the count since the burst began is less than"
        " detect.min_count, {min_count}."
    )


def _too_little(bucket: WatchedEntity, words: Catalogue, *, alone: bool) -> str:
    """Return the verdict where the evidence was too small; `alone` where no other alert is open."""
    if not bucket.alarms_known:
        if alone:
            return words.gettext("No alert: the evidence is {evidence}.")
        return words.gettext("No alert by this detector: the evidence is {evidence}.")
    if bucket.alarms_at is None:
        if alone:
            return words.gettext(
                "No alert: the evidence is {evidence}; no count would have been enough."
            )
        return words.gettext(
            "No alert by this detector: the evidence is {evidence}; no count would have been"
            " enough."
        )
    if alone:
        return words.gettext(
            "No alert: the evidence is {evidence}; a count of {least} would have been enough."
        )
    return words.gettext(
        "No alert by this detector: the evidence is {evidence}; a count of {least} would have been"
        " enough."
    )


def state(history: EntityHistory, bucket: WatchedEntity, words: Catalogue) -> str:
    """Say what became of a bucket, in a word or two.

    Parameters
    ----------
    history, bucket
        The bucket of a history.
    words
        The catalogue of the reader.
    """
    alert = history.alert_at(bucket)
    if not bucket.judged:
        return words.pgettext("of a bucket", "judged by rate")
    if alert is None:
        text = words.pgettext("of a bucket", "open, {detector}")
        others = [text.format(detector=one.detector) for one in history.other_alerts_at(bucket)]
        if others:
            return listed(words, others)
        return "" if bucket.learned else words.pgettext("of a bucket", "not learned")
    if bucket.end == alert.ended:
        return words.pgettext("of a bucket", "resolved")
    if bucket.start == alert.first:
        return words.pgettext("of a bucket", "opened")
    if bucket.fits:
        return words.pgettext("of a bucket", "open, fits")
    return words.pgettext("of a bucket", "open")


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
            "state": state(history, bucket, ENGLISH),
        }
        for bucket in history.closed
    ]
