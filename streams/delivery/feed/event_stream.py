"""Feeds as they grow, and a feed as a stream of server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.types import Receive, Scope, Send

from streams.delivery.feed.cursor import Cursor
from streams.delivery.feed.pages import FeedKey, Feeds, Page

HEARTBEAT_S: Final = 15
SEND_TIMEOUT_S: Final = 30.0
_BATCH: Final = 100


class LiveFeeds:
    """Feeds that grow: shared by the reader that fills them and the listeners that wait.

    Parameters
    ----------
    feeds
        The feeds.

    Attributes
    ----------
    ready
        Whether everything published before the start has been read.
    waits_for
        Why nothing can be read yet; None where nothing is in the way.
    closing
        Whether the service is stopping; streams end.
    listeners
        How many streams there are.
    """

    def __init__(self, feeds: Feeds) -> None:
        self.feeds = feeds
        self.ready = False
        self.waits_for: str | None = None
        self.closing = False
        self.listeners = 0
        self._news = asyncio.Event()

    def publish(self) -> None:
        """Wake all listeners that wait for `news`."""
        # A new event each time: a later call of `news` waits for what comes later.
        news, self._news = self._news, asyncio.Event()
        news.set()

    def close(self) -> None:
        """End all streams."""
        self.closing = True
        self.publish()

    def leave(self) -> None:
        """Count one stream less."""
        self.listeners -= 1

    async def news(self) -> None:
        """Wait for the next `publish`."""
        await self._news.wait()


async def events(
    live: LiveFeeds, key: FeedKey, cursor: Cursor, may_listen: Callable[[], bool] = lambda: True
) -> AsyncIterator[ServerSentEvent]:
    """Give every item above `cursor`, then each new one, until the service stops.

    The first block has an id and no data. A client keeps the id as its last event id, so that it
    resumes at the right place even if it is cut off before an alert comes. After the last item of
    an epoch come those of the next. The stream of a client so slow that its next item is gone ends;
    the answer to the client's next request says why. So does that of a client which may no longer
    listen: that is asked before each page, and at each heartbeat.
    """
    yield ServerSentEvent(id=str(cursor))
    while not live.closing and may_listen():
        page = live.feeds.after(key, cursor, _BATCH)
        if not isinstance(page, Page):
            return
        for item in page.items:
            at = Cursor(page.after.epoch, item.feed_no)
            yield ServerSentEvent(id=str(at), data=item.raw.decode())
        cursor = page.after
        if not page.items:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_S):
                    await live.news()


class EventStream(EventSourceResponse):
    """A stream of `events` that calls `on_end` when it is over, however it ends."""

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
