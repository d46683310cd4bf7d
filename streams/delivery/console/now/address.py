"""The address of the first page."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from streams.delivery.console.frame.console import Console


def add_now(app: FastAPI, console: Console) -> None:
    """Add the address.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """

    @app.get("/", include_in_schema=False)
    async def now(request: Request) -> Response:
        return console.pages.render("now/now.html", console.reader(request))
