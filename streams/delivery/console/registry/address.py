"""The address of the page on the registry: what is declared about a number or a name."""

from __future__ import annotations

import datetime as dt

from fastapi import FastAPI, Request, Response

from streams.delivery.console.frame.console import Console
from streams.delivery.registry.address import today
from streams.delivery.registry.declared import owner_of
from streams.items import name_problem
from streams.names.canonical import canonical
from streams.registry.entry import kind_of


def add_registry_page(app: FastAPI, console: Console) -> None:
    """Add the address.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """
    library = console.library

    @app.get("/registry", include_in_schema=False)
    async def registry(request: Request) -> Response:
        text = request.query_params.get("q", "").strip()[:256]
        name = canonical(text)
        declared = library.declared()
        is_name = bool(text) and not name_problem(name)
        day = today(console.now, console.zone)
        return console.pages.render(
            "registry/registry.html",
            console.reader(request),
            text=text,
            found=declared.look_up(name, day) if is_name else None,
            numbers=declared.numbers(),
            problem=declared.problem,
            day=day,
            date=dt.date.fromordinal(day),
            kind_of=kind_of,
            owner_of=owner_of,
        )
