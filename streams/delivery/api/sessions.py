"""Addresses for logging in and out, and for asking who one is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
import orjson
from fastapi import FastAPI, Request, Response

from streams.access.door import Door, address_of, session_secret
from streams.access.roles import ROLES, SCOPES, Identity
from streams.access.secrets import csrf_token
from streams.delivery.access.asked import asked_of
from streams.delivery.access.logins import Logins
from streams.delivery.access.session_cookie import drop_session, set_session
from streams.delivery.api.json_body import documented_body, json_body
from streams.delivery.feed import problem


class _Credentials(msgspec.Struct, forbid_unknown_fields=True):
    user: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]

    def __repr__(self) -> str:
        return "_Credentials()"


_credentials = msgspec.json.Decoder(_Credentials)


_CREDENTIALS_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["user", "password"],
    "properties": {"user": {"type": "string"}, "password": {"type": "string"}},
    "additionalProperties": False,
}
_ME_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["name", "role", "scopes", "via"],
    "properties": {
        "name": {"type": "string", "description": "Actions are by this name."},
        "role": {"enum": list(ROLES)},
        "scopes": {"type": "array", "items": {"enum": list(SCOPES)}},
        "via": {"enum": ["local", "token", "session", "proxy"]},
        "view": {
            "type": "string",
            "description": "What they see, such as platform:Mall; missing where it is all.",
        },
        "csrf": {
            "type": "string",
            "description": "Of a session: what each change must send as X-CSRF-Token.",
        },
    },
}
_ME_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/json": {"schema": _ME_SCHEMA}}}
}
_REFUSED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE)


def add_sessions(app: FastAPI, door: Door, logins: Logins) -> None:
    """Add the addresses to `app`."""

    @app.post(
        "/api/v1/session",
        response_class=Response,
        summary="Log in: the answer sets a cookie for 12 hours",
        openapi_extra=documented_body(_CREDENTIALS_SCHEMA),
        responses={
            **_ME_ANSWER,
            **problem.documented(
                HTTPStatus.UNAUTHORIZED,
                HTTPStatus.FORBIDDEN,
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                HTTPStatus.TOO_MANY_REQUESTS,
                HTTPStatus.SERVICE_UNAVAILABLE,
            ),
        },
    )
    async def log_in(request: Request) -> Response:
        given = await json_body(request, _credentials)
        address = address_of(door, asked_of(request.scope))
        secret = await logins.begin(given.user, given.password, address)
        answer = _answer({"name": given.user, "csrf": csrf_token(secret)})
        set_session(answer, request, door, secret)
        return answer

    @app.delete(
        "/api/v1/session",
        response_class=Response,
        status_code=HTTPStatus.NO_CONTENT,
        summary="Log out: the session ends everywhere",
        responses=problem.documented(*_REFUSED),
    )
    async def log_out(request: Request) -> Response:
        secret = session_secret(door, asked_of(request.scope).headers)
        if secret is not None:
            await logins.end(secret)
        answer = Response(None, HTTPStatus.NO_CONTENT)
        drop_session(answer, door)
        return answer

    @app.get(
        "/api/v1/me",
        response_class=Response,
        summary="Say who asks",
        responses={**_ME_ANSWER, **problem.documented(*_REFUSED)},
    )
    async def me(request: Request) -> Response:
        identity: Identity = request.state.identity
        said: dict[str, object] = {
            "name": identity.name,
            "role": identity.role,
            "scopes": identity.scopes,
            "via": identity.via,
        }
        if identity.view is not None:
            said["view"] = str(identity.view)
        secret = session_secret(door, asked_of(request.scope).headers)
        if identity.via == "session" and secret is not None:
            said["csrf"] = csrf_token(secret)
        return _answer(said)


def _answer(said: dict[str, object]) -> Response:
    return Response(orjson.dumps(said), media_type="application/json")
