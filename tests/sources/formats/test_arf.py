"""Feedback reports of mailbox providers become complaints, and no words of a mail get out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from streams.items import Complaint, Reject, Sender
from streams.sources.event_json import encode_event
from streams.sources.mail.header import Header
from streams.sources.privacy import hash_person
from streams.sources.read import Unopenable, open_records
from streams.sources.rejects import encode_reject
from tests.sources.files import (
    DATA,
    KEY,
    complaint,
    event,
    read,
    read_bytes,
    reasons,
    refused,
    source,
)

ARF = source(kind="complaint", format="arf")
MBOX = DATA / "feedback.mbox"
UTC = dt.UTC


def _messages() -> list[bytes]:
    """The messages of the mbox, without their separators."""
    parts = MBOX.read_bytes().split(b"From reports@provider.example Mon Mar  9 17:52:09 2026\n")
    return parts[1:]


def test_an_mbox_of_reports() -> None:
    """Each message is a complaint, or a reject that says why it is none."""
    assert reasons(read(ARF, MBOX)) == [
        "ok",
        "ok",
        "not_a_complaint",
        "ok",
        "wrong_type",
        "missing",
        "bad_time",
        "not_a_complaint",
        "not_a_report",
    ]


def test_one_report_in_full() -> None:
    """Every field of the contract comes from its place in the report."""
    assert read(ARF, MBOX)[0] == Complaint(
        v=1,
        event_id="report-1@provider.example",
        event_time=dt.datetime(2026, 3, 9, 17, 52, 9, tzinfo=UTC),
        # Arrived, so the report says, after it was filed.
        occurred_at=None,
        channel="email",
        sender=Sender("mail.example"),
        source="s",
        kind="other",
        reporter_hash=hash_person(KEY, "a.person@provider.example"),
    )


def test_incidents_are_the_count() -> None:
    """A report about twelve mails counts twelve times; its reporter is the same in any case."""
    rows = read(ARF, MBOX)
    second = complaint(rows[1])
    assert second.count == 12
    assert second.reporter_hash == complaint(rows[0]).reporter_hash
    assert second.occurred_at == dt.datetime(2026, 3, 9, 16, tzinfo=UTC)


def test_a_report_may_name_nobody() -> None:
    """A complaint of nobody is one, where no field that is asked for names a sender."""
    by_domain = source(kind="complaint", format="arf", sender="Reported-Domain")
    assert complaint(read(by_domain, MBOX)[3]).sender == Sender(None)
    fourth = complaint(read(ARF, MBOX)[3])
    assert fourth.sender == Sender("mail.example")
    assert fourth.kind == "fraud"
    assert fourth.event_id == "s:feedback.mbox:4"


@pytest.mark.parametrize(
    ("field", "first", "fourth"),
    [
        ("From", "mail.example", "mail.example"),
        ("Original-Mail-From", "sender.example", None),
        ("Source-IP", "192.0.2.1", None),
    ],
)
def test_the_table_names_the_senders_field(field: str, first: str, fourth: str | None) -> None:
    """A field of the report, or of the mail's header; of an address, its domain alone."""
    rows = read(source(kind="complaint", format="arf", sender=field), MBOX)
    assert [complaint(rows[n]).sender.id for n in (0, 3)] == [first, fourth]


def test_no_words_and_no_address_get_out() -> None:
    """Neither an event nor a reject without payload holds words of the mail or an address."""
    out = b"".join(
        encode_reject(row, payload=ARF.payload_in_rejects)
        if isinstance(row, Reject)
        else encode_event(event(row))
        for row in read(ARF, MBOX)
    )
    assert b"SECRET" not in out
    assert b"a.person" not in out.lower()


def test_a_file_of_one_message(tmp_path: Path) -> None:
    """A message alone, as it is saved from a mailbox, is a record."""
    rows = read_bytes(ARF, b"\n" + _messages()[1].replace(b"\n", b"\r\n"), tmp_path)
    assert [complaint(row).count for row in rows] == [12]


def test_a_date_falls_back_to_the_arrival(tmp_path: Path) -> None:
    """A report without a date of its own was filed, at the earliest, when the mail came."""
    head, _, rest = _messages()[0].partition(b"Date: Mon, 9 Mar 2026 17:52:09 +0000\n")
    (row,) = read_bytes(ARF, head + rest, tmp_path)
    assert complaint(row).event_time == dt.datetime(2026, 3, 9, 19, tzinfo=UTC)


def test_a_report_in_base64(tmp_path: Path) -> None:
    """Relays re-encode parts, against the RFC; they are read all the same."""
    coded = (
        b"Content-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\n"
        b"RmVlZGJhY2stVHlwZTogYWJ1c2UKUmVwb3J0ZWQtRG9tYWluOiBiNjQuZXhhbXBsZQo=\n"
    )
    message = _messages()[0]
    start = message.index(b"Content-Type: message/feedback-report")
    end = message.index(b"--=_of-a-report", start)
    by_domain = source(kind="complaint", format="arf", sender="Reported-Domain")
    (row,) = read_bytes(by_domain, message[:start] + coded + message[end:], tmp_path)
    assert complaint(row).sender == Sender("b64.example")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"boundary=", b"boundary*=a\0b''"), "not_a_report"),
        ((b"boundary=", b'x="' + b";" * 100_000 + b'";boundary='), "not_a_report"),
        ((b"boundary=", b"boundary*0*=\xff''%ff;x="), "not_a_report"),
        ((b"Feedback-Type: abuse", b"Feedback-Type: \xff\x00"), "not_a_complaint"),
        ((b"news@Mail.Example", b"news@mail\x07.example"), "bad_name"),
        ((b"news@Mail.Example", b"news@" + b"x" * 900 + b".example"), "bad_name"),
        ((b"news@Mail.Example", b"news@" + b"x" * 500_000), "ok"),
        ((b"Date: Mon, 9 Mar 2026", b"Date: Mon, 9 Mar 0000"), "bad_time"),
        ((b"Date: Mon, 9 Mar 2026", b"Date: Mon, 9 Mar 1999"), "too_old"),
        ((b"Date: Mon, 9 Mar 2026", b"Date: Mon, 9 Mar 9999"), "too_far_ahead"),
        ((b"+0000\nSubject", b"+9999\nSubject"), "bad_time"),
        ((b"SECRET WORDS of", b"x" * 2_000_000), "too_big"),
        ((b"SECRET WORDS of", b"--a\n" * 200_000), "ok"),
        ((b"message/rfc822\n", b"multipart/mixed; boundary=x\n" + b"--x\n" * 1000), "ok"),
    ],
)
def test_a_hostile_report_is_an_event_or_a_reject(
    change: tuple[bytes, bytes], reason: str, tmp_path: Path
) -> None:
    """Whatever a report holds, no parser's trouble gets out, and its neighbours are read."""
    start = b"From x Mon Mar  9 17:52:09 2026\n"
    first = _messages()[0]
    changed = first.replace(*change, 1)
    assert changed != first
    rows = read_bytes(
        ARF, start + first + b"\n" + start + changed + b"\n" + start + first, tmp_path
    )
    assert reasons(rows) == ["ok", reason, "ok"]


def test_a_large_reports_reject_is_bounded(tmp_path: Path) -> None:
    """Of a message beyond a megabyte no more than that is kept."""
    (row,) = read_bytes(ARF, b"Subject: x\n\n" + b"words\n" * 1_000_000, tmp_path)
    assert refused(row).reason == "too_big"
    assert len(refused(row).raw) < 1_100_000


def test_without_a_key_no_report_is_read() -> None:
    """People must be hashed, so that a missing key is an error before the first record."""
    with pytest.raises(Unopenable, match="hash_key_file"):
        open_records(ARF, MBOX, None)


@pytest.mark.parametrize(
    "line", [b"--=_of-a-report\n", b"--=_of-a-report\n\n", b"\n--=_of-a-report\nA: b\n"]
)
def test_the_work_on_a_report_is_bounded(
    line: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a megabyte of boundaries a few parts are looked at, and each header up to a limit."""
    message = _messages()[0]
    at = message.index(b"--=_of-a-report")
    hostile = message[:at] + line * (1_000_000 // len(line)) + message[at:]
    long_header = message.replace(b"From: ", b"X: y\n" * 150_000 + b"From: ")
    parsed: list[int] = []
    parse = Header.__init__

    def counted(self: Header, raw: bytes) -> None:
        parsed.append(len(raw))
        parse(self, raw)

    monkeypatch.setattr(Header, "__init__", counted)
    assert reasons(read_bytes(ARF, hostile, tmp_path)) == ["not_a_report"]
    assert len(parsed) < 40
    parsed.clear()
    read_bytes(ARF, long_header, tmp_path)
    assert sum(parsed) < 300_000
