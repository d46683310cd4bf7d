"""The FTC's own CSV becomes complaints."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from streams.items import Complaint, Sender
from streams.sources.read import Unopenable, open_records
from tests.sources.files import DATA, complaint, read, read_bytes, refused, source

FTC = source("America/New_York", kind="complaint", format="ftc")
REAL = DATA / "ftc_2021-07.csv"


def test_a_real_file() -> None:
    """The FTC's file is read as it comes: every row a complaint, by voice."""
    rows = [complaint(row) for row in read(FTC, REAL)]
    assert len(rows) == 250
    assert {row.channel for row in rows} == {"voice"}
    assert Counter(row.kind for row in rows).keys() == {"fraud", "marketing", "other"}
    assert sum(row.sender.id is None for row in rows) == 12
    # 19 were filed before the call.
    assert sum(row.occurred_at is None for row in rows) == 19
    assert all(row.occurred_at is None or row.occurred_at <= row.event_time for row in rows)


def test_one_row_in_full(tmp_path: Path) -> None:
    """Filed at and called at are in the source's zone; the subject gives the kind."""
    header = REAL.read_bytes().partition(b"\n")[0] + b"\n"
    row = (
        b"8005550123,2021-07-07 00:01:41,2021-07-06 18:17:00,,Illinois,217,"
        b"Warranties  & protection plans,Y\n"
    )
    (found,) = read_bytes(FTC, header + row, tmp_path, "f.csv")
    assert found == Complaint(
        v=1,
        event_id="s:f.csv:1",
        event_time=dt.datetime(2021, 7, 7, 4, 1, 41, tzinfo=dt.UTC),
        occurred_at=dt.datetime(2021, 7, 6, 22, 17, tzinfo=dt.UTC),
        channel="voice",
        sender=Sender("8005550123"),
        source="s",
        kind="marketing",
        region="217",
    )


def test_a_table_may_name_more(tmp_path: Path) -> None:
    """What the table maps comes on top: the subject as a category, for one."""
    own = source(kind="complaint", format="ftc", category="Subject")
    assert {complaint(row).sender.category for row in read(own, REAL)} >= {"Other", "Charities"}


def test_a_changed_format_is_noticed_at_once(tmp_path: Path) -> None:
    """Were the FTC to rename a column, nothing is read by guess, and what is missing is told."""
    path = tmp_path / "f.csv"
    path.write_bytes(REAL.read_bytes().replace(b"Subject", b"Topic", 1))
    with open_records(FTC, path, None) as records:
        assert records.notes == [
            f"{path}: read without kind: there is no column 'Subject', which sources.s.format asks"
            " for"
        ]
    path.write_bytes(REAL.read_bytes().replace(b"Created_Date", b"Created", 1))
    with pytest.raises(Unopenable, match="must have one column 'Created_Date'"):
        open_records(FTC, path, None)


def test_bad_rows_are_rejects(tmp_path: Path) -> None:
    """A date that is none, or a row cut short, is a reject like everywhere."""
    lines = REAL.read_bytes().splitlines(keepends=True)[:3]
    broken = lines[1].replace(b"2021-", b"20x1-")
    rows = read_bytes(FTC, lines[0] + broken + lines[2][:30] + b"\n" + lines[1], tmp_path)
    assert [refused(row).reason for row in rows[:2]] == ["bad_time", "ragged"]
    assert complaint(rows[2])
