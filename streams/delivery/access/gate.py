"""The gate in front of all addresses: nothing is answered that has not passed it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import quote

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.access.directory import Directory
from streams.access.door import Door, TurnedAway, who_asks, wrong_address
from streams.access.roles import Identity, permits
from streams.access.view import View
from streams.delivery.access.asked import asked_of, form_body
from streams.delivery.access.rules import Rule, is_for_people, rule_of
from streams.delivery.feed.connection_limits import body_problem
from streams.delivery.feed.problem import ProblemError, response

_log = logging.getLogger(__name__)

READINESS: Final = "/readyz"
"""The address that says whether all others can be answered."""

SAFE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Headers of every answer that does not set them itself."""


class Known(Protocol):
    """Where the gate learns who is known."""

    @property
    def directory(self) -> Directory:
        """Users, tokens and sessions."""

    @property
    def problem(self) -> str | None:
        """Why nobody can be known now; None where all has been read."""

    async def news(self) -> None:
        """Wait a moment for the next record: another serve may have written it just now."""


VIEW_HEADER: Final = "Weathervane-View"
"""The header that tells a reader what they see, where it is not everything."""

AppOfView = Callable[[View], Awaitable[ASGIApp]]
"""Finds the application that holds what concerns a view; it may raise `ProblemError`."""

ProblemPage = Callable[[ProblemError, Scope], Response]
"""Makes a page of a problem, for whoever has sent a request."""


class Gate:
    """Lets requests pass to `app` by the rules of their addresses.

    Parameters
    ----------
    app
        The application whose addresses the rules name.
    inner
        What requests go to that may pass: `app`, or what stands around it.
    door
        What the configuration says.
    known
        Users, tokens and sessions.
    now
        The clock.
    problem_page
        Makes the page that says why a person gets no other.
    app_of_view
        Who does not see everything is answered by an application of their own.
    """

    def __init__(
        self,
        app: FastAPI,
        inner: ASGIApp,
        door: Door,
        known: Known,
        now: Callable[[], dt.datetime],
        problem_page: ProblemPage,
        app_of_view: AppOfView,
    ) -> None:
        self._routes = [route for route in app.routes if isinstance(route, Route)]
        self._inner, self._door, self._known, self._now = inner, door, known, now
        self._problem_page, self._app_of_view = problem_page, app_of_view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on; its state says who asks, and whether they still may."""
        if scope["type"] != "http":
            return
        path = self._path(scope)
        rule, body = rule_of(scope["method"], path), b""
        if rule.form:
            body, receive = await form_body(scope, receive)
        found = body_problem(scope) or await self._who_may(scope, path, rule, body)
        for_people = is_for_people(scope, path)
        if found is None and for_people and self._known.problem is None:
            # A page that is open to all shows those who are known what others show them.
            known = who_asks(self._door, asked_of(scope), self._known.directory, self._now())
            found = known if isinstance(known, Identity) else None
        inner, view = self._inner, found.view if isinstance(found, Identity) else None
        if view is not None and rule.role is not None:
            try:
                inner = await self._app_of_view(view)
            except ProblemError as error:
                found = error

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
                if view is not None:
                    headers[VIEW_HEADER] = quote(str(view), safe=":")
            await send(message)

        if isinstance(found, ProblemError):
            answer = self._problem_page(found, scope) if for_people else response(found)
            await answer(scope, receive, with_headers)
            return
        state = scope.setdefault("state", {})
        state["identity"], state["for_people"] = found, for_people
        state["still_may"] = partial(self._still_may, scope)
        await inner(scope, receive, with_headers)

    async def _who_may(
        self, scope: Scope, path: str | None, rule: Rule, body: bytes
    ) -> Identity | ProblemError | None:
        """Return who asks, or why there is no answer."""
        asked = asked_of(scope, body)
        refused = wrong_address(self._door, asked)
        if refused is not None:
            return _problem(refused)
        if rule.role is None and path != READINESS:
            return None
        if self._known.problem is not None:
            return ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE, self._known.problem, headers={"Retry-After": "1"}
            )
        if rule.role is None:
            return None
        found = who_asks(self._door, asked, self._known.directory, self._now())
        if found is None and f"{self._door.cookie}=" in "".join(asked.headers.get("cookie", ())):
            await self._known.news()
            found = who_asks(self._door, asked, self._known.directory, self._now())
        return _permitted(found, rule)

    def _still_may(self, scope: Scope) -> bool:
        """Whether a request that lasts would pass again; where that cannot be known, it goes on."""
        if self._known.problem is not None:
            return True
        rule = rule_of(scope["method"], self._path(scope))
        found = who_asks(self._door, asked_of(scope), self._known.directory, self._now())
        return not isinstance(_permitted(found, rule), ProblemError)

    def _path(self, scope: Scope) -> str | None:
        """Return the path of the address as the application has it; None where it has none."""
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                return route.path
        return None


def _permitted(found: Identity | TurnedAway | None, rule: Rule) -> Identity | ProblemError:
    """Return who asks, or why a rule does not let them."""
    if isinstance(found, TurnedAway):
        return _problem(found)
    if found is None:
        return ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "who asks must be known: send Authorization: Bearer TOKEN (`weathervane token add`"
            " makes one), or log in with POST /api/v1/session",
            headers={"WWW-Authenticate": 'Bearer realm="weathervane"'},
        )
    if rule.role is not None and not permits(found.role, rule.role):
        return ProblemError(
            HTTPStatus.FORBIDDEN,
            f"the role must be {rule.role} or more; that of {found.name} is {found.role}",
        )
    if rule.scope is not None and rule.scope not in found.scopes:
        return ProblemError(
            HTTPStatus.FORBIDDEN,
            f"the token must have the scope {rule.scope}; {found.name} has"
            f" {', '.join(found.scopes)}",
        )
    if found.view is not None and not rule.views:
        return ProblemError(
            HTTPStatus.FORBIDDEN,
            f"this address answers only who sees everything; {found.name} sees {found.view}",
        )
    return found


def _problem(refused: TurnedAway) -> ProblemError:
    return ProblemError(refused.status, refused.detail)
