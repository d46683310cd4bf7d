"""Quiet hours: a stretch of each day in which people are not told of what can wait. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import Field, model_validator

from streams.config.fields import ClockTime, Table


class QuietHours(Table):
    """From when to when it is quiet, each day, in the configuration's time zone."""

    from_: Annotated[ClockTime, Field(alias="from")]
    to: ClockTime

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.from_ == self.to:
            raise ValueError(f'must have `to` at another time than `from`; got "{self.to}" twice')
        return self

    def ends(self, at_s: float, zone: dt.tzinfo) -> float | None:
        """Return when the quiet hours end that a moment is in; None where it is in none.

        Parameters
        ----------
        at_s
            The moment, epoch s.
        zone
            The time zone of the hours.

        Examples
        --------
        >>> night = QuietHours.model_validate({"from": "22:00", "to": "08:00"})
        >>> night.ends(82_800.0, dt.UTC), night.ends(43_200.0, dt.UTC)
        (115200.0, None)
        """
        local = dt.datetime.fromtimestamp(at_s, zone)
        begin, end = _time(self.from_), _time(self.to)
        clock = local.time()
        over_midnight = begin > end
        if not (clock >= begin or clock < end if over_midnight else begin <= clock < end):
            return None
        day = local.date() + dt.timedelta(days=over_midnight and clock >= begin)
        over_s = dt.datetime.combine(day, end, zone).timestamp()
        # Where a clock is set back over the end, the end of the day's first reading may be past.
        return over_s if over_s > at_s else over_s + 3600.0


def _time(text: str) -> dt.time:
    hour, minute = text.split(":")
    return dt.time(int(hour), int(minute))
