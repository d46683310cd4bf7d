"""The addresses of the log: what people have done, page by page, and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from itertools import dropwhile, islice
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from streams.actions.action import Action
from streams.actions.desk import LogEntry
from streams.actions.wire import ROW
from streams.actions.wire import log_row as csv_row
from streams.delivery.console.frame.console import Console
from streams.delivery.console.log.log_filter import (
    KINDS,
    LogFilter,
    LogPage,
    page_of,
    read_filter,
)
from streams.delivery.console.log.log_row import log_row
from streams.delivery.feed.problem import ProblemError
from streams.delivery.standing_records import TopicUnread
from streams.printable import csv_cell

SHOWN: Final = 100
"""Actions of a page."""

CUT_OFF: Final = "CUT OFF"
"""The last line of a file that is not whole begins with this, and says why. No other line does."""

_BEGIN: Final = "\ufeff"
"""With this a spreadsheet knows that the file is UTF-8."""


class Log:
    """The actions in serve's memory and, where these are not all, those on the topic.

    Parameters
    ----------
    console
        The console.
    """

    def __init__(self, console: Console) -> None:
        self._console, self._book = console, console.book
        self._whole = console.watched.whole_log

    @property
    def is_whole(self) -> bool:
        """Whether memory holds all actions."""
        log = self._book.log
        return log.maxlen is None or len(log) < log.maxlen

    async def page(self, wanted: LogFilter, after: str | None) -> LogPage:
        """Return a page, the newest first; what memory does not hold is read on the topic.

        Parameters
        ----------
        wanted
            Which actions are asked for.
        after
            The last action of the page before.

        Raises
        ------
        TopicUnread
            Where the topic cannot be read.
        """
        zone = self._console.zone
        actions = [entry.action for entry in reversed(self._book.log)]
        held: Iterator[Action] = iter(actions)
        if after is not None:
            held = dropwhile(lambda action: action.id != after, held)
        found = page_of(
            islice(held, 0 if after is None else 1, None), self.text, wanted, zone, SHOWN
        )
        if found.after is not None or self.is_whole:
            return found
        begin = found.entries[-1].action.id if found.entries else after
        if begin is None or begin in {action.id for action in actions}:
            begin = actions[-1].id
        older = await self._whole.before(
            begin,
            lambda action: wanted.fits(LogEntry(action, self.text(action)), zone),
            SHOWN + 1 - len(found.entries),
        )
        return page_of(
            [*(entry.action for entry in found.entries), *older], self.text, wanted, zone, SHOWN
        )

    async def oldest_first(self) -> AsyncIterator[Action]:
        """Yield all actions.

        Raises
        ------
        TopicUnread
            Where the topic cannot be read.
        """
        if self.is_whole:
            for entry in list(self._book.log):
                yield entry.action
            return
        async for action in self._whole.actions():
            yield action

    def text(self, action: Action) -> str | None:
        """Return what was written with an action, where it still stands."""
        return self._book.notes.text(action.id) if action.noted else None


def add_log(app: FastAPI, console: Console) -> None:
    """Add the addresses.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """
    log = Log(console)

    def entity_of(alert_id: str) -> str | None:
        row = console.board.alert(alert_id)
        return None if row is None else row.entity

    @app.get("/log", include_in_schema=False)
    async def page(request: Request) -> Response:
        wanted = read_filter(request.query_params)
        try:
            found = await log.page(wanted, request.query_params.get("after"))
            problem = None
        except TopicUnread as error:
            found, problem = LogPage([], None), str(error)
        on = dict(request.query_params) | {"after": found.after}
        return console.pages.render(
            "log/log.html",
            console.reader(request),
            rows=[log_row(entry, entity_of) for entry in found.entries],
            wanted=wanted,
            kinds=KINDS,
            after=None if found.after is None else f"/log?{urlencode(on)}",
            first=f"/log?{wanted.query}" if "after" in request.query_params else None,
            file=f"/log.csv?{wanted.query}",
            problem=problem,
        )

    @app.get("/log.csv", include_in_schema=False)
    async def file(request: Request) -> Response:
        wanted, zone = read_filter(request.query_params), console.zone
        name = f"weathervane-{console.config.name}-log.csv"

        actions = log.oldest_first()
        try:
            first = await anext(actions, None)
        except TopicUnread as error:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from None

        async def rows() -> AsyncIterator[bytes]:
            yield _line(ROW, begin=_BEGIN)
            try:
                if first is not None:
                    yield line(first)
                async for action in actions:
                    yield line(action)
            except TopicUnread as error:
                yield _line([f"{CUT_OFF}: {error}"])

        def line(action: Action) -> bytes:
            entry = LogEntry(action, log.text(action))
            if not wanted.fits(entry, zone):
                return b""
            row = csv_row(entry)
            return _line([_cell(row.get(field)) for field in ROW])

        return StreamingResponse(
            rows(),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )


def _line(cells: Any, begin: str = "") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return (begin + text.getvalue()).encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list | tuple):
        import orjson

        value = orjson.dumps(value).decode()
    return csv_cell(value)
