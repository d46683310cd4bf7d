"""The addresses of the first page: itself, its live part, and the stream that says when to ask."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from markupsafe import Markup

from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.reader import Reader
from streams.delivery.console.now.changes import Pulse, changes
from streams.delivery.console.now.fragments import Fragment, Fragments
from streams.delivery.console.now.query import (
    FILTERS,
    SEVERITIES,
    SORTS,
    STATES,
    WANTED_LABELS,
    WANTED_LEVELS,
    WANTED_SIGNALS,
    NowQuery,
    from_address,
    to_address,
)
from streams.delivery.console.now.shown import shown_page
from streams.delivery.feed.event_stream import EventStream
from streams.delivery.feed.problem import ProblemError

_MOST_PARTS: Final = 100
_CHOICES: Final = {
    "state": STATES,
    "level": WANTED_LEVELS,
    "signal": WANTED_SIGNALS,
    "severity": SEVERITIES,
    "label": WANTED_LABELS,
}


def add_now(app: FastAPI, console: Console) -> None:
    """Add the addresses.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """
    board, book, live = console.board, console.book, console.live

    def number() -> int:
        return board.version + book.state.version + live.ready

    def era() -> Hashable:
        # Actions that are read anew count from nothing. A silence may end without a word: what is
        # hidden is looked up again each minute.
        return id(book.state), _minute(console)

    pulse, fragments = Pulse(number), Fragments()

    def fragment(query: NowQuery, reader: Reader, since: int) -> Fragment:
        def render() -> str:
            shown = shown_page(query, board, book.state, console.now(), reader.language)
            return console.pages.text(
                "now/list.html",
                reader,
                shown=shown,
                is_ready=live.ready,
                address=to_address,
                acts=reader.may_act,
            )

        view = to_address(query), reader.language, reader.may_act
        return fragments.get(view, era(), number(), since, render)

    @app.get("/", include_in_schema=False)
    async def now(request: Request) -> Response:
        reader, query = console.reader(request), _query(request)
        return console.pages.render(
            "now/now.html",
            reader,
            query=query,
            live=fragment(query, reader, number()),
            html=Markup,  # what was rendered before
            address=to_address,
            choices=_CHOICES,
            sorts=SORTS,
            filters=FILTERS,
            acts=reader.may_act,
        )

    @app.get("/console/now", include_in_schema=False)
    async def live_part(request: Request) -> Response:
        reader = console.reader(request)
        found = fragment(_query(request), reader, pulse())
        headers = {"ETag": found.tag, "Cache-Control": "no-cache", "Vary": "Cookie"}
        if request.headers.get("if-none-match") == found.tag:
            return Response(None, HTTPStatus.NOT_MODIFIED, headers)
        return Response(found.text.encode(), HTTPStatus.OK, headers, "text/html; charset=utf-8")

    @app.get("/console/events", include_in_schema=False)
    async def events(request: Request) -> Response:
        live.listeners += 1
        stream = changes(pulse, lambda: not live.closing, request.state.still_may)
        return EventStream(stream, on_end=partial(live.leave))


def _query(request: Request) -> NowQuery:
    try:
        parts = parse_qsl(request.url.query, max_num_fields=_MOST_PARTS)
        return from_address(parts)
    except ValueError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None


def _minute(console: Console) -> int:
    return int(console.now().timestamp() // 60)
