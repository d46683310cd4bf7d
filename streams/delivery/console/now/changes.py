"""The stream that says that something has changed, and no more: a page then asks for what it shows.

So nobody misses a change, whatever was lost: the next number, and each new connection, lead to the
whole of what is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from sse_starlette.event import ServerSentEvent

LOOK_S: Final = 0.1
"""How often a stream looks."""

PULSE_S: Final = 0.3
"""How long a number stands, whatever changes: so often is a view rendered anew at most."""

ASK_S: Final = 15.0
"""How often it asks whether whoever listens still may."""


class Pulse:
    """A number that stands for a moment, so that all pages ask about the same one.

    Parameters
    ----------
    number
        Changes with whatever pages show.
    """

    def __init__(self, number: Callable[[], int]) -> None:
        self._number = number
        self._stands = number()
        self._until_s = 0.0

    def __call__(self) -> int:
        """Return the number as it was a moment ago, at most."""
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._until_s:
            self._until_s = now_s + PULSE_S
            self._stands = self._number()
        return self._stands


async def changes(
    number: Callable[[], int],
    goes_on: Callable[[], bool],
    may_listen: Callable[[], bool],
) -> AsyncIterator[ServerSentEvent]:
    """Give a number at once, and whenever it is another one.

    Parameters
    ----------
    number
        Changes with whatever pages show.
    goes_on
        Whether the service does.
    may_listen
        Whether whoever listens still may; asked now and then.
    """
    sent: int | None = None
    looks = 0
    while goes_on():
        if looks % round(ASK_S / LOOK_S) == 0 and not may_listen():
            return
        now = number()
        if now != sent:
            sent = now
            yield ServerSentEvent(data=str(now))
        looks += 1
        await asyncio.sleep(LOOK_S)
