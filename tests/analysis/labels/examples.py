"""Lives, windows and labels to test with; times are days of March 2026, in UTC."""

from __future__ import annotations

import datetime as dt
from typing import Any

from streams.alerts.history import Life
from streams.alerts.label import Label, Span, Verdict, make_label
from streams.analysis.labels.windows import Window

DAY = 86400.0
FIRST = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
SAID = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
WHO = "106900012345"


def day(number: float) -> float:
    """Start of a day: epoch s."""
    return FIRST.timestamp() + (number - 1) * DAY


def instant(number: float) -> dt.datetime:
    """The same as a time."""
    return FIRST + dt.timedelta(days=number - 1)


def life(opened: float, last: float, **changes: Any) -> Life:
    """An alert that the close of a day bucket opened, about the time until `last`."""
    fields: dict[str, Any] = {
        "alert_id": f"{int(opened * 100):016x}", "group": "1d", "level": "sender", "entity": WHO,
        "signal": "sends", "kind": None, "detector": "esr", "severity": "warning",
        "state": "resolved", "onset_s": day(opened - 1), "first_s": day(opened - 1),
        "opened_s": day(opened), "last_s": day(last), "ended_s": day(last + 2), "bucket_s": 86400,
        "observed": 50.0, "expected": 5.0, "ratio": 10.0, "evidence_nats": 20.0, "revision": 2,
        "reason": None, "parent": None, "summary": "",
    }  # fmt: skip
    return Life(**{**fields, **changes})


def window(start: float, end: float, verdict: Verdict = "true", **changes: Any) -> Window:
    """A window of the same sender's messages."""
    fields: dict[str, Any] = {"level": "sender", "entity": WHO, "signal": "sends", **changes}
    return Window(start_s=day(start), end_s=day(end), verdict=verdict, **fields)


def of_alert(alert_id: str, verdict: Verdict, at: float = 31, **changes: Any) -> Label:
    """A label of an alert, said on a day."""
    return make_label(verdict, instant(at), alert_id=alert_id, **changes)


def of_span(
    start: float, end: float, verdict: Verdict = "true", at: float = 31, **changes: Any
) -> Label:
    """A label of a span of the sender's time."""
    fields: dict[str, Any] = {"entity": f"sender/{WHO}", "signal": "sends", **changes}
    span = Span(start=instant(start), end=instant(end), **fields)
    return make_label(verdict, instant(at), window=span)
