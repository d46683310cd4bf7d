"""The addresses of bulletins: a list, and each in its forms and languages."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response

from streams.delivery.bulletins.folder import bulletin_folder, kept_bulletins, read_kept
from streams.delivery.console.frame.console import Console
from streams.delivery.feed.problem import ProblemError

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; sandbox"
)
"""A document brings its one style sheet, and says itself that it takes no other."""

SHOWN: Final = 200
"""Bulletins of the page, the newest first; older ones stay at their addresses."""


def add_bulletins(app: FastAPI, console: Console) -> None:
    """Add the addresses.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """
    folder = bulletin_folder(console.config)

    @app.get("/bulletins", include_in_schema=False)
    async def bulletins(request: Request) -> Response:
        kept = await asyncio.to_thread(kept_bulletins, folder)
        return console.pages.render(
            "bulletins/list.html",
            console.reader(request),
            kept=kept[:SHOWN],
            more=max(len(kept) - SHOWN, 0),
            periods=console.config.serve.bulletin.periods,
        )

    @app.get("/bulletins/{name}", include_in_schema=False)
    async def bulletin(name: str) -> Response:
        found = await asyncio.to_thread(read_kept, folder, name)
        if found is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no bulletin of this name")
        body, media_type = found
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "private, no-cache"}
        return Response(body, HTTPStatus.OK, headers, media_type)
