"""A page of a feed as JSON Feed 1.1."""

from __future__ import annotations

import base64
from typing import Any, Final
from urllib.parse import quote

import msgspec
import orjson

from streams.alerts.cloudevent import Alert, decode_event
from streams.delivery.feed.cursor import PATTERN, Cursor
from streams.delivery.feed.pages import FeedKey, Item, Page
from streams.printable import printable
from streams.proofs.tree import leaf_hash

MEDIA_TYPE: Final = "application/feed+json"

_ABOUT = (
    "An item's cloudevent is the alert as published. Items are numbered by feed_no; gaps are"
    " numbers that were never published; ask with ?after=<after> for what comes next. With a new"
    " epoch numbers begin again at 1."
)

_ABOUT_VIEW = (
    "An item's cloudevent is the alert as published, without what names others: left_out says so."
    " These are the items of your view; numbers between them are of others. Ask with"
    " ?after=<after> for what comes next. With a new epoch numbers begin again at 1."
)

_NUMBER: Final = {"type": "integer", "minimum": 0}
_NUMBER_OR_NULL: Final = {"type": ["integer", "null"], "minimum": 1}
_TEXT: Final = {"type": "string"}
_CURSOR: Final = {"type": "string", "pattern": PATTERN}
_URL: Final = {"type": "string", "format": "uri"}
_HASH: Final = {"type": "string", "contentEncoding": "base64"}

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["version", "title", "feed_url", "items", "_weathervane"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": _TEXT,
        "description": _TEXT,
        "feed_url": _URL,
        "next_url": {**_URL, "description": "Present where more can be read at once."},
        "_weathervane": {
            "type": "object",
            "required": ["group", "shard", "epoch", "after", "oldest", "newest", "gaps"],
            "properties": {
                "about": _TEXT,
                "group": _TEXT,
                "shard": _NUMBER,
                "epoch": {"type": "integer", "minimum": 1},
                "after": {**_CURSOR, "description": "The cursor to go on from."},
                "checkpoint": {
                    "type": ["string", "null"],
                    "description": "With proof: the signed note that the items' proofs lead to;"
                    " null where the epoch has no item yet.",
                },
                "oldest": _NUMBER_OR_NULL,
                "newest": _NUMBER_OR_NULL,
                "gaps": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["first", "last"],
                        "properties": {"first": _NUMBER, "last": _NUMBER},
                    },
                },
            },
        },
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "url", "title", "content_text", "date_published"],
                "properties": {
                    "id": _TEXT,
                    "url": _URL,
                    "title": _TEXT,
                    "content_text": _TEXT,
                    "date_published": {"type": "string", "format": "date-time"},
                    "tags": {"type": "array", "items": _TEXT},
                    "_weathervane": {
                        "type": "object",
                        "required": ["feed_no", "leaf_hash", "cloudevent"],
                        "properties": {
                            "feed_no": _NUMBER,
                            "leaf_hash": {
                                **_HASH,
                                "description": "RFC 6962's hash of the bytes that were published:"
                                " those of cloudevent, unless left_out names something.",
                            },
                            "proof": {"type": "array", "items": _HASH},
                            "cloudevent": {"type": "object"},
                            "left_out": {"type": "array", "items": _TEXT},
                        },
                    },
                },
            },
        },
    },
}
"""The JSON schema of what `json_feed` writes, for the HTTP service's description."""


def feed_path(key: FeedKey) -> str:
    """Write the path of a feed.

    Examples
    --------
    >>> feed_path(("1h", 0))
    '/feeds/1h/0.json'
    """
    group, shard = key
    return f"/feeds/{quote(group, safe='')}/{shard}.json"


class PageProofs(msgspec.Struct, frozen=True):
    """What proves a page's items.

    Attributes
    ----------
    checkpoint
        The signed note; None where the epoch has no item yet.
    paths
        By number: hashes from the item's leaf to the root.
    """

    checkpoint: str | None
    paths: dict[int, list[bytes]]


def json_feed(
    page: Page,
    key: FeedKey,
    *,
    base_url: str,
    name: str,
    limit: int,
    proofs: PageProofs | None = None,
) -> bytes:
    """Write a page.

    Parameters
    ----------
    page, key
        The page, and the feed that it is of.
    base_url
        The address of the service, with no slash at its end.
    name
        The configuration's name, for the title.
    limit
        The page size asked for, so that the next page has the same.
    proofs
        What proves the items, where that is asked for.
    """
    group, shard = key
    url = base_url + feed_path(key)
    head: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"Weathervane {name}: alerts of group {group}, shard {shard}",
        "description": "Bursts of messages and complaints, by number. Each item is one revision.",
        "feed_url": url,
    }
    if page.has_next:
        asked = "" if proofs is None else "&proof=true"
        head["next_url"] = f"{url}?after={page.after}&limit={limit}{asked}"
    head["_weathervane"] = {
        "about": _ABOUT if page.whole else _ABOUT_VIEW,
        "group": group,
        "shard": shard,
        "epoch": page.after.epoch,
        "after": str(page.after),
        "oldest": page.oldest,
        "newest": page.newest,
        "gaps": [{"first": gap.first, "last": gap.last} for gap in page.gaps],
    }
    if proofs is not None:
        head["_weathervane"]["checkpoint"] = proofs.checkpoint
    head["items"] = [_item(item, page.after.epoch, url, proofs) for item in page.items]
    return orjson.dumps(head)


def _item(item: Item, epoch: int, url: str, proofs: PageProofs | None) -> dict[str, Any]:
    raw = item.raw
    envelope = decode_event(raw)
    alert = envelope.alert
    left_out = {"left_out": item.left_out} if item.left_out else {}
    proved: dict[str, Any] = {"leaf_hash": _text(item.leaf or leaf_hash(raw))}
    if proofs is not None:
        proved["proof"] = [_text(each) for each in proofs.paths[item.feed_no]]
    return {
        "id": envelope.id,
        "url": f"{url}?after={Cursor(epoch, item.feed_no - 1)}&limit=1",
        "title": printable(alert.summary),
        "content_text": text_of(alert),
        "date_published": envelope.time,
        "tags": tags_of(alert),
        # The bytes as published, not a copy that might differ from them.
        "_weathervane": {
            "feed_no": item.feed_no,
            **proved,
            "cloudevent": orjson.Fragment(raw),
            **left_out,
        },
    }


def _text(hashed: bytes) -> str:
    return base64.b64encode(hashed).decode()


def tags_of(alert: Alert) -> list[str]:
    """Return the words by which readers sort items."""
    tags = [alert.state, alert.severity, alert.entity.level, alert.signal, alert.kind]
    return [tag for tag in tags if tag]


def text_of(alert: Alert) -> str:
    """Return an item's text: the sentence, and the figures behind it."""
    reason = f" ({alert.reason})" if alert.reason else ""
    messages = "" if alert.exposure is None else f" for {alert.exposure:,.0f} messages"
    return (
        f"{printable(alert.summary)}\n\n"
        f"Observed {alert.observed:g}, expected {alert.expected:g}{messages},"
        f" {alert.ratio:.3g} times."
        f" Evidence {alert.evidence_nats:.3g} nats, threshold {alert.threshold_nats:.3g}.\n"
        f"Since {alert.onset}; last alarmed bucket {alert.last_bucket}.\n"
        f"Alert {alert.alert_id}, revision {alert.revision}: {alert.state}{reason},"
        f" {alert.severity}."
    )
