"""One sentence that a person understands."""

from __future__ import annotations

from streams.alerts.cloudevent import AlertEvent
from streams.config.duration import format_duration

_NOUN = {"sends": ("message", "messages"), "complaints": ("complaint", "complaints")}
_WHO = {"all": "All senders together"}


def summarise(
    event: AlertEvent,
    *,
    level: str,
    entity: str,
    signal: str,
    observed: float,
    expected: float,
    ratio: float,
    onset: str,
    last_bucket: str,
    bucket_s: int,
    reason: str | None = None,
) -> str:
    """Say who, what, how much more than expected, and since when.

    Examples
    --------
    >>> summarise("opened", level="sender", entity="106900012345", signal="complaints",
    ...     observed=57, expected=1.21, ratio=47.1, onset="2020-03-02T00:00:00-05:00",
    ...     last_bucket="2020-03-02T00:00:00-05:00", bucket_s=86400)
    'Sender 106900012345: 57 complaints in 1d from 2020-03-02, 47 times the 1.2 expected.'
    """
    who = _WHO.get(level, f"{level.capitalize()} {entity}")
    one, many = _NOUN[signal]
    counted = f"{observed:g} {one if observed == 1 else many}"
    since = _instant(onset, bucket_s)
    size = format_duration(bucket_s)
    expectation = f"{_about(ratio)} times the {_about(expected)} expected"
    match event:
        case "early":
            return f"{who}: already {counted} in the {size} from {since}, {expectation}."
        case "opened" if onset == last_bucket:
            return f"{who}: {counted} in {size} from {since}, {expectation}."
        case "opened" | "updated":
            until = "still growing" if event == "updated" else "now an alert"
            return f"{who}: {counted} since {since}, {expectation}; {until}."
        case "resolved" if reason == "level_shift":
            return f"{who}: {counted} since {since} have become the new normal; closed."
        case "resolved":
            return f"{who}: back to normal after {counted} since {since}, {expectation}."
        case "retracted":
            return f"{who}: not confirmed when the {size} from {since} closed."


def _instant(label: str, bucket_s: int) -> str:
    return label[:10] if bucket_s == 86400 else label[:16].replace("T", " ")


def _about(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.2g}"
