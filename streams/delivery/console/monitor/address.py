"""The address of the monitor's page, and of the part of it that is asked for again and again."""

from __future__ import annotations

import datetime as dt
from functools import partial
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from markupsafe import Markup

from streams.delivery.channels.text.message import sentence_of
from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.reader import Reader
from streams.delivery.console.monitor.overview import Overview, shared_overview
from streams.delivery.console.monitor.spans import share_text, span_text
from streams.language.catalogue import Language, catalogue

AGE_S, WAIT_S = 5.0, 10.0
"""How old what is shown may be, and how long a page waits for it, seconds."""
EVERY_MS = 10_000
"""How often an open page asks for what has changed."""


class OverviewParts:
    """The overview as HTML, made once in each language however many look at it.

    Parameters
    ----------
    console
        The console.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._of: Overview | None = None
        self._parts: dict[tuple[Language, str], str] = {}

    def part(self, found: Overview, reader: Reader) -> str:
        """Return the overview for a reader.

        Parameters
        ----------
        found
            The overview.
        reader
            Whom it is for: only language and zone make a difference.
        """
        if self._of is not found:
            self._of, self._parts = found, {}
        key = (reader.language, reader.zone.key)
        if key not in self._parts:
            words = catalogue(reader.language)
            self._parts[key] = self._console.pages.text(
                "monitor/overview.html",
                reader,
                found=found,
                percent=share_text,
                span=partial(span_text, words),
                sentence=partial(sentence_of, language=reader.language),
                moment=lambda time_s: dt.datetime.fromtimestamp(time_s, dt.UTC),
            )
        return self._parts[key]


def add_monitor(app: FastAPI, console: Console) -> None:
    """Add the addresses.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """
    watched = console.watched
    overview = shared_overview(
        console.config, watched.look, watched.rejects, console.board, console.book, console.now
    )
    parts = OverviewParts(console)

    @app.get("/monitor", include_in_schema=False)
    async def monitor(request: Request) -> Response:
        reader = console.reader(request)
        found = await overview.recent(AGE_S, WAIT_S)
        part = None if found is None else Markup(parts.part(found, reader))  # noqa: S704
        return console.pages.render(
            "monitor/monitor.html",
            reader,
            part=part,
            tag="" if found is None else _tag(found, reader),
            every_ms=EVERY_MS,
        )

    @app.get("/monitor/overview", include_in_schema=False)
    async def part_of_it(request: Request) -> Response:
        reader = console.reader(request)
        found = await overview.recent(AGE_S, WAIT_S)
        if found is None:
            return Response(None, HTTPStatus.NO_CONTENT)
        tag = _tag(found, reader)
        headers = {"Cache-Control": "private, no-cache", "ETag": tag}
        if tag in request.headers.get("If-None-Match", ""):
            return Response(None, HTTPStatus.NOT_MODIFIED, headers)
        body = parts.part(found, reader)
        return Response(body, HTTPStatus.OK, headers, "text/html; charset=utf-8")


def _tag(found: Overview, reader: Reader) -> str:
    return f'"{found.at.timestamp()}-{reader.language}-{reader.zone.key}"'
