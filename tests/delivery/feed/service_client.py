"""The HTTP service in this process, without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from streams.alerts.cloudevent import decode_event
from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.feed.pages import Feeds
from streams.delivery.feed.service import build_service
from streams.delivery.proofs.live import LiveProofs

FEED = "/feeds/1d-Asia-Shanghai/0.json"
EVENTS = "/feeds/1d-Asia-Shanghai/0/events"


def live_with(*texts: bytes, keep: int = 100) -> LiveFeeds:
    """A service's feeds that have been read in full."""
    live = LiveFeeds(Feeds(keep))
    for text in texts:
        live.feeds.add(0, decode_event(text), text)
    live.ready = True
    return live


@asynccontextmanager
async def client(
    live: LiveFeeds, proofs: LiveProofs | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service on those feeds."""
    expected = [("1d-Asia-Shanghai", 0), ("60s", 0)]
    app = build_service(live, name="test", expected=expected, proofs=proofs)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://feed.test:8780") as one:
        yield one
