"""Downloaded feeds for tests: pages as serve gives them."""

from __future__ import annotations

from typing import Any

import orjson

from streams.alerts.cloudevent import decode_event
from streams.delivery.feed.cursor import Cursor
from streams.delivery.feed.jsonfeed import PageProofs, json_feed
from streams.delivery.feed.pages import Feeds, Page
from streams.delivery.proofs.live import LiveProofs
from streams.proofs.checkpoint import FeedId

FEED = FeedId("60s", 0, 1)
KEY = ("60s", 0)


def download(texts: list[bytes], proofs: LiveProofs, *, after: int = 0, limit: int = 50) -> bytes:
    """Return the pages of a feed after a number, a line each."""
    feeds = Feeds(len(texts) or 1)
    for text in texts:
        feeds.add(0, decode_event(text), text)
    pages = []
    while True:
        page = feeds.after(KEY, Cursor(1, after), limit)
        assert isinstance(page, Page)
        pages.append(written(page, proofs))
        if not page.has_next:
            return b"\n".join(pages)
        after = page.after.number


def written(page: Page, proofs: LiveProofs) -> bytes:
    """Write a page with proofs."""
    checkpoint, note = proofs.checkpoint(FEED)
    paths = {
        item.feed_no: proofs.item(FEED, item.feed_no, checkpoint.size).path for item in page.items
    }
    base = "http://feed.test"
    return json_feed(
        page, KEY, base_url=base, name="test", limit=50, proofs=PageProofs(note, paths)
    )


def changed(content: bytes, change: Any) -> bytes:
    """Return pages with their items changed: `change` gets all items, and returns them."""
    pages = [orjson.loads(line) for line in content.splitlines()]
    sizes = [len(page["items"]) for page in pages]
    items = change([item for page in pages for item in page["items"]])
    for page, size in zip(pages[:-1], sizes, strict=False):
        page["items"], items = items[:size], items[size:]
    pages[-1]["items"] = items
    return b"\n".join(orjson.dumps(page) for page in pages)
