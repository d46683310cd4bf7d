"""What of a request says who asks: its headers, and of a form the field that proves its page."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.types import Message, Receive, Scope

from streams.access.door import Asked
from streams.delivery.feed.connection_limits import body_problem

CSRF_FIELD: Final = "csrf"
"""The field of each form that repeats what X-CSRF-Token would say."""

MOST_FIELDS: Final = 5000
"""Fields of a form; one of more is none."""

_FORM: Final = "application/x-www-form-urlencoded"


def asked_of(scope: Scope, body: bytes = b"") -> Asked:
    """Return what of a request says who asks.

    Parameters
    ----------
    scope
        The request.
    body
        The body of a form; empty of all others.
    """
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    peer: Any = scope.get("client")
    sent = fields_of(body).get(CSRF_FIELD, [])
    csrf = sent[0] if len(sent) == 1 else None
    return Asked(scope["method"], scope["scheme"], peer[0] if peer else "", headers, csrf)


def fields_of(body: bytes) -> dict[str, list[str]]:
    """Return the values of each field of a form; none where it is not to be read.

    Examples
    --------
    >>> fields_of(b"alert=1&alert=2&text=%E7%9F%AD")
    {'alert': ['1', '2'], 'text': ['短']}
    """
    fields: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return fields
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


async def form_body(scope: Scope, receive: Receive) -> tuple[bytes, Receive]:
    """Read a form's body, and return it with what gives it once more.

    A body that is no form, is large, or does not say its size is left unread.
    """
    headers = {name.lower(): value for name, value in scope["headers"]}
    kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if kind != _FORM or b"content-length" not in headers or body_problem(scope) is not None:
        return b"", receive
    body, is_whole = b"", False
    while not is_whole:
        message = await receive()
        if message["type"] != "http.request":
            return b"", _first(message, receive)
        body += message.get("body", b"")
        is_whole = not message.get("more_body", False)
    return body, _first({"type": "http.request", "body": body, "more_body": False}, receive)


def _first(message: Message, receive: Receive) -> Receive:
    waiting = [message]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
