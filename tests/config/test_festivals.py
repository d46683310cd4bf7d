"""Festivals fall on the right days; lunar ones where the moon says."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from streams.config.festivals import NEW_YEAR, festival_days

DAY_S = 86_400
NEW_YEARS = [dt.date.fromisoformat(word) for word in NEW_YEAR.split()]


def beijing(julian: float) -> dt.date:
    """Date in Beijing of an instant of dynamical time."""
    year = 2000.0 + (julian - 2_451_545.0) / 365.25
    # Dynamical less universal time: Espenak and Meeus's parabola for 2005 to 2050.
    lead_s = 62.92 + 0.32217 * (year - 2000.0) + 0.005589 * (year - 2000.0) ** 2
    since_1970_s = (julian - 2_440_587.5) * DAY_S - lead_s
    return (dt.datetime(1970, 1, 1) + dt.timedelta(seconds=since_1970_s, hours=8)).date()


def new_moon(k: int) -> float:
    """Instant of the k-th new moon after 2000-01-06, within seconds (Meeus, chapter 49)."""
    t = k / 1236.85
    mean = 2_451_550.09766 + 29.530588861 * k + 0.00015437 * t**2 - 1.5e-7 * t**3
    e = 1.0 - 0.002516 * t - 7.4e-6 * t**2
    sun = math.radians(2.5534 + 29.10535670 * k - 1.4e-6 * t**2)
    moon = math.radians(201.5643 + 385.81693528 * k + 0.0107582 * t**2 + 1.238e-5 * t**3)
    node = math.radians(160.7108 + 390.67050284 * k - 0.0016118 * t**2 - 2.27e-6 * t**3)
    omega = math.radians(124.7746 - 1.56375588 * k + 0.0020672 * t**2)
    terms = (
        (-0.40720, moon), (0.17241 * e, sun), (0.01608, 2 * moon), (0.01039, 2 * node),
        (0.00739 * e, moon - sun), (-0.00514 * e, moon + sun), (0.00208 * e * e, 2 * sun),
        (-0.00111, moon - 2 * node), (-0.00057, moon + 2 * node), (0.00056 * e, 2 * moon + sun),
        (-0.00042, 3 * moon), (0.00042 * e, sun + 2 * node), (0.00038 * e, sun - 2 * node),
        (-0.00024 * e, 2 * moon - sun), (-0.00017, omega), (-0.00007, moon + 2 * sun),
        (0.000325, math.radians(299.77 + 0.107408 * k - 0.009173 * t**2)),
        (0.000165, math.radians(251.88 + 0.016321 * k)),
        (0.000164, math.radians(251.83 + 26.651886 * k)),
        (0.000126, math.radians(349.42 + 36.412478 * k)),
        (0.000110, math.radians(84.66 + 18.206239 * k)),
    )  # fmt: skip
    return mean + sum(size * math.sin(angle) for size, angle in terms)


def sun_longitude(julian: float) -> float:
    """Apparent longitude of the sun, degrees, within about .01 (Meeus, chapter 25)."""
    t = (julian - 2_451_545.0) / 36525.0
    mean = 280.46646 + 36000.76983 * t + 0.0003032 * t**2
    g = math.radians(357.52911 + 35999.05029 * t - 0.0001537 * t**2)
    centre = (1.914602 - 0.004817 * t) * math.sin(g)
    centre += 0.019993 * math.sin(2 * g) + 0.000289 * math.sin(3 * g)
    omega = math.radians(125.04 - 1934.136 * t)
    return (mean + centre - 0.00569 - 0.00478 * math.sin(omega)) % 360.0


def principal_term(year: int, degrees: int) -> dt.date:
    """Day in Beijing on which the sun comes to a multiple of 30 degrees, after New Year's Day."""
    at = 2_451_545.0 + (year - 2000) * 365.2425
    return beijing(
        _first_after(at, lambda julian: (sun_longitude(julian) - degrees + 180) % 360 - 180)
    )


def _first_after(at: float, angle: object) -> float:
    assert callable(angle)
    while not angle(at) < 0 <= angle(at + 1):
        at += 1.0
    low, high = at, at + 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if angle(middle) < 0 else (low, middle)
    return high


def computed_new_year(year: int) -> dt.date:
    """First day of the first month, by the rules of the calendar and the moon."""
    about = round((year - 2000) * 12.3685)
    moons = [beijing(new_moon(k)) for k in range(about - 16, about + 16)]
    before, after = principal_term(year - 1, 270), principal_term(year, 270)
    eleventh = max(m for m in moons if m <= before)
    next_eleventh = max(m for m in moons if m <= after)
    months = [m for m in moons if eleventh <= m <= next_eleventh]
    if len(months) == 13:  # twelve months, and the next eleventh
        return months[2]
    terms = [principal_term(year - 1, 270)] + [
        principal_term(year, degrees % 360) for degrees in range(300, 630, 30)
    ]
    leap = next(
        i for i in range(1, 13) if not any(months[i] <= term < months[i + 1] for term in terms)
    )
    return months[3] if leap <= 2 else months[2]


@pytest.mark.parametrize("day", NEW_YEARS, ids=str)
def test_the_new_year_is_where_the_moon_says(day: dt.date) -> None:
    """Each New Year is the new moon that the rules of the Chinese calendar choose."""
    assert computed_new_year(day.year) == day


def test_the_table_has_every_year() -> None:
    """No year is left out, so that an entry recurs each year."""
    assert [day.year for day in NEW_YEARS] == list(range(2000, 2000 + len(NEW_YEARS)))
    assert {2020, 2035} <= {day.year for day in NEW_YEARS}


def test_festivals_are_where_people_keep_them() -> None:
    """Shopping festivals with their eves; seven days from New Year's Eve."""
    assert festival_days("double_11", 2026) == (dt.date(2026, 11, 10), dt.date(2026, 11, 11))
    assert festival_days("618", 2026) == (dt.date(2026, 6, 17), dt.date(2026, 6, 18))
    assert festival_days("spring_festival", 2024) == (dt.date(2024, 2, 9), dt.date(2024, 2, 15))
    assert festival_days("spring_festival", 1980) is None
