"""Times that are read without a format: none of these forms has a second reading.

Dates have the year first. Numbers are a date written without signs, or seconds or their parts since
1970: as dates the one are no time since 2000, as numbers the others are none before 2200.
"""

from __future__ import annotations

import datetime as dt
import re

from streams.sources.times.time_format import EPOCH, ZONE, Reading, instant, reading

RULE = (
    "must be RFC 3339, a date with the year first, YYYY-MM-DD HH:MM:SS, or seconds or milliseconds"
    " since 1970"
)
MILLISECONDS_FROM = 1e11
"""Numbers from here on are milliseconds: as seconds they would be after the year 5138."""

_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,9})?", re.ASCII)
_PARTS = {16: 1, 19: 1000}
"""A number of so many digits is microseconds, or nanoseconds: how many parts a microsecond has."""

_COMPACT = re.compile(
    r"([12]\d{3})(\d\d)(\d\d)(?:[Tt ]?(\d\d)(\d\d)(\d\d)|[Tt ](\d\d?):(\d\d)(?::(\d\d))?)?",
    re.ASCII,
)
_CLOCK = rf"(\d{{1,2}}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?({ZONE}))?"
_FORM = re.compile(rf"(\d{{4}})([-/.])(\d\d?)\2(\d\d?)(?:[T ]{_CLOCK})?", re.ASCII | re.IGNORECASE)
_CHINESE = re.compile(rf"(\d{{4}})(年)(\d\d?)月(\d\d?)日(?: ?{_CLOCK})?", re.ASCII | re.IGNORECASE)


def usual(text: str) -> Reading | None:
    """Return what a text says; None where it has no usual form.

    Parameters
    ----------
    text
        As `streams.sources.times.time_format.normal` gives it.

    Raises
    ------
    ValueError
        Where it has such a form, and no such time exists.

    Examples
    --------
    >>> usual("2024/11/5 8:05")[:2]
    (datetime.date(2024, 11, 5), datetime.time(8, 5))
    >>> usual("20241105") == usual("2024年11月5日") == usual("2024-11-05")
    True
    >>> usual("05/11/2024")
    """
    if text.isdigit() and text.isascii() and len(text) in (8, 14, *_PARTS):
        parts = _PARTS.get(len(text))
        if parts is not None:
            return instant(EPOCH + dt.timedelta(microseconds=int(text) // parts))
    elif _NUMBER.fullmatch(text):
        number = float(text)
        return instant(_since_1970(number / 1000 if number >= MILLISECONDS_FROM else number))
    found = _COMPACT.fullmatch(text)
    if found is not None:
        year, month, day, *clocks = found.groups()
        clock = clocks[:3] if clocks[0] is not None else clocks[3:]
        return _reading(dt.date(int(year), int(month), int(day)), *clock)
    found = _FORM.fullmatch(text) or _CHINESE.fullmatch(text)
    if found is None:
        return None
    year, _, month, day, *rest = found.groups()
    return _reading(dt.date(int(year), int(month), int(day)), *rest)


def _reading(
    day: dt.date,
    hours: str | None,
    minutes: str | None,
    seconds: str | None,
    fraction: str | None = None,
    zone: str | None = None,
) -> Reading:
    if hours is None:
        return reading(day, None)
    clock = int(hours), int(minutes or 0), int(seconds or 0)
    return reading(day, clock, fraction or "", zone)


def _since_1970(seconds: float) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("it is after the year 9999") from None
