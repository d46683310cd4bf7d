"""Values that a schema gives a meaning, as the text or number that a mapping reads."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable

_EPOCH = dt.datetime(1970, 1, 1)
_FIRST_DAY = dt.date(1970, 1, 1).toordinal()


def instant(microseconds: int) -> str:
    """Return an instant as RFC 3339, in UTC; a number that no calendar has as a text of its own.

    Examples
    --------
    >>> instant(1_700_000_000_123_000)
    '2023-11-14T22:13:20.123000Z'
    >>> instant(2**63)
    '9223372036854775808 microseconds since 1970'
    """
    text = local(microseconds)
    return f"{text}Z" if _in_calendar(microseconds) else text


def local(microseconds: int) -> str:
    """Return a time of a clock on a wall, which has no zone.

    Examples
    --------
    >>> local(1_700_000_000_000_000)
    '2023-11-14T22:13:20'
    """
    if not _in_calendar(microseconds):
        return f"{microseconds} microseconds since 1970"
    text, rest = _second(microseconds // 1_000_000), microseconds % 1_000_000
    return f"{text}.{rest:06d}" if rest else text


@functools.lru_cache(1_000)
def _second(seconds: int) -> str:
    return (_EPOCH + dt.timedelta(seconds=seconds)).isoformat()


def _in_calendar(microseconds: int) -> bool:
    return -62_135_596_800_000_000 <= microseconds < 253_402_300_800_000_000


def date(days: int) -> str:
    """Return a day.

    Examples
    --------
    >>> date(19675), date(10**9)
    ('2023-11-14', '1000000000 days since 1970')
    """
    if not 1 <= days + _FIRST_DAY <= dt.date.max.toordinal():
        return f"{days} days since 1970"
    return dt.date.fromordinal(days + _FIRST_DAY).isoformat()


def time_of_day(microseconds: int) -> str:
    """Return a time of day.

    Examples
    --------
    >>> time_of_day(79_200_500_000)
    '22:00:00.500000'
    """
    if not 0 <= microseconds < 86_400_000_000:
        return f"{microseconds} microseconds of a day"
    return (_EPOCH + dt.timedelta(microseconds=microseconds)).time().isoformat()


def decimal(unscaled: int, scale: int) -> int | str:
    """Return a decimal number: a whole number where it is one, or else its digits.

    Examples
    --------
    >>> decimal(1250, 2), decimal(1200, 2), decimal(-5, 3)
    ('12.50', 12, '-0.005')
    """
    unit: int = 10**scale
    whole, rest = divmod(abs(unscaled), unit)
    if not rest:
        return whole if unscaled >= 0 else -whole
    return f"{'-' if unscaled < 0 else ''}{whole}.{rest:0{scale}d}"


_TAILS = ("Z", *(f".{milliseconds:03d}000Z" for milliseconds in range(1, 1_000)))


def _milliseconds(value: int) -> str:
    """Return `instant` of milliseconds, at less cost: nearly all timestamps of records are that."""
    try:
        return _second(value // 1_000) + _TAILS[value % 1_000]
    except OverflowError:
        return instant(value * 1_000)


OF_NUMBERS: dict[str, Callable[[int], str]] = {
    "timestamp-millis": _milliseconds,
    "timestamp-micros": instant,
    "timestamp-nanos": lambda value: instant(value // 1_000),
    "local-timestamp-millis": lambda value: local(value * 1_000),
    "local-timestamp-micros": local,
    "local-timestamp-nanos": lambda value: local(value // 1_000),
    "time-millis": lambda value: time_of_day(value * 1_000),
    "time-micros": time_of_day,
    "date": date,
}
"""Avro's logical types that stand on a whole number."""
