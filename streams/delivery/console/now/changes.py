"""The stream that says that something has changed, and no more: a page then asks for what it shows.

So nobody misses a change, whatever was lost: the next number, and each new connection, lead to the
whole of what is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from sse_starlette.event import ServerSentEvent

LOOK_S: Final = 0.2
"""How often a stream looks: so much later a page may learn of a change."""

ASK_S: Final = 15.0
"""How often it asks whether whoever listens still may."""


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
