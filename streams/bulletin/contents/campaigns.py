"""Which campaigns a day belongs to: those of the calendar, and the festivals that are shipped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, get_args

from streams.config.festivals import Festival, festival_days
from streams.config.tables import CalendarEntry

FESTIVALS: Final[tuple[Festival, ...]] = get_args(Festival)


def campaigns_on(entries: Sequence[CalendarEntry], day: dt.date) -> tuple[str, ...]:
    """Name the campaigns of a day; a shipped festival by its word, such as ``double_11``.

    Parameters
    ----------
    entries
        The calendar.
    day
        The day.

    Examples
    --------
    >>> campaigns_on([], dt.date(2026, 11, 11)), campaigns_on([], dt.date(2026, 11, 12))
    (('double_11',), ())
    """
    found: list[str] = [
        festival
        for festival in FESTIVALS
        if (days := festival_days(festival, day.year)) is not None and days[0] <= day <= days[1]
    ]
    for entry in entries:
        has_days = entry.festival is None and entry.from_ is not None and entry.to is not None
        if has_days and entry.from_ <= day <= entry.to:  # type: ignore[operator]
            found.append(entry.name)
    return tuple(found)
