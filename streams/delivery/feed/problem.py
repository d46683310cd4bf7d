"""Errors of the HTTP service as problem details (RFC 9457), each with a sentence to act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from streams.delivery.feed.cursor import RULE

MEDIA_TYPE: Final = "application/problem+json"


class ProblemError(Exception):
    """An answer that reports a failure: its status, what is wrong, and further members."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers
        self.members = members


def install(app: FastAPI) -> None:
    """Have every error of `app` answered as problem details."""

    @app.exception_handler(ProblemError)
    async def _problem(_: Request, error: ProblemError) -> Response:
        return response(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> Response:
        return response(
            ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(map(_sentence, error.errors())))
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        detail = str(error.detail)
        if error.status_code == HTTPStatus.NOT_FOUND:
            detail = f"{request.url.path!r} is not served; /feeds lists the feeds"
        return response(ProblemError(HTTPStatus(error.status_code), detail, headers=error.headers))


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Describe problems for OpenAPI."""
    return {
        int(status): {"description": status.phrase, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
        for status in statuses
    }


_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "oldest": {"type": "integer", "description": "With 410: the oldest number kept."},
        "newest": {
            "type": ["integer", "null"],
            "description": "With 409: the newest number given; null where there is none yet.",
        },
        "version": {"type": "integer", "description": "With 409: the subject's version now."},
        "epoch": {"type": "integer", "description": "With 409 and 410: the feed's epoch."},
        "after": {
            "type": "string",
            "description": "With 409 and 410: the smallest cursor that works.",
        },
    },
}


def response(problem: ProblemError) -> Response:
    """Write a problem as an answer."""
    body = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": int(problem.status),
        "detail": problem.detail,
        **problem.members,
    }
    headers = dict(problem.headers) if problem.headers else None
    return Response(orjson.dumps(body), problem.status, headers, MEDIA_TYPE)


def _sentence(error: Mapping[str, Any]) -> str:
    location: Sequence[object] = error["loc"]
    context = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            rule = f"at least {context['ge']}"
        case "less_than_equal":
            rule = f"at most {context['le']}"
        case "string_pattern_mismatch":
            rule = RULE
        case "literal_error":
            rule = f"one of {context['expected']}"
        case _:
            rule = "a whole number"
    found = ascii(error["input"])
    return (
        f"{location[-1]} must be {rule}; found {found if len(found) <= 80 else found[:77] + '...'}"
    )
