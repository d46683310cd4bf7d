"""A feed as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.types import Receive, Scope, Send

from streams.delivery.feed.live import Live
from streams.delivery.feed.pages import FeedKey, Gone

HEARTBEAT_S: Final = 15
SEND_TIMEOUT_S: Final = 30.0
_BATCH: Final = 100


async def events(live: Live, key: FeedKey, cursor: int) -> AsyncIterator[ServerSentEvent]:
    """Give every item above `cursor`, then each new one, until the service stops.

    The first block has an id and no data: a client keeps it as its last event id and
    dispatches nothing, so that it resumes rightly even if no alert comes before it is
    cut off. A client so slow that its next item is gone is let go; the answer to its
    next attempt tells it so.
    """
    yield ServerSentEvent(id=str(cursor))
    while not live.closing:
        page = live.feeds.after(key, cursor, _BATCH)
        if isinstance(page, Gone):
            return
        for item in page.items:
            yield ServerSentEvent(id=str(item.feed_no), data=item.raw.decode())
        cursor = page.after
        if not page.items:
            await live.news()


class EventStream(EventSourceResponse):
    """A stream of `events` that tells when it is over, however it ends."""

    def __init__(
        self, content: AsyncIterator[ServerSentEvent], *, on_end: Callable[[], None]
    ) -> None:
        super().__init__(content, ping=HEARTBEAT_S, send_timeout=SEND_TIMEOUT_S)
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._on_end()
