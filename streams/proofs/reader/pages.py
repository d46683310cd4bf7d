"""A downloaded feed: pages of JSON Feed with proofs, one after the other."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from streams.printable import printable
from streams.proofs.checkpoint import FeedId
from streams.proofs.tree import leaf_hash


class NotPages(ValueError):
    """A file holds no pages with proofs; the message says why."""


class _AboutJson(msgspec.Struct):
    feed_no: int
    cloudevent: msgspec.Raw
    leaf_hash: str = ""
    proof: list[str] | None = None


class _ItemJson(msgspec.Struct):
    about: _AboutJson = msgspec.field(name="_weathervane")
    id: str = ""
    title: str = ""
    content_text: str = ""
    date_published: str = ""


class _HeadJson(msgspec.Struct):
    group: str
    shard: int
    epoch: int
    after: str
    oldest: int | None = None
    checkpoint: str | None = None


class _PageJson(msgspec.Struct):
    head: _HeadJson = msgspec.field(name="_weathervane")
    items: list[_ItemJson]
    next_url: str | None = None


class _DataJson(msgspec.Struct):
    feed_no: int
    group: str
    epoch: int = 1
    summary: str = ""
    config: str = ""


class _EventJson(msgspec.Struct):
    id: str
    time: str
    data: _DataJson


class PageItem(msgspec.Struct, frozen=True):
    """An item of a page.

    Attributes
    ----------
    said
        The number that stands beside the alert.
    number
        The number in the alert itself; None where that cannot be read.
    raw, leaf
        The alert's bytes, and their hash.
    path
        The hashes that came as its proof.
    faults
        What stands beside the alert and is not what the alert says.
    config
        The hash of the configuration that it was made by.
    """

    said: int
    number: int | None
    raw: bytes
    leaf: bytes
    path: list[bytes]
    faults: list[str]
    config: str = ""


class ReadPage(msgspec.Struct, frozen=True):
    """A page.

    Attributes
    ----------
    feed
        The feed that it says it is of.
    checkpoint
        Its note; None where the epoch had no item.
    oldest
        The oldest number that the server still had.
    after
        The cursor to go on from.
    has_next
        Whether more could be read at once.
    items
        Its items.
    """

    feed: FeedId
    checkpoint: str | None
    oldest: int | None
    after: str
    has_next: bool
    items: list[PageItem]


_page = msgspec.json.Decoder(_PageJson)
_event = msgspec.json.Decoder(_EventJson)


def read_page(content: bytes) -> ReadPage:
    """Read one page.

    Raises
    ------
    NotPages
        Where it is none.
    """
    try:
        page = _page.decode(content)
    except (ValueError, RecursionError) as error:
        raise NotPages(f"a page must be JSON Feed as serve gives it; {error}") from None
    head = page.head
    feed = FeedId(head.group, head.shard, head.epoch)
    items = [_read(item, feed) for item in page.items]
    return ReadPage(
        feed, head.checkpoint, head.oldest, head.after, page.next_url is not None, items
    )


def read_pages(content: bytes) -> list[ReadPage]:
    """Read a file of pages, one after the other.

    Raises
    ------
    NotPages
        Where it holds something else.
    """
    pages = [read_page(each) for each in _documents(content)]
    if not pages:
        raise NotPages("a file must hold a page of a feed; it is empty")
    if all(page.checkpoint is None for page in pages):
        raise NotPages("pages must have been asked for with proof=true; these have no checkpoint")
    return pages


def _documents(content: bytes) -> Iterator[bytes]:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise NotPages(f"a file must be UTF-8; byte {error.start} is not") from None
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise NotPages(f"a file must hold JSON, page after page; {error}") from None
        yield text[at:end].encode()
        at = end


def _read(item: _ItemJson, feed: FeedId) -> PageItem:
    raw = bytes(item.about.cloudevent)
    faults: list[str] = []
    try:
        event = _event.decode(raw)
    except (ValueError, RecursionError):
        event = None
    leaf = leaf_hash(raw)
    path = _hashes(item.about.proof)
    if event is not None:
        found: list[tuple[str, Any, Any]] = [
            ("feed_no", item.about.feed_no, event.data.feed_no),
            ("id", item.id, event.id),
            ("date_published", item.date_published, event.time),
            ("leaf_hash", item.about.leaf_hash, base64.b64encode(leaf).decode()),
        ]
        faults = [name for name, said, is_so in found if said != is_so]
        title = printable(event.data.summary)
        if item.title != title:
            faults.append("title")
        if not item.content_text.startswith(f"{title}\n"):
            faults.append("content_text")
        if (event.data.group, event.data.epoch) != (feed.group, feed.epoch):
            faults.append("group or epoch")
    return PageItem(
        said=item.about.feed_no,
        number=None if event is None else event.data.feed_no,
        raw=raw,
        leaf=leaf,
        path=path or [],
        faults=faults + ([] if path is not None else ["proof"]),
        config="" if event is None else event.data.config,
    )


def _hashes(texts: list[str] | None) -> list[bytes] | None:
    try:
        return None if texts is None else [base64.b64decode(each, validate=True) for each in texts]
    except (binascii.Error, ValueError):
        return None
