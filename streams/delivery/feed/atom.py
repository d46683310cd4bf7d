"""A page of a feed as Atom (RFC 4287), for feed readers that do not read JSON Feed.

It has the same items, and the same cursors in its links. The alert as published is in the JSON Feed
only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Final
from xml.etree import ElementTree as Xml

from streams.alerts.cloudevent import decode_event
from streams.delivery.feed.cursor import Cursor
from streams.delivery.feed.jsonfeed import feed_path, tags_of, text_of
from streams.delivery.feed.pages import FeedKey, Item, Page
from streams.printable import printable

MEDIA_TYPE: Final = "application/atom+xml"
NAMESPACE: Final = "http://www.w3.org/2005/Atom"
NO_ITEM_YET: Final = "1970-01-01T00:00:00Z"
"""When a feed was updated that has no item."""

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom_path(key: FeedKey) -> str:
    """Write the path of a feed.

    Examples
    --------
    >>> atom_path(("1h", 0))
    '/feeds/1h/0.atom'
    """
    return f"{feed_path(key).removesuffix('.json')}.atom"


def atom_feed(page: Page, key: FeedKey, *, base_url: str, name: str, limit: int) -> bytes:
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
    """
    group, shard = key
    url = base_url + atom_path(key)
    feed = Xml.Element("feed", xmlns=NAMESPACE)
    _text(feed, "id", _urn(name, f"{group}/{shard}"))
    _text(feed, "title", f"Weathervane {name}: alerts of group {group}, shard {shard}")
    times = [decode_event(item.raw).time for item in page.items]
    _text(feed, "updated", max(times, key=dt.datetime.fromisoformat, default=NO_ITEM_YET))
    _text(Xml.SubElement(feed, "author"), "name", f"Weathervane {name}")
    Xml.SubElement(feed, "link", rel="self", href=url, type=MEDIA_TYPE)
    json_url = base_url + feed_path(key)
    Xml.SubElement(feed, "link", rel="alternate", href=json_url, type="application/feed+json")
    if page.has_next:
        following = f"{url}?after={page.after}&limit={limit}"
        Xml.SubElement(feed, "link", rel="next", href=following, type=MEDIA_TYPE)
    for item in page.items:
        feed.append(_entry(item, page.after.epoch, url))
    written: bytes = Xml.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entry(item: Item, epoch: int, url: str) -> Xml.Element:
    envelope = decode_event(item.raw)
    alert = envelope.alert
    entry = Xml.Element("entry")
    # The id of an event is unique with its source; an entry's must be an IRI.
    _text(entry, "id", _urn(envelope.source, envelope.id))
    _text(entry, "title", printable(alert.summary))
    _text(entry, "updated", envelope.time)
    href = f"{url}?after={Cursor(epoch, item.feed_no - 1)}&limit=1"
    Xml.SubElement(entry, "link", rel="alternate", href=href, type=MEDIA_TYPE)
    for tag in tags_of(alert):
        Xml.SubElement(entry, "category", term=tag)
    _text(entry, "content", text_of(alert))
    return entry


def _text(parent: Xml.Element, name: str, text: str) -> None:
    """Add an element with a text, without the few characters that XML may not have."""
    Xml.SubElement(parent, name).text = _NOT_XML.sub("\ufffd", text)


def _urn(*parts: str) -> str:
    """Name something for ever, whatever the address of the service is: a UUID of version 8.

    Examples
    --------
    >>> _urn("/weathervane/local", "93d8bfd66e47cd97.2")
    'urn:uuid:6bd2f257-978a-89f2-82f5-e3e0dcdc6829'
    """
    digits = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    ends = (digits[:8], digits[8:12], f"8{digits[12:15]}", f"8{digits[15:18]}", digits[18:30])
    return f"urn:uuid:{'-'.join(ends)}"
