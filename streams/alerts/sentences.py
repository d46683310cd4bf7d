"""One sentence that a person understands."""

from __future__ import annotations

from streams.alerts.cloudevent import AlertEvent

_NOUN = {
    "sends": ("message", "messages"),
    "complaints": ("complaint", "complaints"),
    "complaint_rate": ("complaint", "complaints"),
}
_WHO = {"all": "All senders together"}
_UNITS = ((3600, "hour"), (60, "minute"), (1, "second"))

HARDLY_ANY = 0.005
"""Expectations below it are not worth their digits."""


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
    messages: float | None = None,
    slow: bool = False,
) -> str:
    """Say who, what, how much more than expected, and since when.

    `messages` are those that the complaints are about, where these were joined to sends. A
    `slow` rise is one that no single bucket shows.

    Examples
    --------
    >>> summarise("opened", level="sender", entity="106900012345", signal="complaints",
    ...     observed=57, expected=1.21, ratio=47.1, onset="2020-03-02T00:00:00-05:00",
    ...     last_bucket="2020-03-02T00:00:00-05:00", bucket_s=86400)
    'Sender 106900012345: 57 complaints on 2020-03-02, 47 times the 1.2 expected.'
    >>> summarise("opened", level="sender", entity="106900012345", signal="complaint_rate",
    ...     observed=57, expected=14.2, ratio=4.01, onset="2020-03-02T00:00:00-05:00",
    ...     last_bucket="2020-03-02T00:00:00-05:00", bucket_s=86400, messages=12_000)
    'Sender 106900012345: 57 complaints about 12,000 messages sent on 2020-03-02, 4 times what
    its sends lead one to expect.'
    >>> summarise("opened", level="sender", entity="106900012345", signal="sends",
    ...     observed=1520, expected=610, ratio=2.49, onset="2026-03-02T00:00:00+08:00",
    ...     last_bucket="2026-03-23T00:00:00+08:00", bucket_s=86400, slow=True)
    'Sender 106900012345: rising slowly, 1,520 messages since 2026-03-02, 2.5 times the 610
    expected.'
    """
    who = _WHO.get(level, f"{level.capitalize()} {entity}")
    one, many = _NOUN[signal]
    counted = f"{observed:,.0f} {one if observed == 1 else many}"
    bucket = span(onset, bucket_s)
    since = f"since {instant(onset, bucket_s)}"
    if messages is not None:
        counted += f" about {messages:,.0f} messages sent" if messages >= 1 else ""
        whose = "their" if level == "all" else "its"
        against = f"{about(ratio)} times what {whose} sends lead one to expect"
    elif expected < HARDLY_ANY:
        against = "where hardly any were expected"
    else:
        against = f"{about(ratio)} times the {about(expected)} expected"
    match event:
        case "early":
            return f"{who}: already {counted} {bucket}, {against}."
        case "opened" if onset == last_bucket:
            return f"{who}: {counted} {bucket}, {against}."
        case "opened" if slow:
            return f"{who}: rising slowly, {counted} {since}, {against}."
        case "opened":
            return f"{who}: {counted} {since}, {against}."
        case "updated":
            return f"{who}: growing, now {counted} {since}, {against}."
        case "resolved" if reason == "level_shift":
            return f"{who}: {counted} {since} are taken for the new normal; the alert ends."
        case "resolved":
            return f"{who}: back to normal after {counted} {since}, {against}."
        case "retracted":
            return (
                f"{who}: the full count {bucket} does not confirm the early alert, now withdrawn."
            )


def span(label: str, bucket_s: int) -> str:
    """The bucket that starts at `label`, as part of a sentence."""
    if bucket_s == 86400:
        return f"on {label[:10]}"
    size, unit = next((size, unit) for size, unit in _UNITS if bucket_s % size == 0)
    number = bucket_s // size
    span = unit if number == 1 else f"{number} {unit}s"
    return f"in the {span} from {instant(label, bucket_s)}"


def instant(label: str, bucket_s: int) -> str:
    """A bucket's start, as precise as it needs to be."""
    if bucket_s == 86400:
        return label[:10]
    return label[: 16 if bucket_s % 60 == 0 else 19].replace("T", " ")


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
