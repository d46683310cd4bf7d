"""What each preset makes of its sample: one line for each item that is not skipped."""

from __future__ import annotations

from typing import Any, NamedTuple


class Sample(NamedTuple):
    """A preset's sample.

    Attributes
    ----------
    file
        Below ``tests/data/presets``.
    send, complaint
        The events, as `said` writes them.
    own
        Keys that the preset leaves to the user.
    """

    file: str
    send: tuple[str, ...] = ()
    complaint: tuple[str, ...] = ()
    own: dict[str, Any] = {}  # noqa: RUF012 - it is never changed


SAMPLES: dict[str, Sample] = {
    "cfpb": Sample(
        "cfpb.csv",
        complaint=(
            "2026-03-02T05:00:00Z MADE-UP COLLECTORS, INC. other 9000001",
            "2026-03-02T05:00:00Z INVENTED BANK other 9000002",
            "2026-03-02T05:00:00Z INVENTED BANK other 9000003",
        ),
    ),
    "kumomta": Sample(
        "kumomta.jsonl",
        send=(
            "2026-03-02T08:00:00Z shop.example 1 1a:0",
            "2026-03-02T08:00:00Z shop.example 1 1a:1",
        ),
        complaint=(
            "2026-03-02T09:00:00Z shop.example other 2a",
            "2026-03-02T09:00:01Z shop.example fraud 2b",
        ),
    ),
    "sendgrid": Sample(
        "sendgrid.jsonl",
        send=("2026-03-02T08:00:00Z shop.example 1 e1",),
        complaint=("2026-03-02T09:00:00Z shop.example other e3",),
        own={"sender": "$.account"},
    ),
    "ses": Sample(
        "ses.jsonl",
        send=(
            "2026-03-02T08:00:00Z shop.example 1 m1:0",
            "2026-03-02T08:00:00Z shop.example 1 m1:1",
            "2026-03-02T08:00:02Z shop.example 1 m2",
        ),
        complaint=(
            "2026-03-02T09:00:00Z shop.example other f1",
            "2026-03-02T09:01:00Z shop.example fraud f2",
        ),
    ),
}
