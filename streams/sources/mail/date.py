"""Dates of mail, brought to the forms that a file's times have.

What RFC 5322 wants is read, and what programs write in its place, as long as it can mean but one
instant. A name that several time zones have is refused, and so is an offset of more than 14 hours
or of 60 minutes and more: a time read wrongly is worse than one that is refused.
"""

from __future__ import annotations

import re

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan january", "feb february", "mar march", "apr april", "may", "jun june"),
            *("jul july", "aug august", "sep sept september", "oct october", "nov november"),
            "dec december",
        ),
        1,
    )
    for name in names.split()
}

_HOURS = {
    **{"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0},
    **{"EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
    **{"AKST": -9, "AKDT": -8, "HST": -10},
    **{"WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "SAST": 2},
    **{"JST": 9, "KST": 9, "HKT": 8, "AWST": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13},
}
"""Hours from UTC of zones whose names no other zone has, or RFC 5322 gives to them."""

AMBIGUOUS = ("CST", "IST", "BST", "AST", "ADT", "AMT", "MSK", "SST", "GST", "ECT", "WST", "PYT")
"""Names that several zones have (China's and the central American one are both CST), or that have
changed their offset."""

_FURTHEST = 14
"""Hours that a zone is from UTC at most."""

_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
_HALF = r"(?:\s*(?P<half>[ap])\.?m\.?(?![a-z]))?"
_ZONE = r"(?:\s*(?P<zone>[a-z+-][a-z0-9:+ -]*))?"
_FORMS = tuple(
    re.compile(rf"{_WEEKDAY}{form}\s*", re.IGNORECASE | re.ASCII)
    for form in (
        rf"(?P<day>\d{{1,2}})[\s-]+{_MONTH}[\s-]+(?P<year>\d{{2,4}}),?\s+{_TIME}{_HALF}{_ZONE}",
        rf"{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}}),?\s+{_TIME}{_HALF}{_ZONE}",
        rf"{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_TIME}{_HALF}{_ZONE}\s+(?P<year>\d{{4}})",
        rf"{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_TIME}\s+(?P<year>\d{{4}}){_ZONE}",
        rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?:t|\s+){_TIME}{_HALF}{_ZONE}",
    )
)
_OFFSET = re.compile(
    r"(?:(?:UTC|GMT|UT)\s*)?(?P<sign>[+-])(?:(?P<hours>\d\d):?(?P<minutes>\d\d)|(?P<only>\d{1,2}))"
    r"(?:\s+(?P<name>[A-Z]{1,5}))?",
    re.ASCII,
)
_LONGEST = 100


class UnreadableDate(ValueError):
    """A text is no date, or one that could mean several instants; says what it must be."""


def date_text(text: str, comments: list[str]) -> str:
    """Return a mail's date as RFC 3339; without a zone where it names none.

    Parameters
    ----------
    text
        The field, without its comments.
    comments
        What stood in brackets: some programs name the zone only there.

    Raises
    ------
    UnreadableDate
        Where it cannot be read, or not in one way only.

    Examples
    --------
    >>> date_text("Mon, 2 Mar 2026 9:00:00 PM GMT+0800", [])
    '2026-03-02T21:00:00+08:00'
    >>> date_text("Mon Mar  2 09:00:00 2026", []), date_text("2 Mar 26 09:00", ["JST"])
    ('2026-03-02 09:00:00', '2026-03-02T09:00:00+09:00')
    >>> date_text("Mon, 2 Mar 2026 09:00:00 CST", [])
    Traceback (most recent call last):
    streams.sources.mail.date.UnreadableDate: must name a zone that is one; found CST: several are
    """
    forms = (form.fullmatch(text.strip()) for form in _FORMS) if len(text) <= _LONGEST else ()
    found = next((match for match in forms if match is not None), None)
    month = None if found is None else _month(found["month"])
    if found is None or month is None:
        raise UnreadableDate("must be a date of mail (RFC 5322); found something else")
    day = f"{_year(found['year']):04}-{month:02}-{int(found['day']):02}"
    half = found.groupdict().get("half")
    clock = f"{_hour(found['hour'], half):02}:{found['minute']}:{found['second'] or '00'}"
    zone = (found["zone"] or "").strip().upper() or _in_comments(comments)
    return f"{day}T{clock}{_offset(zone)}" if zone else f"{day} {clock}"


def _month(text: str) -> int | None:
    return int(text) if text.isdigit() else _MONTHS.get(text.lower())


def _year(text: str) -> int:
    """Return a year; two or three digits are read as RFC 5322 has it."""
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if len(text) == 2 and year < 50 else 1900)


def _hour(text: str, half: str | None) -> int:
    hour = int(text)
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise UnreadableDate("must have an hour from 1 to 12 before AM or PM; found another")
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _in_comments(comments: list[str]) -> str:
    """Return the zone that comments name; empty where none does."""
    names = [comment.strip().upper() for comment in comments]
    return next((name for name in names if name in _HOURS or name in AMBIGUOUS), "")


def _offset(zone: str) -> str:
    if zone in _HOURS:
        return _signed(_HOURS[zone], 0)
    found = _OFFSET.fullmatch(zone)
    if found is None:
        what = f"{zone}: several are" if zone in AMBIGUOUS else "another"
        raise UnreadableDate(f"must name a zone that is one; found {what}")
    hours, minutes = int(found["hours"] or found["only"]), int(found["minutes"] or 0)
    if minutes > 59 or hours > _FURTHEST:
        raise UnreadableDate("must have an offset that a zone has; found another")
    offset = _signed(-hours if found["sign"] == "-" else hours, minutes, found["sign"])
    if found["name"] in _HOURS and _signed(_HOURS[found["name"]], 0) not in (offset, "+00:00"):
        raise UnreadableDate("must have the offset of the zone that it names; found another")
    return offset


def _signed(hours: int, minutes: int, sign: str | None = None) -> str:
    shown = sign or ("-" if hours < 0 else "+")
    return f"{shown}{abs(hours):02}:{minutes:02}"
