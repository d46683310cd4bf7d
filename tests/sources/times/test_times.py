"""Times as files write them."""

from __future__ import annotations

import pytest

from streams.sources.times.times import TEXTS_CACHED, Times, UnusableTime


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00+00:00"),
        ("2026-03-01t12:00:00.25z", "2026-03-01T12:00:00.250000+00:00"),
        ("2026-03-01T12:00:00+08:00", "2026-03-01T04:00:00+00:00"),
        ("2026-03-01 12:00:00 -0330", "2026-03-01T15:30:00+00:00"),
        ("2026-03-01T12:00:00.123456789Z", "2026-03-01T12:00:00.123457+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2026-03-01 12:00:00", "2026-03-01T17:00:00+00:00"),
        (" 2026-03-01 ", "2026-03-01T05:00:00+00:00"),
        ("1262454010", "2010-01-02T17:40:10+00:00"),
        ("1262454010.5", "2010-01-02T17:40:10.500000+00:00"),
        ("1262454010500000", "2010-01-02T17:40:10.500000+00:00"),
        ("1262454010500000000", "2010-01-02T17:40:10.500000+00:00"),
        ("1262454010500", "2010-01-02T17:40:10.500000+00:00"),
        # New York's clocks: 1:30 twice, 2:30 never.
        ("2026-11-01 01:30:00", "2026-11-01T05:30:00+00:00"),
        ("2026-03-08 02:30:00", "2026-03-08T07:30:00+00:00"),
    ],
)
def test_times_as_files_write_them(text: str, utc: str) -> None:
    """RFC 3339, dates, date times without a zone, epoch seconds and milliseconds are read."""
    assert Times("America/New_York")[text].isoformat() == utc


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "bad_time"),
        ("NaN", "bad_time"),
        ("inf", "bad_time"),
        ("-1", "bad_time"),
        ("1e9", "bad_time"),
        ("yesterday", "bad_time"),
        ("0000-01-01T00:00:00Z", "bad_time"),
        ("2026-02-30", "bad_time"),
        ("2026-01-01T25:00:00Z", "bad_time"),
        ("2026-01-01T00:00:00+99:99", "bad_time"),
        ("2026-01-01T24:00", "bad_time"),
        ("03/04/2026", "bad_time"),
        ("46023.5", "too_old"),
        ("260101000000", "too_old"),
        ("2026-W01-1", "bad_time"),
        ("٢٠٢٦-01-01", "bad_time"),
        ("9" * 15, "bad_time"),
        ("9" * 1_000_000, "bad_time"),
        ("2026-01-01 " * 100_000, "bad_time"),
        ("9999-12-31T23:59:59-23:59", "bad_time"),
        ("9999-12-31", "too_far_ahead"),
        ("0001-01-01", "bad_time"),  # in Shanghai; in UTC it is the year 0
        ("0002-01-01", "too_old"),
        ("1970-01-01T00:00:00Z", "too_old"),
        ("0", "too_old"),
    ],
)
def test_what_is_no_time(text: str, reason: str) -> None:
    """What is no time, or cannot be one, is refused in words that do not repeat it."""
    with pytest.raises(UnusableTime) as caught:
        Times("Asia/Shanghai")[text]
    assert caught.value.reason == reason
    assert len(str(caught.value)) < 250


def test_by_a_format_a_text_has_one_reading() -> None:
    """Formats are tried in order; a text that two of them read differently is refused."""
    times = Times("America/New_York", ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"])
    assert times["13/02/2026 08:00"].isoformat() == "2026-02-13T13:00:00+00:00"
    assert times["02/13/2026 08:00"].isoformat() == "2026-02-13T13:00:00+00:00"
    assert times["02/02/2026 08:00"].isoformat() == "2026-02-02T13:00:00+00:00"
    with pytest.raises(UnusableTime, match="two formats of time_format read it differently"):
        times["02/03/2026 08:00"]
    with pytest.raises(UnusableTime, match="must be written as time_format says"):
        times["2026-02-03 08:00"]
    with pytest.raises(UnusableTime, match="must be a time that exists"):
        times["31/02/2026 08:00"]


def test_a_refusal_names_the_formats_that_would_read_it() -> None:
    """Who gave no format is told which may be meant, and never what the record holds."""
    with pytest.raises(UnusableTime) as caught:
        Times("UTC")["03/04/2026 8:00 pm"]
    assert str(caught.value).endswith(
        'set time_format to "%m/%d/%Y %I:%M %p" or "%d/%m/%Y %I:%M %p", whichever it is'
    )
    with pytest.raises(UnusableTime, match="a zone's name may mean several zones"):
        Times("UTC")["2026-03-04 08:00:00 CST"]


def test_a_daily_time_is_the_start_of_its_day_there() -> None:
    """A daily source's times stand for the calendar day of its zone."""
    days = Times("America/New_York", daily=True)
    assert days["2026-03-01T03:00:00Z"].isoformat() == "2026-02-28T05:00:00+00:00"
    assert days["2026-03-09"].isoformat() == "2026-03-09T04:00:00+00:00"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
def test_the_ends_of_the_calendar_have_no_day(text: str, zone: str) -> None:
    """Where a zone leads out of the calendar, a time is refused like any other."""
    with pytest.raises(UnusableTime):
        Times(zone, daily=True)[text]


def test_a_day_whose_midnight_the_clock_skips_starts_at_the_change() -> None:
    """In São Paulo's 4 November 2018 there was no midnight."""
    assert Times("America/Sao_Paulo")["2018-11-04"].isoformat() == "2018-11-04T03:00:00+00:00"


def test_the_cache_is_bounded() -> None:
    """A file whose every time is its own costs no memory."""
    times = Times("UTC")
    for second in range(TEXTS_CACHED + 10):
        times[str(1_600_000_000 + second)]
    assert len(times) <= TEXTS_CACHED
