"""The calendar as people see it: the days that last or come next, and what was prevented."""

from __future__ import annotations

import datetime as dt

import pytest

from streams.config.tables import CalendarEntry
from streams.delivery.console.monitor.campaigns import campaigns

DOUBLE_11 = CalendarEntry(
    name="Double 11", festival="double_11", applies_to=["platform/*", "all"], factor=3.0
)
SALE = CalendarEntry.model_validate(
    {
        "name": "Sale",
        "from": dt.date(2026, 3, 1),
        "to": dt.date(2026, 3, 5),
        "applies_to": ["all"],
        "factor": 2.0,
    }
)


@pytest.mark.parametrize(
    ("today", "days", "is_on"),
    [
        ("2026-11-09", "2026-11-10 2026-11-11", False),
        ("2026-11-10", "2026-11-10 2026-11-11", True),
        ("2026-11-11", "2026-11-10 2026-11-11", True),
        ("2026-11-12", "2027-11-10 2027-11-11", False),
    ],
)
def test_a_festival_lasts_or_comes_next(today: str, days: str, is_on: bool) -> None:
    """After it, next year's is shown."""
    (found,) = campaigns([DOUBLE_11], {"Double 11": 7}, dt.date.fromisoformat(today))
    assert f"{found.first} {found.last}" == days
    assert (found.is_on, found.prevented) == (is_on, 7)


def test_an_entry_of_its_own_days_stays_where_it_is() -> None:
    """Of what detect has not counted yet nothing is said."""
    (found,) = campaigns([SALE], {}, dt.date(2026, 6, 1))
    assert (str(found.first), found.is_on, found.prevented) == ("2026-03-01", False, None)
    assert campaigns([SALE], {"Sale": 0}, dt.date(2026, 3, 5))[0].is_on
