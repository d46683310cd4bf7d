"""Until when a duty is to be done."""

from __future__ import annotations

import datetime as dt

from streams.rule_packs.pack import Duty

_SATURDAY = 5


def due_day(met_on: int, duty: Duty) -> int | None:
    """Return the last day on which a duty is done in time; None where its pack does not say.

    Parameters
    ----------
    met_on
        The day on which the rule was met: days since the year 1.
    duty
        The duty.

    Examples
    --------
    >>> from streams.rule_packs.pack import InTwoLanguages
    >>> duty = Duty(what=InTwoLanguages(en="act", zh="处理"), days=5, business=True)
    >>> thursday = dt.date(2026, 11, 26).toordinal()
    >>> str(dt.date.fromordinal(due_day(thursday, duty)))
    '2026-12-03'
    """
    if duty.days is None:
        return None
    if not duty.business:
        return met_on + duty.days
    day, left = met_on, duty.days
    while left > 0:
        day += 1
        left -= dt.date.fromordinal(day).weekday() < _SATURDAY
    return day
