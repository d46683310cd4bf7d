"""The entries of the calendar: when they last, and how many alerts each has prevented. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from streams.config.festivals import festival_days
from streams.config.tables import CalendarEntry


class Campaign(msgspec.Struct, frozen=True):
    """An entry of the calendar.

    Attributes
    ----------
    name, applies_to, factor
        As configured.
    first, last
        Its days: those that last, else the next, else the last; None where no table has them.
    is_on
        Whether it lasts today.
    prevented
        Alerts that it has prevented so far; None where detect has not said.
    """

    name: str
    applies_to: list[str]
    factor: float
    first: dt.date | None
    last: dt.date | None
    is_on: bool
    prevented: int | None


def campaigns(
    entries: Sequence[CalendarEntry], prevented: Mapping[str, int], today: dt.date
) -> list[Campaign]:
    """Return all entries, in their order.

    Parameters
    ----------
    entries
        The configuration's.
    prevented
        By entry, as detect counts them.
    today
        The day.

    Examples
    --------
    >>> entry = CalendarEntry(name="618", festival="618", applies_to=["all"], factor=3.0)
    >>> (found,) = campaigns([entry], {"618": 2}, dt.date(2026, 11, 30))
    >>> str(found.first), found.is_on, found.prevented
    ('2027-06-17', False, 2)
    """
    found = []
    for entry in entries:
        days = _days(entry, today)
        first, last = days or (None, None)
        is_on = first is not None and last is not None and first <= today <= last
        found.append(
            Campaign(
                entry.name,
                list(entry.applies_to),
                entry.factor,
                first,
                last,
                is_on,
                prevented.get(entry.name),
            )
        )
    return found


def _days(entry: CalendarEntry, today: dt.date) -> tuple[dt.date, dt.date] | None:
    if entry.festival is None:
        return None if entry.from_ is None or entry.to is None else (entry.from_, entry.to)
    years = (today.year, today.year + 1)
    every = [days for year in years if (days := festival_days(entry.festival, year)) is not None]
    return next((days for days in every if today <= days[1]), every[-1] if every else None)
