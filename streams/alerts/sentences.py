"""The sentence of an alert: what a person reads first. All of them are in this module."""

from __future__ import annotations

from streams.alerts.cloudevent import Alert
from streams.alerts.era import MOVED
from streams.detection.signals import NEW_IDS_EVENTS, SLOW, noun
from streams.printable import printable

_UNITS = ((3600, "hour"), (60, "minute"), (1, "second"))
_TIMES = {2: "twice", 3: "three times", 4: "four times"}
_GOES_ON = "the monitor's shape has changed, and its next feed goes on with this alert"
_IS_LEFT = "this feed has ended, and no other goes on with this alert"
_NOW_NORMAL = "is now treated as normal, and the alert ends"

ALMOST_NONE = 0.005
"""An expectation below it is written in words."""


def sentence(alert: Alert) -> str:
    """Return the sentence of a revision: who, what, how much more than expected, and since when.

    Parameters
    ----------
    alert
        The revision; its ``summary`` is not read.
    """
    if alert.event == "ended":
        return _of_feed(alert)
    return _of_source(alert) if alert.entity.level == "source" else _of_entity(alert)


def _of_feed(alert: Alert) -> str:
    feeds = [f"{feed.group}/{feed.shard}" for feed in alert.successors or ()]
    epochs = sorted({feed.epoch for feed in alert.successors or ()})
    return (
        f"Feed {printable(alert.entity.id)} ends here; epoch {', '.join(map(str, epochs))} goes on"
        f" in {', '.join(map(printable, feeds))}."
    )


def _of_entity(alert: Alert) -> str:
    level = alert.entity.level
    who = (
        "All senders together"
        if level == "all"
        else f"{level.capitalize().replace('_', ' ')} {printable(alert.entity.id)}"
    )
    if alert.looks_like is not None:
        who += f" (looks like {printable(alert.looks_like)})"
    counted = _counted(alert)
    bucket = span(alert.onset, alert.bucket_s)
    since = f"since {instant(alert.onset, alert.bucket_s)}"
    if alert.exposure is not None:
        counted += f" about {alert.exposure:,.0f} messages sent" if alert.exposure >= 1 else ""
        whose = "their" if level == "all" else "its"
        against = f"{about(alert.ratio)} times as many as expected for {whose} messages"
    elif alert.expected < ALMOST_NONE:
        against = "where almost none were expected"
    else:
        against = f"{about(alert.ratio)} times the {about(alert.expected)} expected"
    silence = ""
    if alert.silent_days is not None:
        silence = f", after {alert.silent_days:,} days of silence"
    match alert.event:
        case "early":
            return f"{who}: already {counted} {bucket}, {against}."
        case "opened" if alert.onset == alert.last_bucket:
            return f"{who}: {counted} {bucket}, {against}{silence}."
        case "opened" if alert.detector == SLOW:
            return f"{who}: rising slowly, {counted} {since}, {against}."
        case "opened":
            return f"{who}: {counted} {since}, {against}{silence}."
        case "updated":
            return f"{who}: growing, now {counted} {since}, {against}."
        case "resolved" if alert.reason == "level_shift":
            return f"{who}: {counted} {since}; this level {_NOW_NORMAL}."
        case "resolved" if alert.reason == MOVED:
            return f"{who}: {counted} {since}, {against}; {_moved(alert)}."
        case "resolved":
            return f"{who}: back to normal after {counted} {since}, {against}."
        case _:  # "retracted"
            return (
                f"{who}: the early alert is retracted; the complete count {bucket} is not a burst."
            )


def _moved(alert: Alert) -> str:
    return _IS_LEFT if alert.moved_to is None else _GOES_ON


def _counted(alert: Alert) -> str:
    """What was counted, in words."""
    if alert.newcomers is None:
        return f"{alert.observed:,.0f} {noun(alert.signal, alert.observed)}"
    ids = f"{alert.newcomers.ids:,} {noun(alert.signal, alert.newcomers.ids)}"
    if alert.detector == NEW_IDS_EVENTS:
        events = sorted(alert.newcomers.events)
        what = noun(events[0], alert.observed) if len(events) == 1 else "events"
        return f"{alert.observed:,.0f} {what} of {ids}"
    if alert.onset != alert.first_bucket:
        return f"{alert.observed:,.0f} {noun(alert.signal, alert.observed)}"
    events_of = sorted(alert.newcomers.events.items())
    return f"{ids} with {' and '.join(f'{n:,} {noun(name, n)}' for name, n in events_of)}"


def _of_source(alert: Alert) -> str:
    onset, last = (instant(time, alert.bucket_s) for time in (alert.onset, alert.last_bucket))
    if alert.onset == alert.last_bucket:
        when = span(alert.onset, alert.bucket_s)
    elif alert.event == "resolved":
        when = f"from {onset} to {last}"
    else:
        when = f"since {onset}"
    what = _fault(alert, when)
    who = f"Source {printable(alert.entity.id)}"
    if alert.event != "resolved":
        return f"{who}: {what}."
    if alert.reason == "level_shift":
        return f"{who}: {what}; this {_NOW_NORMAL}."
    if alert.reason == MOVED:
        return f"{who}: {what}; {_moved(alert)}."
    if alert.reason == "stalled":
        return f"{who}: {what}; the source has stalled, and another alert reports that."
    return f"{who}: back to normal; before that, {what}."


def _fault(alert: Alert, when: str) -> str:
    """What is wrong with a source."""
    observed, expected = alert.observed, alert.expected
    due = f"about {about(expected)} were expected"
    match alert.kind:
        case "stalled":
            return f"no records {when}, while other sources of its group had some; {due}"
        case "truncated":
            return f"only {observed:,.0f} records {when}, where {due}"
        case "posted_twice":
            times = round(observed / expected) if expected > 0 else 2
            often = _TIMES.get(times, f"{times} times")
            return (
                f"records came {often} {when}: nearly every count is a multiple of {times};"
                f" {observed:,.0f} records are counted as {expected:,.0f}"
            )
        case "senderless_share":
            return f"{observed:,.0f} complaints {when} name no sender, where {due}"
        case "overflow":
            return (
                f"about {float(f'{observed:.3g}'):,.0f} ids {when} came on top of the"
                f" {expected:,.0f} that are counted apart (count.max_senders, detect.max_entities);"
                " they are counted together, and nothing is learned"
            )
        case "unchecked":
            return (
                f"{observed:,.0f} records {when} may be repeats, and count: more event ids came"
                " than are remembered; nothing is learned"
            )
        case _:  # "gap"
            return f"no records {when}, where {due}"


def span(start: str, bucket_s: int) -> str:
    """Return a bucket as part of a sentence.

    Examples
    --------
    >>> span("2020-03-02T00:00:00-05:00", 86400), span("2020-03-02T09:30:00-05:00", 900)
    ('on 2020-03-02', 'in the 15 minutes from 2020-03-02 09:30')
    """
    if bucket_s == 86400:
        return f"on {start[:10]}"
    size, unit = next((size, unit) for size, unit in _UNITS if bucket_s % size == 0)
    number = bucket_s // size
    units = unit if number == 1 else f"{number} {unit}s"
    return f"in the {units} from {instant(start, bucket_s)}"


def instant(start: str, bucket_s: int) -> str:
    """Return a bucket's start, as precise as it needs to be.

    Examples
    --------
    >>> instant("2020-03-02T09:30:00-05:00", 900), instant("2020-03-02T00:00:00-05:00", 86400)
    ('2020-03-02 09:30', '2020-03-02')
    """
    if bucket_s == 86400:
        return start[:10]
    return start[: 16 if bucket_s % 60 == 0 else 19].replace("T", " ")


def about(value: float) -> str:
    """Write a number with the digits that a person reads.

    Examples
    --------
    >>> about(1539.25), about(42.3), about(0.0617)
    ('1,539', '42', '0.062')
    """
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.2g}"
