"""What a row shows: an alert, what people have done about it, and whether it is hidden. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from streams.actions.about_alert import AlertActions
from streams.actions.state import ActionState, Hidden
from streams.alerts.cloudevent import Alert, decode_event
from streams.alerts.latest import has_evidence, is_exact
from streams.alerts.phrases import about
from streams.delivery.api.board import Board, BoardRow
from streams.delivery.api.board_filter import find, is_hidden, owners
from streams.delivery.channels.text.message import sentence_of
from streams.delivery.console.act.seen import seen
from streams.delivery.console.now.families import AlertFamily, FamilyPage, in_order, page_of
from streams.delivery.console.now.query import NowQuery
from streams.language.catalogue import Language

MEMBERS: Final = 3
"""Alerts of a family that a page shows under its head; a link leads to all of them."""

MEMBERS_IN_ALL: Final = 24
"""So many of all families together: a page stays light in a storm. The first families have them."""

MOST_CHOSEN: Final = 200
"""Alerts under a head that are chosen together with it, at most."""

MOST_SENT: Final = 1500
"""Alerts of a page that can be chosen, at most: so many fit into a form. now.js has the same."""

LATEST: Final = 5000
"""Of alerts that are over, only those of these that changed last are looked through."""

_NAMES: Final = 3


class ShownRow(NamedTuple):
    """A row.

    Attributes
    ----------
    row, alert
        The alert as it stands.
    sentence
        Its sentence in the reader's language.
    names
        What it belongs to, a few: levels and names.
    observed, expected, ratio
        Its figures; all None where the alert counts nothing.
    done
        What people have done about it.
    owners
        Whose it is.
    hidden
        What hides it now.
    seen
        What a form says of it: its id, and what was shown of it.
    """

    row: BoardRow
    alert: Alert
    sentence: str
    names: tuple[tuple[str, str], ...]
    observed: str
    expected: str
    ratio: str
    done: AlertActions
    owners: tuple[str, ...]
    hidden: Hidden | None
    seen: str

    @property
    def opened(self) -> str:
        """When it opened, as far as it is known."""
        return self.row.opened or self.row.time

    @property
    def acknowledged(self) -> bool:
        """Whether somebody takes care of it."""
        return self.done.acknowledges(self.row)

    @property
    def is_exact(self) -> bool:
        """Whether nothing of it is chance, so that no count was expected."""
        return is_exact(self.alert)

    @property
    def beyond(self) -> str | None:
        """How far the evidence is beyond its threshold, in nats; None where none is needed."""
        return about(self.row.beyond_nats) if has_evidence(self.alert) else None


class ShownFamily(NamedTuple):
    """A family.

    Attributes
    ----------
    head, members
        Its head, and the first of its members.
    rest
        What a form says of further members, so that all can be chosen.
    member_count, critical, unacknowledged
        How many members there are, and how many of them are so.
    """

    head: ShownRow
    members: tuple[ShownRow, ...]
    rest: tuple[str, ...]
    member_count: int
    critical: int
    unacknowledged: int

    @property
    def choosable(self) -> int:
        """How many alerts of it can be chosen together, its head with them."""
        return 1 + len(self.members) + len(self.rest)

    @property
    def is_whole(self) -> bool:
        """Whether those are all."""
        return self.choosable == 1 + self.member_count


class OpenCounts(NamedTuple):
    """Of all alerts in progress: how many there are, wait for somebody, and are hidden."""

    alerts: int
    waiting: int
    hidden: int


class ShownPage(NamedTuple):
    """All that the live part of the page shows.

    Attributes
    ----------
    query
        What is wanted.
    page, families
        What was found, and what is shown of it.
    counts
        Of all alerts in progress.
    known
        How many alerts the board holds.
    rest
        Of a family by itself, what a form says of the alerts on other pages.
    """

    query: NowQuery
    page: FamilyPage
    families: tuple[ShownFamily, ...]
    counts: OpenCounts
    known: int
    rest: tuple[str, ...] = ()

    @property
    def choosable(self) -> int:
        """How many alerts of a family can be chosen together where a page shows it alone."""
        return len(self.families) + len(self.rest)


def shown_page(
    query: NowQuery, board: Board, state: ActionState, now: dt.datetime, language: Language
) -> ShownPage:
    """Return what a page shows.

    Parameters
    ----------
    query
        What is wanted.
    board, state, now
        The alerts as they stand, what people have done, and the clock.
    language
        The reader's.
    """
    wanted = list(_wanted(query, board, state, now))
    page = page_of(wanted, query.sort, query.page, is_flat=query.family is not None)

    def shown(row: BoardRow) -> ShownRow:
        alert = decode_event(row.raw).alert
        done = state.alert(row.alert_id)
        return ShownRow(
            row,
            alert,
            sentence_of(alert, language),
            tuple(_level_and_name(each) for each in row.names[:_NAMES]),
            f"{alert.observed:,.0f}",
            about(alert.expected),
            about(alert.ratio),
            done,
            tuple(dict.fromkeys(owners(row, done))),
            state.hides(alert, now) if row.in_progress else None,
            seen(row.alert_id, done.version, row.severity),
        )

    def seen_of(rows: Iterable[BoardRow]) -> tuple[str, ...]:
        return tuple(
            seen(row.alert_id, state.alert(row.alert_id).version, row.severity) for row in rows
        )

    left, rows_left = MOST_SENT - len(page.families) - MEMBERS_IN_ALL, MEMBERS_IN_ALL

    def family(one: AlertFamily) -> ShownFamily:
        nonlocal left, rows_left
        number = min(MEMBERS, rows_left, len(one.members))
        rest = one.members[number:MOST_CHOSEN][:left]
        left, rows_left = left - len(rest), rows_left - number
        return ShownFamily(
            shown(one.head),
            tuple(shown(row) for row in one.members[:number]),
            seen_of(rest),
            len(one.members),
            sum(row.severity == "critical" for row in one.members),
            sum(not state.alert(row.alert_id).acknowledges(row) for row in one.members),
        )

    families = tuple(family(one) for one in page.families)
    rest: tuple[str, ...] = ()
    if query.family is not None and page.alerts > len(families):
        here = {one.head.alert_id for one in page.families}
        others = (row for row in in_order(wanted, query.sort) if row.alert_id not in here)
        rest = seen_of(islice(others, left))
    return ShownPage(query, page, families, counted(board, state, now), len(board), rest)


def counted(board: Board, state: ActionState, now: dt.datetime) -> OpenCounts:
    """Count the alerts in progress.

    Parameters
    ----------
    board, state, now
        The alerts as they stand, what people have done, and the clock.
    """
    waiting = hidden = 0
    for row in board.in_progress:
        is_silent = is_hidden(row, state, now)
        hidden += is_silent
        waiting += not is_silent and not state.alert(row.alert_id).acknowledges(row)
    return OpenCounts(len(board.in_progress), waiting, hidden)


def _wanted(
    query: NowQuery, board: Board, state: ActionState, now: dt.datetime
) -> Iterable[BoardRow]:
    if query.family is not None:
        rows = _family(query.family, board)
    elif query.wanted.state in ("resolved", "retracted"):
        rows = (row for row, _ in zip(board.latest(), range(LATEST), strict=False))
    else:
        return find(board, query.wanted, state, now)
    return (row for row in rows if query.wanted.fits(row, state, now))


def _family(alert_id: str, board: Board) -> Iterable[BoardRow]:
    """Yield an alert and all under it, each once."""
    head = board.alert(alert_id)
    found = {} if head is None else {alert_id: head}
    looked_at = [alert_id]
    while looked_at:
        for row in board.under(looked_at.pop()):
            if row.alert_id not in found:
                found[row.alert_id] = row
                looked_at.append(row.alert_id)
    return found.values()


def _level_and_name(name: str) -> tuple[str, str]:
    level, _, rest = name.partition("/")
    return level, rest
