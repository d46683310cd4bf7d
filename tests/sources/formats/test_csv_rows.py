"""CSV rows become events by the columns that a source names."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from streams.items import Complaint, Place, Send, Sender
from streams.sources.formats import csv_rows
from streams.sources.privacy import hash_person
from streams.sources.read import Unopenable, open_records
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

HEAD = b"t,sender\n"
GOOD = b"2026-03-01,a\n"


def test_a_real_file_of_days() -> None:
    """The FTC's days come with area codes, and with no sender where none was named."""
    days = source("America/New_York", time="day", region="area_code", bucket="1d", daily=True)
    rows = [complaint(row) for row in read(days, DATA / "ftc_days.csv")]
    assert len(rows) == 300
    first = rows[0]
    assert first == Complaint(
        v=1,
        event_id="s:ftc_days.csv:1",
        event_time=dt.datetime(2020, 2, 14, 5, tzinfo=dt.UTC),
        channel="sms",
        sender=Sender(None),
        source="s",
        kind="other",
        region="303",
    )
    assert rows[5].sender == Sender("h000e115a47")
    assert len({row.event_time for row in rows}) == 6


def test_a_real_file_of_sends_hashes_recipients() -> None:
    """Recipients leave the adapter only as a keyed hash."""
    mail = source(kind="send", format="csv", time="epoch_s", sender="sender", recipient="recipient")
    rows = read(mail, DATA / "mail.csv")
    first = rows[0]
    assert isinstance(first, Send)
    assert len(rows) == 300
    assert first.event_time.timestamp() == 1262454010
    assert first.recipient_hash == hash_person(KEY, "r99aadaa131")
    assert "r99aadaa131" not in repr(rows)


def test_every_column_finds_its_field(tmp_path: Path) -> None:
    """All that a table may map arrives where the contract has it."""
    names = ["access_code", "signature", "account", "merchant", "platform", "category", "domain"]
    columns = [*names, "count", "event_id", "occurred_at", "region", "reporter"]
    rich = source(**{name: f"c_{name}" for name in columns})
    header = "unused,t,sender," + ",".join(f"c_{name}" for name in columns)
    line = (
        "x,2026-03-01T00:00:00Z,id,ac,sig,acc,mer,pla,cat,dom,7,e-1,2026-02-28T00:00:00Z,31,13800"
    )
    (row,) = read_bytes(rich, f"{header}\n{line}\n".encode(), tmp_path)
    assert row == Complaint(
        v=1,
        event_id="e-1",
        event_time=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        occurred_at=dt.datetime(2026, 2, 28, tzinfo=dt.UTC),
        channel="sms",
        sender=Sender("id", "ac", "sig", "acc", "mer", "pla", "cat", "dom"),
        source="s",
        kind="other",
        count=7,
        region="31",
        reporter_hash=hash_person(KEY, "13800"),
    )


def test_bom_quotes_crlf_and_blank_lines(tmp_path: Path) -> None:
    """Spreadsheets' files are read: byte order mark, quotes, line ends; a blank line is none."""
    content = (
        b'\xef\xbb\xbf"t", sender \r\n\r\n2026-03-01,"Smith, J"\r\n\r\n'
        b'"2026-03-02","say ""hi"""\r\n2026-03-03,last'
    )
    rows = read_bytes(source(), content, tmp_path, "f.csv")
    assert [event(row).sender.id for row in rows] == ["Smith, J", 'say "hi"', "last"]
    assert [event(row).event_id for row in rows] == [f"s:f.csv:{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2026-03-01\n", "ragged"),
        (b"2026-03-01,a,b\n", "ragged"),
        (b" \n", "ragged"),
        (b",a\n", "missing"),
        (b"soon,a\n", "bad_time"),
        (b"NaN,a\n", "bad_time"),
        (b"0000-01-01,a\n", "bad_time"),
        (b"1970-01-01,a\n", "too_old"),
        (b"9999-01-01,a\n", "too_far_ahead"),
        (b"2026-03-01,a\x00b\n", "bad_name"),
        (b"2026-03-01,a\x07b\n", "bad_name"),
        (b"2026-03-01,\xc2\x9b\n", "bad_name"),
        (b"2026-03-01," + b"a" * 257 + b"\n", "bad_name"),
        (b"2026-03-01," + "阿".encode() * 86 + b"\n", "bad_name"),
        (b"2026-03-01,a\xff\n", "not_utf8"),
        (b"2026-03-01," + b"a" * 200_000 + b"\n", "bad_csv"),
        (b"2026-03-01," + b"a" * 1_000_000 + b"\n", "bad_csv"),
        (b"2026-03-01," + b"a" * 3_000_000 + b"\n", "too_big"),
        (b"2026-03-01," + b"a," * 1_000_000 + b"\n", "too_big"),
        (b'2026-03-01,"a"b\n', "bad_csv"),
        (b"2026-03-01,a\rb\n", "bad_csv"),
    ],
)
def test_a_bad_record_is_a_reject_and_no_more(line: bytes, reason: str, tmp_path: Path) -> None:
    """Whatever a record holds, it is one reject with its place, and its neighbours are read."""
    rows = read_bytes(source(), HEAD + GOOD + line + GOOD, tmp_path, "f.csv")
    assert reasons(rows) == ["ok", reason, "ok"]
    reject = refused(rows[1])
    assert reject.place == Place(file="f.csv", line=2)
    assert line.startswith(reject.raw[:1000])
    assert len(reject.raw) < 1_100_000
    assert len(reject.detail) < 200


def test_a_stray_quote_costs_its_own_line(tmp_path: Path) -> None:
    """A quote that nothing closes takes no other record with it."""
    lines = [GOOD] * 50
    lines[10] = b'2026-03-01,"stray\n'
    rows = read_bytes(source(), HEAD + b"".join(lines), tmp_path)
    assert reasons(rows) == ["ok"] * 10 + ["bad_csv"] + ["ok"] * 39
    assert refused(rows[10]).raw == lines[10]


def test_a_stray_quote_in_a_large_file_costs_its_own_line(tmp_path: Path) -> None:
    """The same where the reader gives up before the file ends."""
    lines = [GOOD] * 30_000
    lines[10] = b'2026-03-01,"stray\n'
    found = reasons(read_bytes(source(), HEAD + b"".join(lines), tmp_path))
    assert (found[10], found.count("ok"), len(found)) == ("bad_csv", 29_999, 30_000)


def test_lines_that_open_a_quote_for_the_next_are_read_three_times_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line closes the quote of the line before it and opens one; no end of it is in sight."""
    lines_given = 0
    give = csv_rows._Lines.__next__

    def counted(self: csv_rows._Lines) -> str:
        nonlocal lines_given
        lines_given += 1
        return give(self)

    monkeypatch.setattr(csv_rows._Lines, "__next__", counted)
    rows = read_bytes(source(), HEAD + b'a","\n' * 20_000 + b'"x\n' + GOOD, tmp_path)
    assert reasons(rows) == ["bad_csv"] * 20_001 + ["ok"]
    assert lines_given < 3 * 20_010


def test_a_record_of_several_lines_after_a_stray_quote_is_read(tmp_path: Path) -> None:
    """The lines that are read again end where a record of several lines may begin."""
    content = HEAD + b'2026-03-01,"stray\n' + GOOD + b'2026-03-02,"b\nc"\n' + GOOD
    rows = read_bytes(source(), content, tmp_path)
    assert reasons(rows) == ["bad_csv", "ok", "bad_name", "ok"]
    assert refused(rows[2]).raw == b'2026-03-02,"b\nc"\n'


def test_a_record_without_end_takes_no_memory(tmp_path: Path) -> None:
    """Quotes that pair up line after line make one record; it is given up at a megabyte."""
    content = HEAD + b'2026-03-01,"\n' + b'","\n' * 500_000
    rows = read_bytes(source(), content, tmp_path)
    assert set(reasons(rows)) <= {"too_big", "ragged", "bad_csv"}
    assert all(len(refused(row).raw) < 1_200_000 for row in rows[:50])


def test_an_empty_sender_is_null_for_complaints_and_missing_for_sends(tmp_path: Path) -> None:
    """A complaint may name no sender; a send without one is none."""
    content = HEAD + b"2026-03-01,\n2026-03-01,  \n"
    rows = read_bytes(source(), content, tmp_path)
    assert [event(row).sender for row in rows] == [Sender(None)] * 2
    sends = source(kind="send")
    assert reasons(read_bytes(sends, content, tmp_path)) == ["missing"] * 2


@pytest.mark.parametrize(
    ("count", "found"),
    [
        ("3", 3),
        ("", 1),
        (" 5 ", 5),
        ("-1", None),
        ("1.5", None),
        ("NaN", None),
        ("9" * 10, None),
        ("9" * 100_000, None),
        ("٣", None),
    ],
)
def test_counts(count: str, found: int | None, tmp_path: Path) -> None:
    """A count is a whole number up to 1e9; nothing stands for one. Zero is no event."""
    content = f"t,sender,n\n2026-03-01,a,{count}\n".encode()
    (row,) = read_bytes(source(count="n"), content, tmp_path)
    if found is None:
        assert refused(row).reason in ("wrong_type", "bad_value")
    else:
        assert event(row).count == found


@pytest.mark.parametrize(
    ("when", "kept"),
    [("2026-02-28", True), ("2026-03-02", False), ("1900-01-01", False), ("", False)],
)
def test_an_impossible_occurrence_is_left_out(when: str, kept: bool, tmp_path: Path) -> None:
    """A complaint filed before its cause still was filed; the cause's time is left out."""
    content = f"t,sender,o\n2026-03-01,a,{when}\n".encode()
    (row,) = read_bytes(source(occurred_at="o"), content, tmp_path)
    assert (complaint(row).occurred_at is not None) is kept


def test_other_columns_may_hold_what_they_like(tmp_path: Path) -> None:
    """Bytes of another encoding in a column that nobody asked for cost nothing."""
    content = b"t,sender,words\n2026-03-01,a,\xc4\xe3\xba\xc3\x00\n"
    assert reasons(read_bytes(source(), content, tmp_path)) == ["ok"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"day,who\n" + GOOD, r"must have one column 't'.*sources\.s\.time.*day, who"),
        (b"t,sender,t\n", r"must have one column 't'.*found 2"),
        (b'"t"x,sender\n', "must begin with a CSV header"),
        (b"\xff\xc4,sender\n", "must have one column 't'"),
        (b"x" * 5_000_000, "must begin with a CSV header"),
    ],
)
def test_a_file_without_the_columns_is_refused_at_once(
    content: bytes, message: str, tmp_path: Path
) -> None:
    """A missing column is an error before anything is read, and says which there are."""
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    with pytest.raises(Unopenable, match=message) as caught:
        open_records(source(), path, None)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 600
    str(caught.value).encode()


@pytest.mark.parametrize("content", [b"", b"\n\n", HEAD, b"\xef\xbb\xbf"])
def test_no_records(content: bytes, tmp_path: Path) -> None:
    """An empty file, or one with a header alone, holds none and is no error."""
    assert read_bytes(source(), content, tmp_path) == []


def test_a_time_too_far_ahead_of_the_clock_is_a_reject(tmp_path: Path) -> None:
    """With a clock, what lies further ahead of it than max_ahead is none."""
    path = tmp_path / "f"
    path.write_bytes(HEAD + b"1700000300,a\n1700000301,a\n")
    rows = list(open_records(source(), path, None, clock=lambda: 1_700_000_000.0))
    assert reasons(rows) == ["ok", "too_far_ahead"]
