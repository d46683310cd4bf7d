"""Serve's application at a port of this machine, in a thread of its own, with a loop of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

import uvicorn

from streams.alerts.cloudevent import decode_event
from streams.delivery.feed.connection_limits import bounded
from tests.delivery.access.serving import Served

_T = TypeVar("_T")


class Desk:
    """A serve that a browser can open.

    Parameters
    ----------
    served
        The application, and what it holds.

    Attributes
    ----------
    served
        As given. Once it runs, change it in its own thread only: by `do`.
    url
        Its address.
    """

    def __init__(self, served: Served) -> None:
        self.served = served
        self._server = uvicorn.Server(bounded(served.gate, stop_within_s=1, tls=None))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.do(self.served.live.close)
        self._server.should_exit = True
        self._thread.join()

    def do(self, what: Callable[[], _T]) -> _T:
        """Call something in serve's thread, and wait for what it returns."""

        async def called() -> _T:
            return what()

        return self.wait_for(called())

    def wait_for(self, what: Awaitable[_T]) -> _T:
        """Wait for something that serve's loop does."""

        async def awaited() -> _T:
            return await what

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result()

    def publish(self, *alerts: bytes) -> None:
        """Let alerts come, as the topic's reader does: feeds, board, and word to who listens."""

        def came() -> None:
            for raw in alerts:
                envelope = decode_event(raw)
                self.served.live.feeds.add(0, envelope, raw)
                self.served.board.take(envelope, raw, self.served.clock.day.timestamp())
            self.served.live.publish()

        self.do(came)

    def _run(self) -> None:
        with self._listener, asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._server.serve([self._listener]))
