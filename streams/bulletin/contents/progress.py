"""What a report of a platform's progress says: figures without words."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from detectors.comparison.rate_ratio import Bounded
from streams.bulletin.contents.bulletin import DayOfComplaints, Missing
from streams.bulletin.contents.days import DaySpan
from streams.bulletin.contents.handling import FollowedCase, Handling


class ProgressRow(NamedTuple):
    """What an entity of the platform did in the stage.

    Attributes
    ----------
    level, name
        The entity.
    sends, complaints
        In the stage; sends are None where they are not recorded.
    rate
        Complaints of 10,000 sends; None without sends.
    expected
        Complaints that were to be expected: at its own rate before the stage. None where that is
        not known.
    change
        Its rate over its own before the stage, with its 95 % interval.
    trend
        By how much its rate is multiplied from week to week of the stage, with its 95 % interval.
    weeks
        Complaints of each week of the stage; the last may be shorter.
    open_cases
        Cases about it that are in hand.
    """

    level: str
    name: str
    sends: int | None
    complaints: int
    rate: float | None
    expected: float | None
    change: Bounded | None
    trend: Bounded | None
    weeks: tuple[int, ...]
    open_cases: int


class ProgressContent(NamedTuple):
    """All of a report of progress.

    Attributes
    ----------
    monitor, config, timezone
        Whose it is, by which configuration, in which zone its days are.
    platform
        The platform.
    stage, before
        The days since the date, and those that tell what was to be expected.
    recorded_days
        How many days of the stage are recorded, parts included.
    missing
        What the data do not hold.
    row
        The platform.
    among_others
        Its rate over that of all other platforms in the stage; None where that is not known.
    days
        Complaints day by day.
    merchants, signatures, codes
        What belongs to it, the most complained of first.
    shared
        The part of what its senders counted that belongs to other platforms, too.
    cases
        Cases that are for it.
    handling
        How it handles them; None where nobody told of cases.
    """

    monitor: str
    config: str
    timezone: str
    platform: str
    stage: DaySpan
    before: DaySpan
    recorded_days: float
    missing: tuple[Missing, ...]
    row: ProgressRow
    among_others: Bounded | None
    days: tuple[DayOfComplaints, ...]
    merchants: tuple[ProgressRow, ...]
    signatures: tuple[ProgressRow, ...]
    codes: tuple[ProgressRow, ...]
    shared: float
    cases: tuple[FollowedCase, ...]
    handling: Handling | None


def stage_before(stage: DaySpan, first_recorded: dt.date) -> DaySpan:
    """Return the days before a stage: as many, at most `MOST_BEFORE`, and only recorded ones.

    Parameters
    ----------
    stage
        The stage.
    first_recorded
        The first recorded day.

    Examples
    --------
    >>> march = DaySpan(dt.date(2026, 3, 1), dt.date(2026, 3, 10))
    >>> [str(day) for day in stage_before(march, dt.date(2026, 1, 1))]
    ['2026-02-01', '2026-02-28']
    """
    length = min(max(len(stage.days), LEAST_BEFORE), MOST_BEFORE)
    last = stage.first - dt.timedelta(days=1)
    return DaySpan(max(stage.first - dt.timedelta(days=length), first_recorded), last)


LEAST_BEFORE = 28
"""Days before a stage, where they are recorded, however short the stage is."""

MOST_BEFORE = 91
"""Days before a stage at most: what was long ago says little of what was to be expected."""
