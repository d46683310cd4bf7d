"""The days that a document is about, and those that they are compared with. Pure."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Final, Literal, NamedTuple

PeriodKind = Literal["day", "week", "month"]
PERIOD_KINDS: Final[tuple[PeriodKind, ...]] = ("day", "week", "month")

_YEAR_OF_WEEKS: Final = dt.timedelta(days=364)
"""52 weeks: the same weekday a year before."""


class DaySpan(NamedTuple):
    """Some days in a row.

    Attributes
    ----------
    first, last
        The first and the last of them.
    """

    first: dt.date
    last: dt.date

    @property
    def days(self) -> list[dt.date]:
        """Each day."""
        numbers = range(self.first.toordinal(), self.last.toordinal() + 1)
        return [dt.date.fromordinal(number) for number in numbers]


def period_with(kind: PeriodKind, day: dt.date) -> DaySpan:
    """Return the day, the week from Monday to Sunday, or the month that holds a day.

    Examples
    --------
    >>> [str(one) for one in period_with("week", dt.date(2026, 11, 30))]
    ['2026-11-30', '2026-12-06']
    >>> str(period_with("month", dt.date(2028, 2, 3)).last)
    '2028-02-29'
    """
    match kind:
        case "day":
            return DaySpan(day, day)
        case "week":
            first = day - dt.timedelta(days=day.weekday())
            return DaySpan(first, first + dt.timedelta(days=6))
        case "month":
            _, length = calendar.monthrange(day.year, day.month)
            return DaySpan(day.replace(day=1), day.replace(day=length))


def period_before(kind: PeriodKind, period: DaySpan) -> DaySpan:
    """Return the period before one.

    Examples
    --------
    >>> str(period_before("month", period_with("month", dt.date(2026, 3, 9))).last)
    '2026-02-28'
    """
    return period_with(kind, period.first - dt.timedelta(days=1))


def a_year_before(kind: PeriodKind, period: DaySpan) -> DaySpan:
    """Return the period a year before: the same month, or 52 weeks before.

    Examples
    --------
    >>> [str(one) for one in a_year_before("week", period_with("week", dt.date(2026, 11, 30)))]
    ['2025-12-01', '2025-12-07']
    """
    if kind == "month":
        return period_with(kind, period.first.replace(year=period.first.year - 1))
    return DaySpan(period.first - _YEAR_OF_WEEKS, period.last - _YEAR_OF_WEEKS)
