"""The feeds as they grow: who waits for news is woken, and all are let go at the end."""

from __future__ import annotations

import asyncio

from streams.delivery.feed.pages import Feeds


class Live:
    """Feeds shared by the reader that fills them and the readers that wait.

    Attributes
    ----------
    ready
        Whether everything published before the start has been read.
    closing
        Whether the service is stopping; streams end.
    listeners
        How many streams there are.
    """

    def __init__(self, feeds: Feeds) -> None:
        self.feeds = feeds
        self.ready = False
        self.closing = False
        self.listeners = 0
        self._news = asyncio.Event()

    def publish(self) -> None:
        """Wake all who wait for `news`."""
        # A new event each time: whoever asks later waits for what comes later.
        news, self._news = self._news, asyncio.Event()
        news.set()

    def close(self) -> None:
        """Let go all who wait."""
        self.closing = True
        self.publish()

    def leave(self) -> None:
        """Count one stream less."""
        self.listeners -= 1

    async def news(self) -> None:
        """Wait for the next `publish`."""
        await self._news.wait()
