"""One sentence that a person understands, of a source whose data are at fault."""

from __future__ import annotations

from streams.alerts.cloudevent import FaultKind
from streams.alerts.lifecycle import Step
from streams.alerts.sentences import about, instant, span

_TIMES = {2: "twice", 3: "three times", 4: "four times"}


def summarise_feed(
    step: Step,
    kind: FaultKind,
    *,
    source: str,
    observed: float,
    expected: float,
    onset: str,
    last_bucket: str,
    bucket_s: int,
    reason: str | None = None,
) -> str:
    """Say which source, what is wrong with its data, and when.

    Examples
    --------
    >>> day = "2020-04-27T00:00:00-04:00"
    >>> summarise_feed("opened", "gap", source="ftc", observed=0, expected=5521.0,
    ...     onset=day, last_bucket=day, bucket_s=86400)
    'Source ftc: no records on 2020-04-27, where about 5,521 were expected.'
    """
    if onset == last_bucket:
        when = span(onset, bucket_s)
    elif step == "resolved":
        when = f"from {instant(onset, bucket_s)} to {instant(last_bucket, bucket_s)}"
    else:
        when = f"since {instant(onset, bucket_s)}"
    what = _what(kind, when, observed, expected)
    who = f"Source {source}"
    if step != "resolved":
        return f"{who}: {what}."
    if reason == "level_shift":
        return f"{who}: {what}; this is taken for the new normal, and the alert ends."
    if reason == "stalled":
        return f"{who}: {what}; it has stalled, of which another alert tells."
    return f"{who}: as usual again, after {what}."


def _what(kind: FaultKind, when: str, observed: float, expected: float) -> str:
    due = f"about {about(expected)} were expected"
    match kind:
        case "gap":
            return f"no records {when}, where {due}"
        case "stalled":
            return f"no records {when}, while others of its group had some; {due}"
        case "truncated":
            return f"only {observed:,.0f} records {when}, where {due}"
        case "posted_twice":
            m = round(observed / expected) if expected > 0 else 2
            often = _TIMES.get(m, f"{m} times")
            return (
                f"records came {often} {when}, as nearly every count divides by {m};"
                f" {observed:,.0f} are taken for {expected:,.0f}"
            )
        case "senderless_share":
            return f"{observed:,.0f} complaints {when} name no sender, where {due}"
