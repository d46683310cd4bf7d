"""Which cases are listed, and in which order. Pure."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable

import msgspec

from streams.cases.addressee import addressee_in_form
from streams.cases.case import Case
from streams.cases.moves import CaseState


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is listed: all that is given must hold.

    Attributes
    ----------
    states
        Any of these.
    in_hand, overdue
        Only those that are not over; only those whose deadline has passed.
    addressee, owner, kind, entity, rule, alert_id
        Only those; an alert is one that is evidence.
    opened_since, opened_until
        Opened in this span, without its end.
    """

    states: frozenset[CaseState] = frozenset()
    in_hand: bool = False
    overdue: bool = False
    addressee: str | None = None
    owner: str | None = None
    kind: str | None = None
    entity: str | None = None
    rule: str | None = None
    alert_id: str | None = None
    opened_since: dt.datetime | None = None
    opened_until: dt.datetime | None = None

    def takes(self, case: Case, now: dt.datetime) -> bool:
        """Whether a case is listed."""
        opened = case.opened
        return (
            (not self.states or case.state in self.states)
            and not (self.in_hand and case.has_ended)
            and (not self.overdue or case.overdue(now))
            and (self.addressee is None or case.addressee == addressee_in_form(self.addressee))
            and self.owner in (None, case.owner)
            and self.kind in (None, opened.kind)
            and self.entity in (None, opened.entity)
            and self.rule in (None, opened.rule)
            and (
                self.alert_id is None
                or any(each.alert_id == self.alert_id for each in case.evidence)
            )
            and (self.opened_since is None or opened.at >= self.opened_since)
            and (self.opened_until is None or opened.at < self.opened_until)
        )


def newest(
    cases: Iterable[Case],
    wanted: CaseFilter,
    now: dt.datetime,
    *,
    viewer: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[Case]:
    """Return the cases that were opened last, the newest first.

    Parameters
    ----------
    cases, wanted, now
        All cases, which of them, and the time.
    viewer
        The addressee that looks: it gets only its own; None is the centre.
    after
        `case_cursor` of the last case of the page before.
    limit
        How many there are at most; None means all.

    Raises
    ------
    ValueError
        Where `after` is no cursor.
    """
    end = None if after is None else _read_cursor(after)
    found = [
        case
        for case in cases
        if (viewer is None or case.is_for(viewer))
        and wanted.takes(case, now)
        and (end is None or _place(case) < end)
    ]
    if limit is None:
        return sorted(found, key=_place, reverse=True)
    return heapq.nlargest(limit, found, key=_place)


def case_cursor(case: Case) -> str:
    """Return the place of a case: a page goes on after it."""
    micros, case_id = _place(case)
    return f"{micros}|{case_id}"


def _place(case: Case) -> tuple[int, str]:
    since = case.opened.at - dt.datetime.fromtimestamp(0, dt.UTC)
    return since // dt.timedelta(microseconds=1), case.case_id


def _read_cursor(text: str) -> tuple[int, str]:
    micros, bar, case_id = text.partition("|")
    if not bar or not micros.isascii() or not micros.isdecimal() or len(micros) > 20:
        raise ValueError("after must be `after` of a page")
    return int(micros), case_id
