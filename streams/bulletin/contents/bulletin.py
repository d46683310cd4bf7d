"""What a bulletin says: figures without words."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from streams.bulletin.contents.comparison import ComparedCount, NamedCount
from streams.bulletin.contents.days import DaySpan, PeriodKind
from streams.bulletin.contents.handling import FollowedCase, Handling
from streams.bulletin.entry import Emerging


class DayOfComplaints(NamedTuple):
    """A day of the period, or of the weeks before.

    Attributes
    ----------
    day
        The day.
    complaints
        How many were made; None where the day is not recorded.
    recorded
        Which part of it is recorded.
    campaigns
        Names of the campaigns that it belongs to.
    """

    day: dt.date
    complaints: int | None
    recorded: float
    campaigns: tuple[str, ...]


class NewName(NamedTuple):
    """A signature or code among the most complained of that nobody had counted before.

    Attributes
    ----------
    level, name
        What it is.
    complaints
        In the period.
    rank
        Its place among all of its level, from 1.
    first_day
        The day on which it was counted first.
    """

    level: str
    name: str
    complaints: int
    rank: int
    first_day: dt.date


class Missing(NamedTuple):
    """Something that the data do not hold, so that the bulletin does not tell it.

    Attributes
    ----------
    what
        A word for it, of `streams.bulletin.sections.missing`.
    figures
        Figures of its sentence.
    """

    what: str
    figures: tuple[tuple[str, int | str], ...] = ()


class BulletinContent(NamedTuple):
    """All of a bulletin.

    Attributes
    ----------
    monitor, config, timezone
        Whose it is, by which configuration, in which zone its days are.
    kind, period, before, year_before
        Its days, and those that it compares with.
    recorded_days, recorded_through
        How many days of the period are recorded, parts included; the last day with anything.
    missing
        What the data do not hold.
    complaints, sends
        How many; sends are None where none are recorded.
    dispersion
        Variance of a day's complaints over a Poisson count's, by which intervals are widened.
    days
        Day by day, eight weeks up to the period's end.
    emerging
        What rose and fell; None where nothing was counted by which that can be told.
    new_names
        New signatures and codes among the most complained of.
    relapses
        Cases that recurred in the period.
    kinds, number_kinds, carriers, regions, platforms, categories
        Complaints by these; empty where nobody counted them.
    handling
        How cases were handled.
    """

    monitor: str
    config: str
    timezone: str
    kind: PeriodKind
    period: DaySpan
    before: DaySpan
    year_before: DaySpan
    recorded_days: float
    recorded_through: dt.date
    missing: tuple[Missing, ...]
    complaints: ComparedCount
    sends: ComparedCount | None
    dispersion: float
    days: tuple[DayOfComplaints, ...]
    emerging: Emerging | None
    new_names: tuple[NewName, ...]
    relapses: tuple[FollowedCase, ...]
    kinds: tuple[NamedCount, ...]
    number_kinds: tuple[NamedCount, ...]
    carriers: tuple[NamedCount, ...]
    regions: tuple[NamedCount, ...]
    platforms: tuple[NamedCount, ...]
    categories: tuple[NamedCount, ...]
    handling: tuple[Handling, ...]
