"""The body of a request: JSON of a form, or a problem that says what is wrong with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from fastapi import Request

from streams.delivery.feed.problem import ProblemError

_Form = TypeVar("_Form")


async def json_body(request: Request, decoder: msgspec.json.Decoder[_Form]) -> _Form:
    """Read the body of a request.

    Raises
    ------
    ProblemError
        Where it is no such JSON; what is said holds nothing of a text in it.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        # Pages of others can send forms and plain text without being asked.
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json"
        )
    try:
        return decoder.decode(await request.body())
    except msgspec.ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "the body must be JSON") from None


def documented_body(schema: dict[str, Any]) -> dict[str, Any]:
    """Describe a body for OpenAPI."""
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}
