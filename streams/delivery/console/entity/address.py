"""The addresses of entities' pages: the search, and what is known of one."""

from __future__ import annotations

import asyncio
import datetime as dt
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response

from streams.alerts.cloudevent import decode_event
from streams.alerts.phrases import about
from streams.alerts.sentences import sentence
from streams.delivery.console.entity.search import MOST, on_the_board, with_alerts
from streams.delivery.console.entity.signal_view import signal_views, standing_of
from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.reader import LIVE_HEADER
from streams.delivery.entities.library import EntityRecord
from streams.delivery.feed.problem import ProblemError
from streams.items import LEVELS, Level, name_problem
from streams.language.catalogue import catalogue
from streams.names.canonical import form_of_stored
from streams.series.record import Outlook
from streams.series.store.database import StoreError

ANSWER_WAIT_S: Final = 0.1
"""How long a page waits for detect; it shows what is stored in any case."""

LIVE_WAIT_S: Final = 2.0
"""How long its script waits, which puts the answer in place: as long as any is waited for."""

ALERTS_SHOWN: Final = 50


def add_entity_pages(app: FastAPI, console: Console) -> None:
    """Add the addresses.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """
    board, library = console.board, console.library

    @app.get("/entities", include_in_schema=False)
    async def search(request: Request) -> Response:
        text = request.query_params.get("q", "").strip()[:256]
        level = _level(request.query_params.get("level", ""))
        names: list[tuple[Level, str]] = []
        is_whole, problem = True, None
        if text:
            try:
                matches = await library.search(text, MOST, level)
                names = [(one.level, one.id) for one in matches.found]
                is_whole = matches.is_whole
            except StoreError as error:
                problem = str(error)
                names = on_the_board(text, board, level)
        return console.pages.render(
            "entity/search.html",
            console.reader(request),
            text=text,
            level=level,
            levels=console.config.count.levels,
            found=with_alerts(names, board),
            is_whole=is_whole,
            problem=problem,
            now=console.now(),
        )

    @app.get("/entities/{level}/{entity_id:path}", include_in_schema=False)
    async def entity(level: str, entity_id: str, request: Request) -> Response:
        # The form may be longer than what was sent: it is what must be a name.
        known, name = _level(level), form_of_stored(entity_id)
        if known is None or name_problem(name):
            raise ProblemError(HTTPStatus.NOT_FOUND, "There is no such entity.")
        reader = console.reader(request)
        words = catalogue(reader.language)
        rows = board.of_entity(f"{known}/{name}")[::-1]
        at = _time(request.query_params.get("at", ""))
        asking = asyncio.create_task(library.outlooks(known, name))
        try:
            record, problem = await library.entity(known, name, at=at), None
        except StoreError as error:
            record, problem = EntityRecord([], []), str(error)
        is_live = LIVE_HEADER in request.headers
        await asyncio.wait([asking], timeout=LIVE_WAIT_S if is_live else ANSWER_WAIT_S)
        outlooks: list[Outlook] = asking.result() if asking.done() else []
        newest = decode_event(rows[0].raw).alert if rows else None
        return console.pages.render(
            "entity/entity.html",
            reader,
            level=known,
            id=name,
            rows=rows[:ALERTS_SHOWN],
            newest=newest,
            views=signal_views(record.histories, outlooks, rows, at, words),
            standing=standing_of(outlooks),
            waits=not asking.done(),
            problem=problem,
            is_past=at is not None,
            now=console.now(),
            sentence=lambda row: sentence(decode_event(row.raw).alert, words),
            about=about,
            moment=lambda time_s: dt.datetime.fromtimestamp(time_s, dt.UTC),
        )

    @app.get("/entities/{level}", include_in_schema=False)
    async def entity_by_query(level: str, request: Request) -> Response:
        return await entity(level, request.query_params.get("id", ""), request)


def _level(text: str) -> Level | None:
    return next((level for level in LEVELS if level == text), None)


def _time(text: str) -> float | None:
    try:
        found = dt.datetime.fromisoformat(text)
        return found.timestamp() if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
