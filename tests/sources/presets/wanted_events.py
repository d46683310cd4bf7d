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
    "aliyun": Sample(
        "aliyun.jsonl",
        send=(
            "2026-03-02T08:00:00Z 某某商城 1 s:aliyun.jsonl:1:0",
            "2026-03-02T08:00:01Z 某某商城 1 123",
        ),
        own={"sender": "$.sign_name"},
    ),
    "cfpb": Sample(
        "cfpb.csv",
        complaint=(
            "2026-03-02T05:00:00Z MADE-UP COLLECTORS, INC. other 9000001",
            "2026-03-02T05:00:00Z INVENTED BANK other 9000002",
            "2026-03-02T05:00:00Z INVENTED BANK other 9000003",
        ),
    ),
    "fcc": Sample(
        "fcc.csv",
        complaint=(
            "2026-03-02T08:00:00Z +12025550101 other 1001",
            "2026-03-02T05:00:00Z +12025550102 other 1002",
            "2026-03-02T21:15:00Z None other 1003",
        ),
    ),
    "ftc": Sample(
        "ftc.csv",
        complaint=(
            "2026-03-02T09:00:00Z +12025550101 fraud s:ftc.csv:1",
            "2026-03-02T09:01:00Z +12025550101 other s:ftc.csv:2",
            "2026-03-02T09:02:00Z None other s:ftc.csv:3",
        ),
    ),
    "ftc-api": Sample(
        "ftc-api.json",
        complaint=(
            "2026-03-02T09:00:00Z +12025550101 marketing a1",
            "2026-03-02T09:01:00Z None other a2",
        ),
    ),
    "jasmin": Sample(
        "jasmin.log",
        send=("2026-03-02T08:00:00Z SHOP 1 00000000-0000-4000-8000-000000000001",),
    ),
    "kannel": Sample(
        "kannel.log",
        send=(
            "2026-03-02T08:00:00Z 12345 1 s:kannel.log:1",
            "2026-03-02T08:00:01Z ShopAlert 1 s:kannel.log:2",
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
    "mailgun": Sample(
        "mailgun.jsonl",
        send=("2026-03-02T08:00:00Z shop.example 1 g1",),
        complaint=("2026-03-02T09:00:00Z shop.example other g4",),
    ),
    "postmark": Sample(
        "postmark.jsonl",
        complaint=("2026-03-02T09:00:00Z shop.example other 42",),
    ),
    "powermta": Sample(
        "powermta.csv",
        send=(
            "2026-03-02T08:00:00Z shop.example 1 s:powermta.csv:1",
            "2026-03-02T08:00:01Z shop.example 1 s:powermta.csv:2",
        ),
        complaint=(
            "2026-03-02T09:00:00Z shop.example other s:powermta.csv:4",
            "2026-03-02T09:00:01Z shop.example other s:powermta.csv:5",
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
    "twilio": Sample(
        "twilio.jsonl",
        send=("2026-03-02T08:00:00Z +12025550101 1 EZ01",),
    ),
    "vonage": Sample(
        "vonage.jsonl",
        send=(
            "2026-03-02T08:00:00Z ShopAlert 1 0A00000000000001",
            "2026-03-02T08:00:01Z 447700900003 1 0A00000000000002",
        ),
    ),
    "vonage-messages": Sample(
        "vonage-messages.jsonl",
        send=("2026-03-02T08:00:00Z 447700900000 1 00000000-0000-4000-8000-000000000001",),
    ),
    "xarf": Sample(
        "xarf.jsonl",
        complaint=(
            "2026-03-02T09:00:00Z 192.0.2.1 other 00000000-0000-4000-8000-000000000001",
            "2026-03-02T09:00:01Z mail.bulk.example other 00000000-0000-4000-8000-000000000002",
        ),
    ),
}
