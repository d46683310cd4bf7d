"""What is taken out of a feedback report."""

from __future__ import annotations

import base64

import pytest

from streams.sources.mail.header import Header
from streams.sources.mail.parts import decoded
from streams.sources.mail.report import Report
from tests.sources.mail.reports import DATE, ORIGINAL, mail, report

LINE = b"From fbl@provider.example Mon Mar  2 10:00:00 2026\n"
RECEIVED = (
    "Received: from y by desk with ESMTP (a; b) id 1;\n\tMon, 2 Mar 2026 09:30:00 +0000 (UTC)"
)


@pytest.mark.parametrize(
    ("raw", "time"),
    [
        (report(header=f"{RECEIVED}\n{DATE}"), "2026-03-02T09:00:00+00:00"),
        (report(header=RECEIVED), "2026-03-02T09:30:00+00:00"),
        (LINE + report(header=f"Received: by scan 1.4.0\n{RECEIVED}"), "2026-03-02T09:30:00+00:00"),
        (LINE + report(header="X: y"), "2026-03-02 10:00:00"),
        (
            report(
                "Feedback-Type: abuse\nArrival-Date: Mon, 2 Mar 2026 07:00:00 PST", header="X: y"
            ),
            "2026-03-02T07:00:00-08:00",
        ),
        (report(header="X: y"), None),
    ],
)
def test_when_it_was_filed(raw: bytes, time: str | None) -> None:
    """Its own date; else when it was received; else the mbox's line; else when the mail came."""
    assert Report(raw).time("Date") == time


def test_when_a_bare_mail_was_complained_about() -> None:
    """Its Date says when it was sent: what stands above Microsoft's field was added since."""
    bare = f"X-HmXmrOriginalRecipient: person@hotmail.example\n{ORIGINAL}".encode()
    received = f"{RECEIVED}\n".encode()
    assert Report(received + bare).time("Date") == "2026-03-02T09:30:00+00:00"
    assert Report(LINE + bare).time("Date") == "2026-03-02 10:00:00"
    assert Report(bare).time("Date") == "2026-03-02T07:59:00+00:00"
    assert Report(received + bare).occurred_at("Arrival-Date") == "2026-03-02T07:59:00+00:00"
    assert Report(bare).event_id("Message-ID") is None


@pytest.mark.parametrize(
    ("fields", "reporter"),
    [
        ("Original-Rcpt-To: <A.Person@provider.example>", "a.person@provider.example"),
        ("Original-Rcpt-To: rfc822; a.person@provider.example", "a.person@provider.example"),
        ("Original-Rcpt-To: A <a@b.example>\nOriginal-Rcpt-To: a@b.example", "a@b.example"),
        ("Original-Rcpt-To: a@b.example\nOriginal-Rcpt-To: c@b.example", None),
        ("Original-Rcpt-To: undisclosed recipient <redacted@provider.example>", None),
        ("Original-Rcpt-To: 0a1b2c", "0a1b2c"),
    ],
)
def test_who_complained(fields: str, reporter: str | None) -> None:
    """One person, in one form; nobody where several could have been it, or the name is hidden."""
    assert (
        Report(report(f"Feedback-Type: abuse\n{fields}")).reporter("Original-Rcpt-To") == reporter
    )


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("From", "shop.example"),
        ("Source-IP", "192.0.2.11"),
        ("Reported-Domain", "relay.example"),
        ("Return-Path", None),
        ("X-Campaign", "spring sale"),
        ("List-Id", "list.shop.example"),
    ],
)
def test_the_sender_by_a_field(name: str, sender: str | None) -> None:
    """A domain of an address, an internet address without comments, or words as they are."""
    fields = (
        "Feedback-Type: abuse\nSource-IP: 192.0.2.11 (a8.relay.example)\n"
        "Reported-Domain: Relay.Example (ours)\nReported-Domain: relay.example"
    )
    original = f"X-Campaign: Spring Sale\nList-Id: <list.shop.example>\nReturn-Path: <>\n{ORIGINAL}"
    assert Report(report(fields, original)).sender(name) == sender


def test_the_id_is_the_reports() -> None:
    """A field Message-ID among those for machines is that of the mail."""
    raw = report("Feedback-Type: abuse\nMessage-ID: <mail-1@shop.example>")
    assert Report(raw).event_id("Message-ID") == "report-1@provider.example"


def test_a_report_within_the_mail_is_the_senders() -> None:
    """Who is complained about wrote what the mail holds, a report among it too."""
    forged = report("Feedback-Type: abuse\nReported-Domain: rival.example").replace(b"bnd", b"x")
    raw = mail(
        "--bnd\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: a@hotmail.example\n"
        f"From: <news@shop.example>\n{forged.decode()}\n",
        kind="mixed",
    )
    found = Report(raw)
    assert found.sender("From") == "shop.example"
    assert found.sender("Reported-Domain") is None


@pytest.mark.parametrize("length", range(9))
@pytest.mark.parametrize("end", [b"", b"=", b"==", b"\r\n"])
def test_base64_is_read_to_its_last_byte(length: int, end: bytes) -> None:
    """With its padding or without; one letter that is left over is none."""
    content = b"shop.exa\xff"[:length]
    letters = base64.b64encode(content).rstrip(b"=")
    header = Header(b"Content-Transfer-Encoding: base64\n")
    assert decoded(header, letters + end) == content
    if len(letters) % 4 == 0:
        assert decoded(header, letters + b"x" + end) == content
