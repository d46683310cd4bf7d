"""Buckets: fixed spans of event time, aligned to UTC or, for days, to a calendar."""

from __future__ import annotations

import datetime as dt
import zoneinfo

DAY_S = 86400


class Buckets:
    """Divides time into buckets of one size.

    Buckets under a day align to UTC. A bucket of a day is the calendar day of
    `timezone`; where the clock changes it has 23 or 25 hours.

    Parameters
    ----------
    bucket_s
        Size in seconds; divides a day.
    timezone
        IANA name; days begin by it, and `label` writes times in it.

    Examples
    --------
    >>> Buckets(60, "UTC").start(125.5)
    120
    >>> days = Buckets(86400, "Asia/Shanghai")
    >>> days.label(days.start(0.0)), days.end(days.start(0.0)) - days.start(0.0)
    ('1970-01-01T00:00:00+08:00', 86400)
    """

    def __init__(self, bucket_s: int, timezone: str) -> None:
        self.bucket_s, self.timezone = bucket_s, timezone
        self._zone = zoneinfo.ZoneInfo(timezone)
        self._lo, self._hi = 0, 0  # the calendar day asked for last: most events share one

    def start(self, time_s: float) -> int:
        """Return the start of the bucket that holds `time_s`."""
        if self.bucket_s != DAY_S:
            return int(time_s // self.bucket_s) * self.bucket_s
        if not self._lo <= time_s < self._hi:
            day = dt.datetime.fromtimestamp(time_s, self._zone).date()
            self._lo, self._hi = self._midnight(day), self._midnight(day + dt.timedelta(days=1))
        return self._lo

    def end(self, start: int) -> int:
        """Return the end of the bucket that starts at `start`: the start of the next."""
        if self.bucket_s != DAY_S:
            return start + self.bucket_s
        self.start(start)
        return self._hi

    def steps(self, start: int, later: int) -> int:
        """Return how many buckets `later` starts after `start`."""
        return round((later - start) / self.bucket_s)

    def back(self, start: int, steps: int) -> int:
        """Return the start of the bucket `steps` before the one that starts at `start`."""
        if self.bucket_s != DAY_S:
            return start - steps * self.bucket_s
        day = dt.datetime.fromtimestamp(start, self._zone).date()
        return self._midnight(day - dt.timedelta(days=steps))

    def day(self, time_s: float) -> int:
        """Return the number of the calendar day that holds `time_s`: days since the year 1.

        Examples
        --------
        >>> Buckets(60, "Asia/Shanghai").day(86_400) - Buckets(60, "Asia/Shanghai").day(0)
        1
        """
        return dt.datetime.fromtimestamp(time_s, self._zone).toordinal()

    def hour_of_week(self, start: int) -> int:
        """Return the hour of the week in which a bucket starts; Monday's first is 0.

        Examples
        --------
        >>> Buckets(60, "Asia/Shanghai").hour_of_week(0)  # a Thursday, 8 o'clock there
        80
        """
        at = dt.datetime.fromtimestamp(start, self._zone)
        return 24 * at.weekday() + at.hour

    def profile_hour(self, start: int) -> int | None:
        """Return the hour of the week of a bucket that is judged by it.

        Buckets of a day are not: on the FTC's records the common factor alone did as well.
        """
        return None if self.bucket_s == DAY_S else self.hour_of_week(start)

    def label(self, time_s: float) -> str:
        """Return the RFC 3339 of an instant, in this time zone."""
        return dt.datetime.fromtimestamp(time_s, self._zone).isoformat()

    def _midnight(self, day: dt.date) -> int:
        return int(dt.datetime.combine(day, dt.time(), self._zone).timestamp())
