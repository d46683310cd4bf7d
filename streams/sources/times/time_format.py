"""Times by a format that the source's table names: ``time_format = "%m/%d/%Y %I:%M %p"``.

The directives are those of ``strftime``, in English whatever the system's language. Unlike
``strptime``, a format has one reading only: names of zones are refused, since CST is the time of
China, Cuba and Chicago; so is the hour 24, which some programs write at the start of a day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import unicodedata2

OLDEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""An earlier time is refused: years 0, 1 and 1970 are defaults gone wrong."""

NEWEST = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
"""A time from then on is refused, even where the record has no timestamp to compare it with."""

LONGEST = 64
"""Characters of a time: a longer text is none."""

EXCEL = "excel"
"""The format of a spreadsheet's bare number: days since the end of 1899, on the clock."""

_EXCEL_ZERO = dt.datetime(1899, 12, 30)
_EXCEL_DAYS = re.compile(r"[0-9]{5,6}(?:\.[0-9]{1,15})?", re.ASCII)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DAY = "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?"
_BEFORE_NOON = ("am", "a.m.", "上午", "午前", "오전")
_AFTER_NOON = ("pm", "p.m.", "下午", "午後", "오후")
HALF = "|".join(map(re.escape, (*_BEFORE_NOON, *_AFTER_NOON)))
ZONE = r"Z|UTC|GMT|[+-]\d\d(?::?\d\d)?"

_ALIKE = {"B": "b", "A": "a", "e": "d", "k": "H", "l": "I", "h": "b"}
_SHORT = {"T": "%H:%M:%S", "R": "%H:%M", "F": "%Y-%m-%d", "D": "%m/%d/%y"}
_NUMBERS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2}
"""Directives that are numbers, and their digits where no other sign parts them from the next."""
_PATTERNS = {
    "b": _MONTH,
    "a": f"{_DAY}|sun(?:day)?",
    "p": HALF,
    "z": ZONE,
    "f": r"\d{1,9}",
    "s": r"\d{9,11}",
}
_DIRECTIVE = re.compile(r"%[-_0]?(.)", re.DOTALL)


class Reading(NamedTuple):
    """What a text says.

    Attributes
    ----------
    day, clock
        On the calendar and on the clock; without a clock it is the day.
    zone
        The zone that the text names, as an offset.
    after
        What to add to the time: a leap second, or parts of a second.
    instant
        The time itself, where the text is a number of seconds or days.
    """

    day: dt.date
    clock: dt.time | None = None
    zone: dt.tzinfo | None = None
    after: dt.timedelta = dt.timedelta()
    instant: dt.datetime | None = None


class TimeFormat:
    """Reads the texts of one format.

    Parameters
    ----------
    text
        The format: directives, and what stands between them; or ``"excel"``.

    Raises
    ------
    ValueError
        With a sentence, where this is no format.

    Examples
    --------
    >>> TimeFormat("%m/%d/%Y %I:%M %p").read("11/5/2024 8:05 pm")[:2]
    (datetime.date(2024, 11, 5), datetime.time(20, 5))
    >>> TimeFormat("%Y%m%d").read("2024-11-05")
    >>> TimeFormat("%I:%M")
    Traceback (most recent call last):
    ValueError: must name year, month and day: %Y (or %y), %m (or %b) and %d
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if text == EXCEL:
            return
        tokens = list(_tokens(_one_form(text)))
        _check({token[1] for token in tokens if len(token) == 2 and token[0] == "%"})
        self._pattern = re.compile("".join(_patterns(tokens)), re.ASCII | re.IGNORECASE)

    def read(self, text: str) -> Reading | None:
        """Return what a text says; None where it has not this form.

        Parameters
        ----------
        text
            As `normal` gives it.

        Raises
        ------
        ValueError
            Where it has the form, and no such time exists.
        """
        if self.text == EXCEL:
            return _excel(text)
        found = self._pattern.fullmatch(text)
        return None if found is None else _reading(found.groupdict())


@lru_cache(maxsize=1024)
def time_format(text: str) -> TimeFormat:
    """Return a format, read once."""
    return TimeFormat(text)


def normal(text: str) -> str:
    """Return a text with ASCII's digits and signs, and one blank where there are some.

    The signs by which a spreadsheet is told that it is a text are left out.

    Examples
    --------
    >>> normal(" ２０２４-11-11\u3000 08：00 "), normal("'2024-11-11"), normal('="2024-11-11"')
    ('2024-11-11 08:00', '2024-11-11', '2024-11-11')
    """
    text = _one_form(text)
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1].strip()
    return text.removeprefix("'")


def _one_form(text: str) -> str:
    if not text.isascii():
        text = unicodedata2.normalize("NFKC", text)
    return " ".join(text.split())


def format_problem(text: str) -> str | None:
    """Say what is wrong with a format; None where nothing is.

    Examples
    --------
    >>> format_problem("%d.%m.%Y %H:%M")
    >>> format_problem("dd.mm.yyyy")
    'must hold directives such as %Y-%m-%d %H:%M:%S, or be "excel"'
    """
    try:
        TimeFormat(text)
    except ValueError as error:
        return str(error)
    return None


def zone_of(text: str) -> dt.tzinfo:
    """Return the zone of an offset, such as ``+08:00``, ``Z`` or ``UTC``.

    Raises
    ------
    ValueError
        Where no zone is so far off.
    """
    if text[0] not in "+-":
        return dt.UTC
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError("a zone's offset is under 24:00")
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-offset if text[0] == "-" else offset)


def reading(
    day: dt.date, clock: tuple[int, int, int] | None, fraction: str = "", zone: str | None = None
) -> Reading:
    """Return what the parts of a text say: hours, minutes and seconds, digits of a fraction.

    Raises
    ------
    ValueError
        Where there is no such time.
    """
    if clock is None:
        return Reading(day)
    hours, minutes, seconds = clock
    if hours == 24:
        raise ValueError("the hour 24 may be the day's first or the next day's")
    # Rounded by the seventh digit, as msgspec does it on a topic.
    digits = fraction.ljust(7, "0")
    # A leap second is written 60; clocks count it as the next minute's first.
    leap = seconds == 60
    after = dt.timedelta(seconds=leap, microseconds=int(digits[:6]) + (digits[6] >= "5"))
    time = dt.time(hours, minutes, 59 if leap else seconds)
    return Reading(day, time, None if zone is None else zone_of(zone), after)


def _tokens(text: str) -> Iterator[str]:
    """Yield directives, such as ``%Y``, and signs."""
    at = 0
    while at < len(text):
        found = _DIRECTIVE.match(text, at)
        if found is None:
            if text[at] == "%":
                raise ValueError("must have a directive after each %")
            yield text[at]
            at += 1
            continue
        at = found.end()
        name = _ALIKE.get(found[1], found[1])
        if name in _SHORT:
            yield from _tokens(_SHORT[name])
        elif name == "%":
            yield "%"
        elif name == "Z":
            raise ValueError(
                "must not have %Z: a zone's name may mean several zones; write the name itself, and"
                " say in `timezone` which it is, or use %z for offsets"
            )
        elif name in _NUMBERS or name in _PATTERNS:
            yield f"%{name}"
        else:
            known = " ".join(f"%{known}" for known in (*_NUMBERS, *_PATTERNS, *_ALIKE, *_SHORT))
            raise ValueError(f"must have directives of {known} only; found %{found[1]}")


def _check(names: set[str]) -> None:
    if not names:
        raise ValueError('must hold directives such as %Y-%m-%d %H:%M:%S, or be "excel"')
    if names == {"s"}:
        return
    if "s" in names:
        raise ValueError("must have %s, the seconds since 1970, alone")
    if not (names & {"Y", "y"} and names & {"m", "b"} and "d" in names):
        raise ValueError("must name year, month and day: %Y (or %y), %m (or %b) and %d")
    if ("I" in names) != ("p" in names) or names >= {"H", "I"}:
        raise ValueError("must have %I and %p together, or %H alone")
    hours = bool(names & {"H", "I"})
    if names & {"M", "S", "f"} and not (hours and (names & {"S"} == set() or "M" in names)):
        raise ValueError("must have the hours before minutes, and minutes before seconds")
    if "f" in names and "S" not in names:
        raise ValueError("must have %S where it has %f, its fraction")


def _patterns(tokens: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for at, sign in enumerate(tokens):
        before = tokens[at - 1] if at else ""
        after = tokens[at + 1] if at + 1 < len(tokens) else ""
        if len(sign) == 1:
            near_word = {before, after} & {"%p", "%z"}
            yield r"\ ?" if sign == " " and near_word else re.escape(sign)
            continue
        name = sign[1]
        if name in seen:
            raise ValueError(f"must have {sign} once")
        seen.add(name)
        digits = _NUMBERS.get(name)
        if digits is None:
            pattern = _PATTERNS[name]
        elif name in "Yy" or any(_is_number(near) for near in (before, after)):
            pattern = rf"\d{{{digits}}}"
        else:
            pattern = r"\d{1,2}"
        optional = r"\ ?" if name in "pz" else ""
        yield f"{optional}(?P<{name}>{pattern}){optional if name == 'p' else ''}"


def _is_number(sign: str) -> bool:
    return sign[1:] in (*_NUMBERS, "f")


def _reading(found: dict[str, str]) -> Reading:
    if "s" in found:
        return instant(EPOCH + dt.timedelta(seconds=int(found["s"])))
    year = int(found["Y"]) if "Y" in found else 2000 + int(found["y"])
    month = int(found["m"]) if "m" in found else 1 + MONTHS.index(found["b"][:3].lower())
    day = dt.date(year, month, int(found["d"]))
    if "a" in found and DAYS.index(found["a"][:3].lower()) != day.weekday():
        raise ValueError("the day of the week is another one")
    clock = None
    if "H" in found:
        clock = int(found["H"]), int(found.get("M", 0)), int(found.get("S", 0))
    elif "I" in found:
        hours = int(found["I"])
        if not 1 <= hours <= 12:
            raise ValueError("hours are from 1 to 12 where AM or PM follows")
        hours = hours % 12 + 12 * (found["p"].lower() in _AFTER_NOON)
        clock = hours, int(found.get("M", 0)), int(found.get("S", 0))
    return reading(day, clock, found.get("f", ""), found.get("z"))


def _excel(text: str) -> Reading | None:
    if _EXCEL_DAYS.fullmatch(text) is None:
        return None
    # A spreadsheet holds no more than thousandths of a second.
    milliseconds = round(float(text) * 86_400_000)
    time = _EXCEL_ZERO + dt.timedelta(milliseconds=milliseconds)
    fraction = dt.timedelta(microseconds=time.microsecond)
    return Reading(time.date(), time.time().replace(microsecond=0), after=fraction)


def instant(time: dt.datetime) -> Reading:
    """Return what a number says that stands for a time."""
    return Reading(time.date(), instant=time)
