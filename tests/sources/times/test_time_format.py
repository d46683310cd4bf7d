"""Formats: what they may hold, what they read, and what they refuse."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.times.time_format import TimeFormat, format_problem, normal

DATES = ("%Y-%m-%d", "%m/%d/%Y", "%d.%m.%y", "%Y%m%d", "%d %B %Y", "%Y年%m月%d日", "%a, %d %b %Y")
TIMES = ("", " %H:%M", "T%H:%M:%S", " %H%M%S", " %I:%M:%S %p", " %H:%M:%S.%f")


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("", "must hold directives"),
        ("yyyy-mm-dd", "must hold directives"),
        ("%", "must have a directive after each %"),
        ("%Y-%m-%d %Q", "found %Q"),
        ("%Y-%m-%d %Z", "must not have %Z"),
        ("%H:%M", "must name year, month and day"),
        ("%b %d %H:%M:%S", "must name year, month and day"),
        ("%Y-%m-%d %I:%M", "must have %I and %p together"),
        ("%Y-%m-%d %H:%M %p", "must have %I and %p together"),
        ("%Y-%m-%d %M", "must have the hours before minutes"),
        ("%Y-%m-%d %H %S", "must have the hours before minutes"),
        ("%Y-%m-%d %H:%M.%f", "must have %S where it has %f"),
        ("%Y-%m-%d %d", "must have %d once"),
        ("%s %Y", "must have %s"),
    ],
)
def test_what_is_no_format(form: str, problem: str) -> None:
    """A format says all of a date, and of the time of day nothing without its hours."""
    assert problem in (format_problem(form) or "")


@given(
    st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2068, 12, 31)),
    st.sampled_from(DATES),
    st.sampled_from(TIMES),
)
def test_what_strftime_writes_is_read(time: dt.datetime, date: str, clock: str) -> None:
    """What the library writes by a format, the format reads back."""
    form = date + clock
    found = TimeFormat(form).read(normal(time.strftime(form)))
    assert found is not None
    assert found.day == time.date()
    if clock:
        seconds = time.second if "%S" in form else 0
        assert found.clock == time.time().replace(second=seconds, microsecond=0)
        assert found.after == dt.timedelta(microseconds=time.microsecond if "%f" in form else 0)
    else:
        assert found.clock is None


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y-%m-%d", "24-11-11"),
        ("%y-%m-%d", "2024-11-11"),
        ("%d/%m/%Y", "11/11/2024 08:00"),
        ("%Y%m%d%H", "202411118"),
        ("%Y-%m-%d", "x" * 64),
        ("%s", "123"),
        ("excel", "20241111"),
        ("excel", "45607,5"),
    ],
)
def test_a_text_of_another_form_is_not_read(form: str, text: str) -> None:
    """A format reads all of a text or nothing."""
    assert TimeFormat(form).read(text) is None


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%m/%d/%Y", "13/01/2024"),
        ("%a %d %b %Y", "Tue 11 Nov 2024"),
        ("%Y-%m-%d %I:%M %p", "2024-11-11 13:00 PM"),
        ("%Y-%m-%d %I:%M %p", "2024-11-11 0:30 AM"),
        ("%Y-%m-%d %H", "2024-11-11 24"),
        ("%Y-%m-%d %H:%M%z", "2024-11-11 08:00+24:00"),
    ],
)
def test_a_time_that_does_not_exist_is_refused(form: str, text: str) -> None:
    """A text of the right form may still be no time, or contradict itself."""
    with pytest.raises(ValueError, match=r"."):
        TimeFormat(form).read(text)


def test_seconds_since_1970() -> None:
    """`%s` stands alone."""
    found = TimeFormat("%s").read("1731283200")
    assert found is not None
    assert found.instant == dt.datetime(2024, 11, 11, tzinfo=dt.UTC)
