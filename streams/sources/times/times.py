"""Reads times as files write them.

Dates, and often times, repeat many times in a file, so each distinct text is read once.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from typing import cast

from streams.sources.batch import Moments
from streams.sources.times.candidates import hint
from streams.sources.times.numbers import Numbers
from streams.sources.times.quick import quick
from streams.sources.times.repeated_hour import RepeatedHours
from streams.sources.times.time_format import LONGEST, NEWEST, OLDEST, Reading, normal, time_format
from streams.sources.times.usual import RULE, usual

TEXTS_CACHED = 100_000


class UnusableTime(ValueError):
    """A text is not a time, or an impossible one; `reason` is the word for it in a reject."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Times(dict[str, dt.datetime]):
    """Instants in UTC by their texts, each distinct text read once.

    A text is read by the formats, or, where there are none, as `usual` says. Without a zone of its
    own it is in `timezone`. A time in an hour that a clock change repeats is placed by `repeated`,
    or taken for the first; one in an hour that it skips is read by the offset before the change.

    Parameters
    ----------
    timezone
        IANA name.
    formats
        The formats of `TimeFormat` in which texts are written. A text that two of them read, each
        as another time, is refused.
    daily
        Whether every time stands for its day: the result is the day's start.
    repeated
        Knows the order of the times that are looked up.

    Raises
    ------
    UnusableTime
        When a text is looked up that is no time, or is before 2000 or from 2200 on.

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
        formats: Sequence[str] = (),
        *,
        daily: bool = False,
        repeated: RepeatedHours | None = None,
    ) -> None:
        super().__init__()
        self._zone = zoneinfo.ZoneInfo(timezone)
        self._formats = [time_format(text) for text in formats]
        self._daily = daily
        self._repeated = repeated
        self._quick = not formats and not daily
        self._unplaced = False

    def __missing__(self, text: str) -> dt.datetime:
        self._unplaced = False
        time = (quick(text) if self._quick else None) or self._read(text)
        if self._daily:
            time = self._day_of(time)
        if time < OLDEST:
            raise UnusableTime(
                "too_old", f"must be from 2000 on; found the year {time.year}{self._hint(text)}"
            )
        if time >= NEWEST:
            raise UnusableTime("too_far_ahead", f"must be before {NEWEST.year}; found later")
        if self._unplaced:
            return time  # the same text may stand for two instants
        if len(self) >= TEXTS_CACHED:
            self.clear()
        self[text] = time
        return time

    def all_of(self, times: Sequence[str | None] | Numbers) -> Moments:
        """Return a column of times: what each is alone, some as epoch s.

        Raises
        ------
        UnusableTime, TypeError
            Where one may not be a time.
        """
        if isinstance(times, Numbers):
            seconds = times.seconds() if self._quick else None
            if seconds is not None:
                return seconds
            times = times.texts()
        return list(map(self.__getitem__, cast("Sequence[str]", times)))

    def _day_of(self, time: dt.datetime) -> dt.datetime:
        try:
            return _start_of_day(time.astimezone(self._zone).date(), self._zone)
        except OverflowError:
            raise UnusableTime("bad_time", "must be a time before the year 10000") from None

    def _read(self, text: str) -> dt.datetime:
        if len(text) > LONGEST:
            raise UnusableTime("bad_time", f"must be a time; found over {LONGEST} characters")
        try:
            found = self._reading(normal(text))
            if found is None:
                rule = "must be written as time_format says" if self._formats else RULE
                raise UnusableTime("bad_time", f"{rule}; found something else{self._hint(text)}")
            if found.instant is not None:
                return found.instant
            if found.clock is None:
                return _start_of_day(found.day, self._zone)
            time = dt.datetime.combine(found.day, found.clock, found.zone or self._zone)
            if found.zone is None and self._repeated is not None:
                self._unplaced, time = self._repeated.place(time)
            return _utc(time.timestamp()) + found.after
        except UnusableTime:
            raise
        except (ValueError, OverflowError) as error:
            raise UnusableTime("bad_time", f"must be a time that exists; {error}") from None

    def _reading(self, text: str) -> Reading | None:
        if not self._formats:
            return usual(text)
        readings, problem = [], None
        for form in self._formats:
            try:
                found = form.read(text)
            except ValueError as error:
                problem = error
            else:
                readings += [] if found is None else [found]
        if any(found != readings[0] for found in readings):
            raise UnusableTime(
                "bad_time", "must have one reading; two formats of time_format read it differently"
            )
        if not readings and problem is not None:
            raise problem
        return readings[0] if readings else None

    def _hint(self, text: str) -> str:
        """Say by which format the text could be read."""
        found = "" if self._formats else hint(text)
        return f": {found}" if found else ""


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
