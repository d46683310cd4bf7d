"""Feedback reports of the kinds that desks have had: the sender, time and kind that they name."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.sources.files import DATA, complaint, read, reasons, source

ARF = source(kind="complaint", format="arf", bucket="1h")
FEEDBACK = DATA / "feedback"


def test_reports_without_a_date_are_timed_by_their_receipt() -> None:
    """Yahoo's have none: what the desk's own server wrote counts, not when the mail had come."""
    rows = [complaint(row) for row in read(ARF, FEEDBACK / "no-date.mbox")]
    lines = (FEEDBACK / "no-date.mbox").read_text().splitlines()
    received = [
        dt.datetime.strptime(line.strip(), "%a, %d %b %Y %H:%M:%S %z")
        for line, before in zip(lines[1:], lines, strict=False)
        if before.startswith("Received:")
    ]
    assert [row.event_time for row in rows] == received
    assert all(row.occurred_at is not None and row.occurred_at < row.event_time for row in rows)


def test_return_paths_domains_are_the_recipients() -> None:
    """Several domains are reported, each a recipient's: the mail says who sent it."""
    rows = [complaint(row) for row in read(ARF, FEEDBACK / "return-path.mbox")]
    assert {row.sender.id for row in rows} == {"shop.example"}
    assert len({row.event_id for row in rows}) == len(rows)


@pytest.mark.parametrize("form", ["minimal", "mixed", "bare"])
def test_all_three_forms_of_microsofts_loop(form: str) -> None:
    """A part for machines that says nearly nothing, none at all, and the bare mail."""
    (row,) = read(ARF, FEEDBACK / f"jmrp-{form}.eml")
    found = complaint(row)
    assert found.sender.id == "shop.example"
    assert (found.reporter_hash is None) == (form == "minimal")


def test_one_desk_with_many_loops() -> None:
    """The same sender four times: redacted, without a domain, without anything, over a relay."""
    rows = read(ARF, FEEDBACK / "many-loops.mbox")
    assert [complaint(row).sender.id for row in rows] == ["shop.example"] * 4


def test_what_is_no_complaint() -> None:
    """Only abuse, fraud, virus and other are complaints; an attack on a host is none."""
    assert set(reasons(read(ARF, FEEDBACK / "types.mbox"))) == {"not_a_complaint"}
    assert reasons(read(ARF, FEEDBACK / "xarf.eml")) == ["not_a_complaint"]


def test_zones_by_name_and_offset() -> None:
    """JST, GMT+0800, nine in the evening, CEST and +02:00 are the instants that they say."""
    times = [complaint(row).event_time for row in read(ARF, FEEDBACK / "zones.mbox")]
    assert [time.strftime("%m-%d %H") for time in times] == [
        *("03-02 00", "03-02 01", "03-02 21", "06-02 07", "03-02 07"),
    ]
