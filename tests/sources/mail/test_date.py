"""Dates of mail are read where they mean one instant, and refused where they could mean several."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from streams.sources.mail.address import without_comments
from streams.sources.mail.date import AMBIGUOUS, UnreadableDate, date_text


def _read(text: str) -> str:
    return date_text(*without_comments(text))


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("Mon, 2 Mar 2026 09:00:00 +0800", 8),
        ("Mon, 2 Mar 2026 09:00:00 +0800 (CST)", 8),
        ("Mon, 02 Mar 2026 09:00:00 +08:00", 8),
        ("Mon, 2 Mar 2026 09:00:00 +08", 8),
        ("Mon, 2 Mar 2026 09:00:00 GMT+0800", 8),
        ("Mon, 2 Mar 2026 09:00:00 GMT+08:00 (China Standard Time)", 8),
        ("Mon, 2 Mar 2026 09:00:00 UTC+8", 8),
        ("Mon, 2 Mar 2026 09:00:00 +0900 JST", 9),
        ("Mon, 2 Mar 2026 09:00:00 JST", 9),
        ("Mon, 2 Mar 2026 09:00:00 (JST)", 9),
        ("Tue, 2 Mar 2026 09:00:00 CEST", 2),
        ("Mon, 2 Mar 2026 09:00:00 -0000", 0),
        ("Mon, 2 Mar 2026 09:00:00 UT", 0),
        ("Mon, 2 Mar 2026 09:00:00 Z", 0),
        ("Mon, 2 Mar 2026 09:00:00 EDT", -4),
        ("Mon, 2 Mar 2026 09:00:00 pst", -8),
        ("2 Mar 26 09:00 -0330", -3.5),
        ("Monday, 2 March 2026 9:00:00 AM -03:30", -3.5),
        ("02-Mar-2026 09:00:00.123 +0000", 0),
        ("Mon Mar  2 09:00:00 EST 2026", -5),
        ("Mon Mar  2 09:00:00 +0800 2026", 8),
        ("Mon Mar 2 09:00:00 2026 +0800", 8),
        ("Mar 2, 2026, 9:00 a.m. +0100", 1),
        ("2026-03-02T09:00:00Z", 0),
        ("2026-03-02 09:00:00 +0800", 8),
    ],
)
def test_a_date_is_read(text: str, offset: float) -> None:
    """What the RFC wants, and what programs write instead: nine o'clock of a day in March."""
    zone = dt.timezone(dt.timedelta(hours=offset))
    assert dt.datetime.fromisoformat(_read(text)) == dt.datetime(2026, 3, 2, 9, tzinfo=zone)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Mon, 2 Mar 2026 09:00:00", "2026-03-02 09:00:00"),
        ("Mon Mar  2 09:00:00 2026", "2026-03-02 09:00:00"),
        ("Mon, 2 Mar 2026 9:00:00 PM +0000", "2026-03-02T21:00:00+00:00"),
        ("Mon, 2 Mar 2026 12:00:00 AM +0000", "2026-03-02T00:00:00+00:00"),
        ("Mon, 2 Mar 2026 12:30 p.m. +0000", "2026-03-02T12:30:00+00:00"),
        ("Thu, 30 Dec 10 10:37:16 -0800", "2010-12-30T10:37:16-08:00"),
        ("Thu, 30 Dec 99 10:37:16 -0800", "1999-12-30T10:37:16-08:00"),
        ("Thu, 30 Dec 0026 10:37:16 -0800", "0026-12-30T10:37:16-08:00"),
    ],
)
def test_halves_of_the_day_and_short_years(text: str, read: str) -> None:
    """A date without a zone has none; a year of four digits is never taken for two."""
    assert _read(text) == read


@pytest.mark.parametrize("zone", [*AMBIGUOUS, "XYZ", "A", "+800", "+1500", "+0860", "+0900 PST"])
def test_a_zone_that_is_not_one_is_refused(zone: str) -> None:
    """A name that several zones have, or none, and an offset that contradicts its name."""
    with pytest.raises(UnreadableDate, match="zone"):
        _read(f"Mon, 2 Mar 2026 09:00:00 {zone}")


@pytest.mark.parametrize(
    "text",
    [
        *("", "the day before", "03/02/2026 09:00:00 +0000", "2.3.2026 09:00:00 +0000"),
        *("Mon, 2 Foo 2026 09:00:00 +0000", "2 Mar 2026", "13:00:00 PM 2 Mar 2026 +0000"),
        *("Mon, 2 Mar 2026 13:00:00 PM +0000", "x" * 200, "2 Mar 2026 09:00:00 +0000 or so"),
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    """Neither days whose month is not clear, nor words."""
    with pytest.raises(UnreadableDate):
        _read(text)


def test_every_offset_comes_back() -> None:
    """However an instant is written, with every offset that a zone has, it is read as it is."""
    chance = random.Random(15)
    for _ in range(500):
        quarters = chance.randrange(-48, 57)
        zone = dt.timezone(dt.timedelta(minutes=15 * quarters))
        time = dt.datetime.fromtimestamp(chance.randrange(946_684_800, 4_000_000_000), zone)
        form = chance.choice(("%a, %d %b %Y %H:%M:%S %z", "%a %b %e %H:%M:%S %z %Y"))
        if chance.random() < 0.3:
            form = "%A, %d %B %Y %I:%M:%S %p UTC%z"
        assert dt.datetime.fromisoformat(_read(time.strftime(form))) == time
