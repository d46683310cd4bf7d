"""Alerts in families, in an order, in pages. Pure.

An alert stands under its parent where both are wanted. So each alert stands in one place, and what
a filter leaves out takes nothing with it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from streams.delivery.api.board import BoardRow
from streams.delivery.console.now.query import Sort

PAGE: Final = 50
"""Families of a page."""

AGE_S: Final = 86_400.0
"""An alert that is older by this must be e times as far beyond chance to stand level."""


class AlertFamily(NamedTuple):
    """An alert, and those under it.

    Attributes
    ----------
    head
        The alert that has no parent among those wanted.
    members
        The others, children and theirs, in the same order as families.
    """

    head: BoardRow
    members: tuple[BoardRow, ...] = ()

    @property
    def rows(self) -> tuple[BoardRow, ...]:
        """All of them."""
        return (self.head, *self.members)


class FamilyPage(NamedTuple):
    """A page of families.

    Attributes
    ----------
    families
        Those of the page.
    alerts, family_count
        How many alerts there are on all pages, and how many families.
    page, pages
        Which page it is, and of how many.
    """

    families: tuple[AlertFamily, ...]
    alerts: int
    family_count: int
    page: int
    pages: int


def page_of(
    rows: Iterable[BoardRow], sort: Sort, page: int, *, is_flat: bool = False
) -> FamilyPage:
    """Return a page of alerts.

    Parameters
    ----------
    rows
        All alerts that are wanted, in any order.
    sort
        Which come first: a family stands where the first of its alerts would.
    page
        Which page; one past the last is the last.
    is_flat
        Whether each alert is by itself.
    """
    found = [AlertFamily(row) for row in in_order(rows, sort)] if is_flat else folded(rows, sort)
    pages = max(1, math.ceil(len(found) / PAGE))
    page = min(page, pages)
    shown = found[(page - 1) * PAGE : page * PAGE]
    return FamilyPage(tuple(shown), sum(len(one.rows) for one in found), len(found), page, pages)


def folded(rows: Iterable[BoardRow], sort: Sort) -> list[AlertFamily]:
    """Return alerts as families, in order.

    Parameters
    ----------
    rows
        The alerts, in any order.
    sort
        Which come first.
    """
    ordered = in_order(rows, sort)
    known = {row.alert_id: row for row in ordered}
    under: dict[str, list[BoardRow]] = {}
    for row in ordered:
        # The first alert of a family, whichever it is, says where the family stands.
        under.setdefault(_head(row, known), []).append(row)
    return [
        AlertFamily(known[head], tuple(row for row in found if row.alert_id != head))
        for head, found in under.items()
    ]


def in_order(rows: Iterable[BoardRow], sort: Sort) -> list[BoardRow]:
    """Return alerts in an order.

    Parameters
    ----------
    rows
        The alerts, in any order.
    sort
        Which come first.
    """
    place = _PLACES[sort]
    return sorted(rows, key=lambda row: (place(row), row.alert_id), reverse=True)


def opened_s(row: BoardRow) -> float:
    """Return when an alert opened, epoch s; of one that is older than what is held, its last news.

    Parameters
    ----------
    row
        The alert.
    """
    return _epoch_s(row.opened or row.time)


def _head(row: BoardRow, known: Mapping[str, BoardRow]) -> str:
    """Return the id of the alert at the top; of a circle, which no detector makes, the least."""
    passed: dict[str, None] = {}
    while row.alert_id not in passed:
        passed[row.alert_id] = None
        if row.parent is None or row.parent not in known:
            return row.alert_id
        row = known[row.parent]
    ids = list(passed)
    return min(ids[ids.index(row.alert_id) :])


def _urgency(row: BoardRow) -> float:
    # It does not need the clock: as time goes on, all alerts lose the same.
    return math.log1p(max(0.0, row.beyond_nats)) + opened_s(row) / AGE_S


def _epoch_s(text: str) -> float:
    try:
        return dt.datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0


_PLACES: Final[dict[Sort, Callable[[BoardRow], Any]]] = {
    "urgency": _urgency,
    "beyond": lambda row: (row.beyond_nats, opened_s(row)),
    "newest": lambda row: (opened_s(row), row.beyond_nats),
    "changed": lambda row: (_epoch_s(row.time), row.beyond_nats),
}
"""What stands first has the largest."""
