"""The days of festivals at which senders send more, year by year.

Double 11 and 6.18 are days of the common calendar; their eves are included, since shops write to
their customers on them. The Spring Festival begins on the eve of the lunar New Year and has seven
days here, as the holiday had until 2024.

The lunar New Year is the first day of the first month of the Chinese calendar: months begin
on the day of a new moon in Beijing, the eleventh holds the winter solstice, and of thirteen
months between two elevenths the first without a principal solar term is a leap month. The dates are
a table, since computing them takes an astronomer; a test compares them with the moon.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

Festival = Literal["double_11", "618", "spring_festival"]

SPRING_FESTIVAL_DAYS = 7
"""The first of them is the eve."""

NEW_YEAR = """
    2000-02-05 2001-01-24 2002-02-12 2003-02-01 2004-01-22 2005-02-09 2006-01-29 2007-02-18
    2008-02-07 2009-01-26 2010-02-14 2011-02-03 2012-01-23 2013-02-10 2014-01-31 2015-02-19
    2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25 2021-02-12 2022-02-01 2023-01-22
    2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-03 2031-01-23
    2032-02-11 2033-01-31 2034-02-19 2035-02-08 2036-01-28 2037-02-15 2038-02-04 2039-01-24
    2040-02-12 2041-02-01 2042-01-22 2043-02-10 2044-01-30 2045-02-17 2046-02-06 2047-01-26
    2048-02-14 2049-02-02 2050-01-23 2051-02-11 2052-02-01 2053-02-19 2054-02-08 2055-01-28
    2056-02-15 2057-02-04 2058-01-24 2059-02-12 2060-02-02
"""

_NEW_YEARS = {day.year: day for day in map(dt.date.fromisoformat, NEW_YEAR.split())}


def festival_days(festival: Festival, year: int) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day of a festival in a year; None for a year not in the table.

    Examples
    --------
    >>> first, last = festival_days("spring_festival", 2026)
    >>> str(first), str(last)
    ('2026-02-16', '2026-02-22')
    """
    match festival:
        case "double_11":
            return dt.date(year, 11, 10), dt.date(year, 11, 11)
        case "618":
            return dt.date(year, 6, 17), dt.date(year, 6, 18)
        case "spring_festival":
            new_year = _NEW_YEARS.get(year)
            if new_year is None:
                return None
            eve = new_year - dt.timedelta(days=1)
            return eve, eve + dt.timedelta(days=SPRING_FESTIVAL_DAYS - 1)
