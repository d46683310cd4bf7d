"""Threads for calls that wait on others, such as looking up a receiver's host.

asyncio's own executor has a few threads and waits for them when the program ends. Some receivers
whose names are looked up for half a minute would take them all, and hold up the others and a stop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class WaitingThreads(ThreadPoolExecutor):
    """Gives each call a thread of its own, which the end of the program does not wait for."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Begin a call."""
        future: Future[Any] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=call, name="waiting", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave what is still waiting alone."""
