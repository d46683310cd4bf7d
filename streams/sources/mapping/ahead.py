"""An event must not lie further ahead of its record than ``max_ahead``."""

from __future__ import annotations

import datetime as dt

from streams.sources.rejects import Undecodable
from streams.sources.times.time_format import NEWEST, OLDEST


def check_ahead(time: dt.datetime, written_s: float, max_ahead_s: float) -> None:
    """Refuse a time that is too far ahead of its record's own.

    Raises
    ------
    Undecodable
        Where it is.
    """
    ahead_s = time.timestamp() - written_s
    if ahead_s > max_ahead_s:
        raise Undecodable(
            "too_far_ahead",
            f"a time must be at most {max_ahead_s:g} s ahead of its record's timestamp;"
            f" found {ahead_s:.0f} s",
        )


class AheadOfRecord:
    """Checks the times of many records; nearly all by one comparison.

    Parameters
    ----------
    max_ahead_s
        The source's.
    """

    def __init__(self, max_ahead_s: float) -> None:
        self._max_ahead_s = max_ahead_s
        # A record written at `_floor_s` or later may hold any time up to `_limit`.
        self._floor_s = float("inf")
        self._limit = OLDEST

    def check(self, time: dt.datetime, written_s: float) -> None:
        """Refuse a time that is too far ahead of its record's own, as `check_ahead`."""
        if time <= self._limit and written_s >= self._floor_s:
            return
        check_ahead(time, written_s, self._max_ahead_s)
        limit_s = written_s + self._max_ahead_s
        if OLDEST.timestamp() < limit_s < NEWEST.timestamp():
            self._floor_s = written_s
            self._limit = dt.datetime.fromtimestamp(limit_s, dt.UTC)
