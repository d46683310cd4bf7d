"""How carriers and platforms handle the cases that were handed to them. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from detectors.comparison.rate_ratio import Bounded, share


class FollowedCase(NamedTuple):
    """A case, as far as documents tell of it.

    Attributes
    ----------
    case_id, title, entity
        What it is about; the entity is ``level/id``, and None where there is none.
    state
        Where it stands.
    addressee
        Whom it was handed to, such as ``platform/mall``; None where it was not.
    opened, transferred, deadline, handled, ended
        When; None is not yet.
    follows
        The case that recurred in this one.
    figures
        Figures beside those of its alerts, such as those of a relapse.
    """

    case_id: str
    title: str
    entity: str | None
    state: str
    addressee: str | None
    opened: dt.datetime
    transferred: dt.datetime | None = None
    deadline: dt.datetime | None = None
    handled: dt.datetime | None = None
    ended: dt.datetime | None = None
    follows: str | None = None
    figures: tuple[tuple[str, float], ...] = ()

    def is_open(self, at: dt.datetime) -> bool:
        """Whether it is with its addressee at a time: handed over, not handled and not over."""
        return (
            self.transferred is not None
            and self.transferred < at
            and not any(end is not None and end < at for end in (self.handled, self.ended))
        )


class Handling(NamedTuple):
    """How one addressee, or all, handle cases.

    Attributes
    ----------
    kind, name
        ``platform`` or ``carrier``, and which; both "" are all of them.
    transferred
        Cases that were handed over in the period.
    due
        Cases whose deadline lay in the period.
    handled, in_time
        How many of these were handled until the period's end, and how many by their deadline.
    rate, rate_in_time
        Their shares of what was due, with 95 % intervals.
    open, overdue
        Cases that were in hand at the period's end, and how many of them beyond their deadline.
    """

    kind: str
    name: str
    transferred: int
    due: int
    handled: int
    in_time: int
    rate: Bounded | None
    rate_in_time: Bounded | None
    open: int
    overdue: int


def handling_of(
    cases: Iterable[FollowedCase], since: dt.datetime, until: dt.datetime
) -> tuple[Handling, ...]:
    """Say how cases were handled in a period: all together, then by addressee.

    Parameters
    ----------
    cases
        All cases.
    since, until
        The period; `until` is not in it.

    Returns
    -------
    tuple of Handling
        Those with the most due first, of each kind; empty where no case was handed to anybody.
    """
    by_addressee: dict[tuple[str, str], list[FollowedCase]] = defaultdict(list)
    for case in cases:
        if case.addressee is not None and case.transferred is not None and case.transferred < until:
            kind, _, name = case.addressee.partition("/")
            by_addressee[kind, name].append(case)
    every = [case for own in by_addressee.values() for case in own]
    if not every:
        return ()
    rows = [_handling(kind, name, own, since, until) for (kind, name), own in by_addressee.items()]
    kept = [row for row in rows if row.transferred or row.due or row.open]
    kept.sort(key=lambda row: (row.kind, -row.due, -row.open, row.name))
    return (_handling("", "", every, since, until), *kept)


def _handling(
    kind: str, name: str, cases: list[FollowedCase], since: dt.datetime, until: dt.datetime
) -> Handling:
    due = [case for case in cases if case.deadline is not None and since <= case.deadline < until]
    handled = [case for case in due if case.handled is not None and case.handled < until]
    in_time = [case for case in handled if _before(case.handled, case.deadline)]
    open_cases = [case for case in cases if case.is_open(until)]
    return Handling(
        kind,
        name,
        sum(case.transferred is not None and case.transferred >= since for case in cases),
        len(due),
        len(handled),
        len(in_time),
        share(len(handled), len(due)),
        share(len(in_time), len(due)),
        len(open_cases),
        sum(case.deadline is not None and case.deadline < until for case in open_cases),
    )


def _before(moment: dt.datetime | None, deadline: dt.datetime | None) -> bool:
    return moment is not None and deadline is not None and moment <= deadline
