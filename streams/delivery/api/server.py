"""Serve's HTTP server: the port, the certificate, and the first token."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import socket
import time
from collections.abc import Callable, Generator
from typing import Final

import uvicorn

from streams.access.door import is_loopback
from streams.config.model import Config
from streams.delivery.access.certificate import CertificateProblem, load_certificate, renew
from streams.delivery.access.first_token import first_token
from streams.delivery.access.users_topic import NotKept
from streams.delivery.api.application import build_application
from streams.delivery.feed.connection_limits import bounded
from streams.delivery.served_parts import ServedParts

STOP_WITHIN_S: Final = 3
_LOOK_S: Final = 0.1
_AGAIN_AFTER_S: Final = 5.0
_log = logging.getLogger(__name__)


class ServeError(Exception):
    """The process cannot start or cannot go on; the message says why, and what to do."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # The process stops HTTP together with the rest; uvicorn would raise the signal again.
        yield


class HttpServer:
    """Answers HTTP from the start on, so that readiness can say what is waited for.

    Parameters
    ----------
    config
        The configuration.
    parts
        What it answers from.

    Raises
    ------
    ServeError
        Where the certificate cannot be used.
    """

    def __init__(self, config: Config, parts: ServedParts) -> None:
        self._config, self._users = config, parts.users
        if config.serve.tls is not None:
            try:
                load_certificate(config.serve.tls)
            except CertificateProblem as error:
                raise ServeError(str(error)) from None
        _, gate = build_application(config, parts, now=_now, monotonic_s=time.monotonic)
        self._limits = bounded(gate, stop_within_s=STOP_WITHIN_S, tls=config.serve.tls)

    async def run(self, listener: socket.socket) -> None:
        """Answer until cancelled."""
        server, tls = _Server(self._limits), self._config.serve.tls
        host, port = listener.getsockname()[:2]
        at = f"{'http' if tls is None else 'https'}://{f'[{host}]' if ':' in host else host}"
        _log.info("feeds at %s:%d/feeds", at, port)
        renewing = asyncio.create_task(renew(self._limits, tls), name="certificate")
        serving = asyncio.create_task(server.serve([listener]))
        try:
            await asyncio.shield(serving)
        finally:
            renewing.cancel()
            server.should_exit = True
            await serving

    async def make_way_in(self, announce: Callable[[str], None]) -> None:
        """Make a first token where nobody could come in; then wait for ever.

        Parameters
        ----------
        announce
            Takes it, once.
        """
        serve = self._config.serve
        while not (is_loopback(serve.host) or serve.proxy):
            await asyncio.sleep(_LOOK_S)
            if self._users.problem is not None:
                continue
            try:
                secret = await first_token(self._users, _now())
            except NotKept as error:
                _log.error("no first token can be made now: %s", error)
                await asyncio.sleep(_AGAIN_AFTER_S)
                continue
            if secret is not None:
                announce(secret)
            break
        await asyncio.Event().wait()


def listen(host: str, port: int) -> socket.socket:
    """Take the port.

    Raises
    ------
    ServeError
        Where it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ServeError(
            f"serve.port must be a free port of serve.host; {host}:{port} cannot be had"
            f" ({error.strerror}): set serve.port or --port to another, or stop what listens there"
        ) from None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
