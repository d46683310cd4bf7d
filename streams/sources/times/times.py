"""Reads times as files write them.

Dates, and often times, repeat many times in a file, so each distinct text is read once.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo

from streams.sources.times.repeated_hour import RepeatedHours

OLDEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""An earlier time is refused: years 0, 1 and 1970 are defaults gone wrong."""

NEWEST = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
"""A time from then on is refused, even where the record has no timestamp to compare it with."""

TEXTS_CACHED = 100_000
MILLISECONDS_FROM = 1e11
"""Numbers from here on are milliseconds: as seconds they would be after the year 5138."""

_LONGEST = 64
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,9})?", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|z| ?[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


class UnusableTime(ValueError):
    """A text is not a time, or an impossible one; `reason` is the word for it in a reject."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Times(dict[str, dt.datetime]):
    """Instants in UTC by their texts, each distinct text read once.

    It reads RFC 3339; ``YYYY-MM-DD HH:MM:SS`` without a zone, in `timezone`; a date, which is the
    start of that day there; and epoch seconds, or milliseconds from 1e11 on. A time in an hour that
    a clock change repeats is placed by `repeated`, or taken for the first; one in an hour that it
    skips is read by the offset before the change.

    Parameters
    ----------
    timezone
        IANA name.
    daily
        Whether every time stands for its day: the result is the day's start.
    repeated
        Knows the order of the times that are looked up.

    Raises
    ------
    UnusableTime
        When a text is looked up that is none of these, or is before 2000 or from 2200 on.

    Examples
    --------
    >>> times = Times("Asia/Shanghai")
    >>> times["2020-02-14"].isoformat()
    '2020-02-13T16:00:00+00:00'
    >>> times["1581609600"] == times["1581609600000"] == times["2020-02-14 00:00:00"]
    True
    >>> times["0000-01-01"]
    Traceback (most recent call last):
    streams.sources.times.times.UnusableTime: must be a time that exists; year 0 is out of range
    """

    def __init__(
        self,
        timezone: str,
        *,
        daily: bool = False,
        repeated: RepeatedHours | None = None,
    ) -> None:
        super().__init__()
        self._zone = zoneinfo.ZoneInfo(timezone)
        self._daily = daily
        self._repeated = repeated
        self._unplaced = False

    def __missing__(self, text: str) -> dt.datetime:
        self._unplaced = False
        time = self._read(text.strip() if len(text) <= _LONGEST else text)
        if self._daily:
            time = self._day_of(time)
        if time < OLDEST:
            raise UnusableTime("too_old", f"must be from 2000 on; found the year {time.year}")
        if time >= NEWEST:
            raise UnusableTime("too_far_ahead", f"must be before {NEWEST.year}; found later")
        if self._unplaced:
            return time  # the same text may stand for two instants
        if len(self) >= TEXTS_CACHED:
            self.clear()
        self[text] = time
        return time

    def _day_of(self, time: dt.datetime) -> dt.datetime:
        try:
            return _start_of_day(time.astimezone(self._zone).date(), self._zone)
        except OverflowError:
            raise UnusableTime("bad_time", "must be a time before the year 10000") from None

    def _read(self, text: str) -> dt.datetime:
        if _NUMBER.fullmatch(text):
            number = float(text)
            return _utc(number / 1000 if number >= MILLISECONDS_FROM else number)
        match = _DATE_TIME.fullmatch(text)
        if match is None:
            raise UnusableTime(
                "bad_time",
                "must be RFC 3339, a date, YYYY-MM-DD HH:MM:SS, or epoch seconds or milliseconds;"
                " found something else",
            )
        date, hours, minutes, seconds, fraction, zone = match.groups()
        try:
            day = dt.date.fromisoformat(date)
            if hours is None:
                return _start_of_day(day, self._zone)
            # Rounded by the seventh digit, as msgspec does it on a topic.
            fraction = (fraction or "").ljust(7, "0")
            microseconds = int(fraction[:6]) + (fraction[6] >= "5")
            # A leap second is written 60; clocks count it as the next minute's first.
            leap = seconds == "60"
            clock = dt.time(int(hours), int(minutes), 59 if leap else int(seconds))
            time = dt.datetime.combine(day, clock, self._zone_of(zone))
            if zone is None and self._repeated is not None:
                self._unplaced, time = self._repeated.place(time)
            after = dt.timedelta(seconds=leap, microseconds=microseconds)
            return _utc(time.timestamp()) + after
        except (ValueError, OverflowError) as error:
            raise UnusableTime("bad_time", f"must be a time that exists; {error}") from None

    def _zone_of(self, text: str | None) -> dt.tzinfo:
        if text is None:
            return self._zone
        if text in ("Z", "z"):
            return dt.UTC
        digits = text.strip()[1:].replace(":", "")
        hours, minutes = int(digits[:2]), int(digits[2:])
        if hours > 23 or minutes > 59:
            raise ValueError("a zone's offset is under 24:00")
        offset = dt.timedelta(hours=hours, minutes=minutes)
        return dt.timezone(-offset if "-" in text else offset)


def _start_of_day(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    # By its timestamp, as the buckets have it: a day whose midnight the clock skips
    # starts at the change.
    try:
        return _utc(dt.datetime.combine(day, dt.time(), zone).timestamp())
    except (ValueError, OverflowError):
        raise UnusableTime("bad_time", "must be a time that exists; it is out of range") from None


def _utc(time_s: float) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(time_s, dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise UnusableTime("bad_time", "must be a time before the year 10000") from None
