"""What every evaluator of a rule is given, stores and says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from detectors.pages import PagedTable

MOST_FOLLOWED: Final = 1_000_000
"""Entities that a rule follows at once at most; beyond them those with the least are let go."""


class RuleStanding(NamedTuple):
    """How far a rule is of one entity, from where it warns on.

    Attributes
    ----------
    entity
        Its id.
    met
        Whether the rule is met.
    have, need
        What there is of what the rule counts, and what it asks for.
    size
        What must double for another revision of the alert.
    since
        The day from which on it was counted (days since the year 1).
    day, of_days
        How far its time is: day 6 of 10.
    met_on
        The day on which it was first met; None where it was not.
    complaints, messages
        Behind a ratio.
    at_least
        What the ratio of what goes on must be at least; of reporters: set where not all were kept.
    """

    entity: str
    met: bool
    have: float
    need: float
    size: float
    since: int
    day: int
    of_days: int
    met_on: int | None = None
    complaints: int | None = None
    messages: int | None = None
    at_least: float | None = None


class CountedBucket(NamedTuple):
    """A closed bucket as rules see it: one level, all sources of the group.

    Attributes
    ----------
    start, end
        The bucket, epoch s.
    day, next_day
        The days of its start and of its end: days since the year 1.
    messages, complaints
        Counts by id. The messages are those of the categories that the rule is about.
    reporters
        Hashes of who complained, by id.
    late
        Complaints of days before that take effect now: day, id, how many, hashes of who complained.
    cut
        The last day on which fewer hashes were kept than the rule needs, of those who have one.
    """

    start: int
    end: int
    day: int
    next_day: int
    messages: dict[str, int]
    complaints: dict[str, int]
    reporters: dict[str, tuple[int, ...]]
    late: Sequence[tuple[int, str, int, tuple[int, ...]]] = ()
    cut: Mapping[str, int] = {}


class Evaluator(Protocol):
    """Counts one rule in one group.

    Attributes
    ----------
    waits
        Whether it has something to say of anybody, or may have when a month is over.
    period
        The day, night or month up to which it has counted. A checkpoint stores it.
    pages
        All else that a checkpoint stores, by name. What follows from it is worked out when the
        pages have been read.
    let_go
        How many entities it has let go since the start, since it followed too many.
    """

    period: int
    let_go: int

    @property
    def waits(self) -> bool:
        """See the class."""
        ...

    @property
    def pages(self) -> Mapping[str, PagedTable[Any]]:
        """See the class."""
        ...

    def close(self, bucket: CountedBucket) -> list[RuleStanding]:
        """Count a bucket; say how far the rule is of everybody of whom it warns, sorted by id."""
        ...

    def release(self, entity: str) -> None:
        """The rule is not about an entity now: should it be again, its duty begins anew."""
        ...


def month_of(day: int) -> tuple[int, int, int]:
    """Return the number of a day's month, which day of it the day is, and how many it has.

    Examples
    --------
    >>> month_of(dt.date(2026, 2, 3).toordinal())
    (24313, 3, 28)
    """
    date = dt.date.fromordinal(day)
    following = date.replace(day=28) + dt.timedelta(days=4)
    last = following - dt.timedelta(days=following.day)
    return date.year * 12 + date.month - 1, date.day, last.day
