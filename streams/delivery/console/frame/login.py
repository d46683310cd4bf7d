"""Logging in and out by a page."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response

from streams.access.door import address_of, session_secret
from streams.delivery.access.asked import asked_of
from streams.delivery.access.session_cookie import drop_session, set_session
from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.forms import form_of, go_to, local_address
from streams.delivery.console.frame.reader import Reader
from streams.delivery.feed.problem import ProblemError


def login_page(
    console: Console,
    reader: Reader,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    *,
    user: str = "",
    refused: HTTPStatus | None = None,
    goes_to: str,
) -> Response:
    """Return the page with the form.

    Parameters
    ----------
    console
        The console.
    reader
        Whom it is for.
    status, headers
        Of the answer.
    user
        The name that was tried.
    refused
        Why a login was refused; None before one was tried.
    goes_to
        Where a login leads.
    """
    return console.pages.render(
        "login.html",
        reader,
        status,
        headers,
        user=user,
        refused=None if refused is None else int(refused),
        goes_to=goes_to,
        has_users=any(True for _ in console.users.directory.users),
    )


def add_login(app: FastAPI, console: Console) -> None:
    """Add the addresses for logging in and out.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """

    @app.get("/login", include_in_schema=False)
    async def form(request: Request) -> Response:
        goes_to = local_address(request.query_params.get("next", ""))
        reader = console.reader(request)
        return go_to(goes_to) if reader.identity else login_page(console, reader, goes_to=goes_to)

    @app.post("/login", include_in_schema=False)
    async def log_in(request: Request) -> Response:
        sent = await form_of(request)
        user, goes_to = sent.one("user"), local_address(sent.one("next"))
        address = address_of(console.door, asked_of(request.scope))
        try:
            secret = await console.logins.begin(user, sent.one("password"), address)
        except ProblemError as error:
            reader = console.reader(request)
            return login_page(
                console,
                reader,
                error.status,
                error.headers,
                user=user,
                refused=error.status,
                goes_to=goes_to,
            )
        answer = go_to(goes_to)
        set_session(answer, request, console.door, secret)
        return answer

    @app.post("/logout", include_in_schema=False)
    async def log_out(request: Request) -> Response:
        secret = session_secret(console.door, asked_of(request.scope).headers)
        if secret is not None:
            await console.logins.end(secret)
        answer = go_to("/login")
        drop_session(answer, console.door)
        return answer
