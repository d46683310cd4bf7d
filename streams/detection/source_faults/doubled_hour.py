"""The hour that a clock change repeats, where a source's times do not say which one is meant.

A file out of order has the records of both hours in the first: see `RepeatedHours`.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Literal

from detectors.state import State

MOST, LEAST = 1.5, 0.5
"""The first hour is taken for both if it has more than so many times its usual total, the second
for empty if it has less."""

HOUR_S = 3600


class DoubledHour:
    """Says which buckets of a repeated hour cannot be judged.

    Parameters
    ----------
    timezone
        In which the source's times are.
    bucket_s
        Bucket size in seconds; larger ones than an hour hold both hours, or hardly notice.
    local
        Whether the source may have times without a zone.

    Attributes
    ----------
    state
        What a checkpoint stores.
    """

    def __init__(self, timezone: str, bucket_s: int, *, local: bool) -> None:
        self._zone = zoneinfo.ZoneInfo(timezone)
        self._looks = local and bucket_s <= HOUR_S
        self._doubled = False
        self.state = State()
        self.state.shared(self, _doubled=bool)
        self.state.since(6, "_doubled")

    def is_unsure(self, start: int, total: float, usual: float) -> bool:
        """Whether a bucket with this total may have the records of another hour, or lack its own.

        Parameters
        ----------
        start
            Start of the bucket, epoch s.
        total, usual
            Its total, and the usual one of this hour of the week; 0 where that is not known:
            then any event makes the first of the two hours unsure.
        """
        hour = self._hour(start) if self._looks else None
        if hour is None:
            self._doubled = False
            return False
        if hour == "first":
            unsure = total > MOST * usual
            self._doubled = self._doubled or unsure
            return unsure
        return self._doubled and total < LEAST * usual

    def _hour(self, start: int) -> Literal["first", "second"] | None:
        local = dt.datetime.fromtimestamp(start, self._zone)
        if local.fold:
            return "second"
        return "first" if local.replace(fold=1).utcoffset() != local.utcoffset() else None
