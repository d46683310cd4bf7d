"""The page that says why there is no other: what is wrong, and what to do; or the login."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.login import login_page
from streams.delivery.feed.problem import ProblemError, response
from streams.language.catalogue import mark

_SAID: Final[dict[HTTPStatus, str]] = {
    HTTPStatus.FORBIDDEN: mark("You may not do or see this."),
    HTTPStatus.NOT_FOUND: mark("There is no such page."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: mark(
        "This was too much at once, and nothing was done. Choose fewer alerts, or write less."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: mark("The monitor is still starting. Try again in a moment."),
}
"""In the reader's language, by status; what exactly is wrong follows in English."""


def problem_page(console: Console, problem: ProblemError, scope: Scope) -> Response:
    """Return the page of a problem.

    Parameters
    ----------
    console
        The console.
    problem
        What is wrong.
    scope
        The request.
    """
    reader = console.reader_of(scope)
    if reader.identity is None and problem.status == HTTPStatus.UNAUTHORIZED:
        goes_to = reader.address if scope["method"] == "GET" else "/"
        return login_page(console, reader, problem.status, problem.headers, goes_to=goes_to)
    return console.pages.render(
        "problem.html",
        reader,
        problem.status,
        problem.headers,
        said=_SAID.get(problem.status, ""),
        detail="" if problem.detail == problem.status.phrase else problem.detail,
    )


def add_problem_pages(app: FastAPI, console: Console) -> None:
    """Have the problems of people's addresses answered by pages.

    Parameters
    ----------
    app
        The application; those of programs' addresses are answered as before.
    console
        The console.
    """
    for_programs = app.exception_handlers[HTTPException]

    async def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)
        if _for_people(request):
            return problem_page(console, error, request.scope)
        return response(error)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if _for_people(request):
            status = HTTPStatus(error.status_code)
            return problem_page(console, ProblemError(status, str(error.detail)), request.scope)
        answer: Response = await for_programs(request, error)  # type: ignore[misc]
        return answer

    app.add_exception_handler(ProblemError, problem)
    app.add_exception_handler(HTTPException, http)


def _for_people(request: Request) -> bool:
    return bool(getattr(request.state, "for_people", False))
