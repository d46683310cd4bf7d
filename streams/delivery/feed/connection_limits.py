"""Limits of the HTTP service: how many connections, how much time and how many bytes.

uvicorn limits a request's head, and drops a connection that is idle between two requests. It sets
no limit to the time of a request or of reading an answer, nor to the number of connections. So a
few hundred slow clients could keep everybody else out.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

import h11
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from streams.config.addresses.access import TlsTable
from streams.delivery.feed.problem import ProblemError, response

MAX_CONNECTIONS: Final = 512
"""Requests on further connections are answered 503; so are health checks."""

MOST_REFUSED: Final = 64
"""So many connections beyond these are answered; further ones are closed."""

REQUEST_S: Final = 10.0
"""How long a request may take to arrive."""

ANSWER_S: Final = 60.0
"""How long an answer may wait for a client that does not read it."""

IDLE_S: Final = 5
MAX_HEAD_BYTES: Final = 16_384
MAX_BODY_BYTES: Final = 65_536


class BoundedProtocol(H11Protocol):
    """uvicorn's protocol, with limits to the number of connections and to their time.

    Attributes
    ----------
    request_s, answer_s, most_connections
        `REQUEST_S`, `ANSWER_S`, and with how many connections a further one is closed.
    """

    request_s = REQUEST_S
    answer_s = ANSWER_S
    most_connections = MAX_CONNECTIONS + MOST_REFUSED
    _arrives: asyncio.TimerHandle | None = None
    _is_read: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, unless there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take bytes, and note whether they complete a request."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """End an answer: the next request may begin."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        if self._is_read is None:
            self._is_read = self.loop.call_later(self.answer_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        super().resume_writing()
        if self._is_read is not None:
            self._is_read.cancel()
            self._is_read = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and stop waiting for the client."""
        for timer in (self._arrives, self._is_read):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Wait for a request as long as it may take; stop waiting once it has arrived."""
        awaited = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if awaited and self._arrives is None:
            self._arrives = self.loop.call_later(self.request_s, self.transport.abort)
        elif not awaited and self._arrives is not None:
            self._arrives.cancel()
            self._arrives = None


def body_problem(scope: Scope) -> ProblemError | None:
    """Say why a request is not read: its body is large, or it does not say its size.

    Parameters
    ----------
    scope
        The request.
    """
    headers = dict(scope["headers"])
    size = headers.get(b"content-length", b"0")
    if b"transfer-encoding" not in headers and size.isdigit() and int(size) <= MAX_BODY_BYTES:
        return None
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"a body must be at most {MAX_BODY_BYTES} bytes, and its Content-Length be given",
        headers={"Connection": "close"},
    )


class BodyLimit:
    """Refuses a request whose body is large, or whose size it does not say."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on."""
        found = body_problem(scope) if scope["type"] == "http" else None
        await (self._app if found is None else response(found))(scope, receive, send)


def bounded(app: ASGIApp, *, stop_within_s: int, tls: TlsTable | None = None) -> uvicorn.Config:
    """Configure a server of `app` with these limits."""
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        # uvicorn would take a proxy's word for who asks, and for the scheme.
        proxy_headers=False,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
        access_log=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=IDLE_S,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        timeout_graceful_shutdown=stop_within_s,
    )
