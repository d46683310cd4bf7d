"""All that the page of the monitor shows, made once for all who look at it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import msgspec

from streams.actions.book import Book
from streams.config.model import Config
from streams.delivery.api.board import Board, BoardRow
from streams.delivery.console.monitor.budget import BudgetSpent, budget_spent, opened_alerts
from streams.delivery.console.monitor.campaigns import Campaign, campaigns
from streams.delivery.console.monitor.rejects_reader import LastRejects
from streams.delivery.console.monitor.sources import SourceHealth, source_healths
from streams.delivery.console.monitor.topic_rejects import OTHERS, SourceRejects
from streams.delivery.monitor.shared_look import MonitorLook, SharedLook
from streams.delivery.shared_answer import SharedAnswer

LOOK_AGE_S, LOOK_WAIT_S = 4.0, 8.0
REJECTS_AGE_S, REJECTS_WAIT_S = 30.0, 5.0


class Overview(msgspec.Struct, frozen=True):
    """The monitor, as far as its page shows it.

    Attributes
    ----------
    look
        The last look at processes and broker; None where none has ended yet.
    sources
        The health of each source.
    stray_rejects
        Rejects of files, and of topics that are no source's today.
    rejects_problem
        Why the topic of rejects cannot be read.
    budget
        The last days' alerts.
    campaigns
        The calendar.
    at
        When it was made.
    """

    look: MonitorLook | None
    sources: list[SourceHealth]
    stray_rejects: SourceRejects | None
    rejects_problem: str | None
    budget: BudgetSpent
    campaigns: list[Campaign]
    at: dt.datetime


def shared_overview(
    config: Config,
    look: SharedLook,
    rejects: SharedAnswer[LastRejects],
    board: Board,
    book: Book,
    now: Callable[[], dt.datetime],
) -> SharedAnswer[Overview]:
    """Return what makes the overview.

    Parameters
    ----------
    config
        The configuration.
    look, rejects
        The looks at the monitor, and at the topic of rejects.
    board, book
        The alerts as they stand, and what people have done.
    now
        The clock.
    """

    async def overview() -> Overview:
        seen = await look.recent(LOOK_AGE_S, LOOK_WAIT_S)
        last = await rejects.recent(REJECTS_AGE_S, REJECTS_WAIT_S) or LastRejects({})
        # A copy, since alerts come while the thread reads.
        return await asyncio.to_thread(overview_of, config, seen, last, list(board), book, now())

    return SharedAnswer(overview, now)


def overview_of(
    config: Config,
    seen: MonitorLook | None,
    rejects: LastRejects,
    rows: Sequence[BoardRow],
    book: Book,
    now: dt.datetime,
) -> Overview:
    """Put everything together.

    Parameters
    ----------
    config
        The configuration.
    seen, rejects
        The last looks.
    rows
        The alerts as they stand.
    book
        What people have done.
    now
        The time.
    """
    zone = ZoneInfo(config.timezone)
    opened = opened_alerts(rows, lambda alert_id: book.state.alert(alert_id).label, zone)
    today = now.astimezone(zone).date()
    last = last_day(seen, [one.day for one in opened], zone) or today
    return Overview(
        look=seen,
        sources=source_healths(
            config,
            None if seen is None else seen.health,
            () if seen is None else seen.wrong,
            rows,
            rejects.by_source,
        ),
        stray_rejects=rejects.by_source.get(OTHERS),
        rejects_problem=rejects.problem,
        budget=budget_spent(opened, last, config.detect.budget_per_day),
        campaigns=campaigns(config.calendar, {} if seen is None else seen.health.prevented, today),
        at=now,
    )


def last_day(seen: MonitorLook | None, opened: Sequence[dt.date], zone: ZoneInfo) -> dt.date | None:
    """Return the last day of which something is judged: a recording that is played is of its own.

    Parameters
    ----------
    seen
        The last look.
    opened
        Days on which alerts were opened.
    zone
        Whose days.
    """
    through = [
        dt.datetime.fromtimestamp(group.closed_through_s, zone).date()
        for group in ([] if seen is None else seen.health.groups)
        if group.closed_through_s is not None
    ]
    return max([*through, *opened], default=None)
