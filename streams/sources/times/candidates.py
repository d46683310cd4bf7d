"""Which formats a text may have: every order of year, month and day that its signs allow.

It looks at the form of a text and not at its numbers, so that ``03/04/2024`` has two candidates,
the month first and the day first. Only the reading of many texts tells which of them it is:
`streams.sources.times.proposals`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from streams.sources.times.time_format import (
    DAYS,
    EXCEL,
    HALF,
    LONGEST,
    MONTHS,
    NEWEST,
    OLDEST,
    ZONE,
    Reading,
    normal,
    time_format,
)

_COMPACT = {
    6: ("%y%m%d", "%d%m%y", "%m%d%y"),
    8: ("%Y%m%d", "%d%m%Y", "%m%d%Y"),
    12: ("%Y%m%d%H%M", "%y%m%d%H%M%S", "%d%m%y%H%M%S", "%m%d%y%H%M%S"),
    14: ("%Y%m%d%H%M%S", "%d%m%Y%H%M%S", "%m%d%Y%H%M%S"),
}
_ORDERS = ("Ymd", "mdY", "dmY")
_SIGNS = frozenset(("T", "t", "\0", *" -/.,年月日号()"))
_MARKED = {"年": "Y", "月": "m", "日": "d", "号": "d"}

_CLOCK = re.compile(
    rf"(?P<before>(?:{HALF})(?P<gap>\ ?))?"
    r"(?P<H>\d\d?)(?P<h>[:hH点时])(?P<M>\d\d)(?:(?P<m>[:分])(?:(?P<S>\d\d)(?:(?P<f>[.,])\d{1,9}|秒)?)?)?"
    rf"(?P<after>\ ?(?:{HALF})(?![a-z]))?(?P<zone>\ ?(?:{ZONE})(?![a-z\d]))?",
    re.ASCII | re.IGNORECASE,
)
_EXCEL = re.compile(r"[3-9]\d{4}(?:\.\d+)?|10\d{4}(?:\.\d+)?", re.ASCII)
_HOUR = re.compile(r"(?<=\d[T ])\d\d$", re.ASCII)
_PIECE = re.compile(r"\d+|[a-z]+|.", re.ASCII | re.IGNORECASE | re.DOTALL)
_ZONE_NAME = re.compile(r"\d\ ?[A-Z]{3,5}$", re.ASCII)


class Candidate(NamedTuple):
    """A format that a text may have, and the order of year, month and day in it."""

    order: str
    format: str


@lru_cache(maxsize=4096)
def candidates(text: str) -> tuple[Candidate, ...]:
    """Return the formats that a text may have, the commonest first; none where it is no time.

    Examples
    --------
    >>> [found.format for found in candidates("11/05/2024 8:05 PM")]
    ['%m/%d/%Y %I:%M %p', '%d/%m/%Y %I:%M %p']
    >>> [found.format for found in candidates("Nov 5, 2024 20:05:09.5 +0800")]
    ['%b %d, %Y %H:%M:%S.%f %z']
    >>> candidates("yesterday")
    ()
    """
    text = normal(text) if len(text) <= LONGEST else ""
    if _EXCEL.fullmatch(text) and (len(text) == 5 or "." in text):
        return (Candidate(EXCEL, EXCEL),)
    if text.isdigit() and text.isascii():
        return tuple(Candidate(_order(form), form) for form in _COMPACT.get(len(text), ()))
    before, time, after = _around_clock(text)
    dates = _dates(before, after, placeholder="\0" if time else "")
    return tuple(Candidate(_order(form), form.replace("\0", time)) for form in dict.fromkeys(dates))


def hint(text: str) -> str:
    """Say how a text that no usual form reads may be read; empty where nobody knows.

    Examples
    --------
    >>> hint("11/05/2024")
    'set time_format to "%m/%d/%Y" or "%d/%m/%Y", whichever it is'
    >>> hint("soon")
    ''
    """
    found = [f'"{candidate.format}"' for candidate in plausible(text)]
    if found:
        which = ", whichever it is" if len(found) > 1 else ""
        return f"set time_format to {' or '.join(found)}{which}"
    if len(text) <= LONGEST and _ZONE_NAME.search(normal(text)):
        return "a zone's name may mean several zones: write it as it is into time_format"
    return ""


def plausible(text: str) -> tuple[Candidate, ...]:
    """Return those candidates by which the text is a time from 2000 to 2199."""
    return tuple(
        found for found in candidates(text) if is_read(time_format(found.format).read, text)
    )


def is_read(read: Callable[[str], Reading | None], text: str) -> bool:
    """Whether a text is read as a time from 2000 to 2199."""
    try:
        found = read(normal(text)) if len(text) <= LONGEST else None
    except (ValueError, OverflowError):
        return False
    return found is not None and OLDEST.year <= found.day.year < NEWEST.year


def _around_clock(text: str) -> tuple[str, str, str]:
    """Split a text at its time of day, of which it returns the format."""
    clock = _CLOCK.search(text)
    if clock is not None:
        return text[: clock.start()], _clock(clock), text[clock.end() :]
    hour = _HOUR.search(text)
    return (text, "", "") if hour is None else (text[: hour.start()], "%H", "")


def _clock(found: re.Match[str]) -> str:
    hours = "%I" if found["before"] or found["after"] else "%H"
    time = f"{hours}{found['h']}%M{found['m'] or ''}"
    if found["S"]:
        time += "%S" + (f"{found['f']}%f" if found["f"] else "")
        time += "秒" if found[0].find("秒") >= 0 else ""
    if found["before"]:
        time = f"%p{found['gap']}{time}"
    if found["after"]:
        time += f"{' ' * found['after'].startswith(' ')}%p"
    if found["zone"]:
        time += f"{' ' * found['zone'].startswith(' ')}%z"
    return time


def _order(form: str) -> str:
    letters = (piece[1] for piece in re.findall(r"%[Yymbd]", form))
    return "".join({"y": "Y", "b": "m"}.get(letter, letter) for letter in letters)


def _dates(before: str, after: str, *, placeholder: str) -> Iterator[str]:
    """Yield what may be the date's format, with the placeholder where the time of day stands."""
    pieces = [*_PIECE.findall(before), *([placeholder] if placeholder else [])]
    pieces += _PIECE.findall(after)
    numbers: list[int] = []
    fixed: dict[int, str] = {}
    compact: int | None = None
    for at, piece in enumerate(pieces):
        follows = pieces[at + 1] if at + 1 < len(pieces) else ""
        if piece.isdigit():
            if len(piece) in (6, 8) and not numbers and compact is None:
                compact = at
                continue
            if compact is not None:
                return
            numbers.append(at)
            if follows in _MARKED:
                fixed[at] = _MARKED[follows]
            elif len(piece) == 4:
                fixed[at] = "Y"
            elif len(piece) > 2:
                return
        elif piece.isalpha() and piece.isascii() and len(piece) >= 3:
            if piece[:3].lower() in MONTHS:
                numbers.append(at)
                fixed[at] = "b"
                pieces[at] = "%b"
            elif piece[:3].lower() in DAYS:
                pieces[at] = "%a"
            else:
                return
        elif piece not in _SIGNS:
            return  # a format never holds what stands in a record
    if compact is not None and not numbers:
        for form in _COMPACT[len(pieces[compact])]:
            yield "".join([*pieces[:compact], form, *pieces[compact + 1 :]])
    elif len(numbers) == 3:
        yield from _orders(pieces, numbers, fixed)


def _orders(pieces: list[str], numbers: list[int], fixed: dict[int, str]) -> Iterator[str]:
    months = "bm" if "b" in fixed.values() else "m"
    for order in (*_ORDERS, *("".join(each) for each in itertools.permutations("Ymd"))):
        if order not in _ORDERS and months == "m":
            continue
        named = dict(zip(numbers, order, strict=True))
        if any(named[at] != ("m" if letter == "b" else letter) for at, letter in fixed.items()):
            continue
        form = list(pieces)
        for at, letter in named.items():
            if fixed.get(at) != "b":
                form[at] = "%y" if letter == "Y" and len(pieces[at]) < 4 else f"%{letter}"
        if not any(letter == "Y" and len(pieces[at]) == 1 for at, letter in named.items()):
            yield "".join(form)
