"""Alerts in a form that takes little memory, for processes that hold many. Pure.

All alerts have the same keys, so what an alert is compressed by is a whole one. The form is stored
nowhere.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Final

_WINDOW: Final = -12
"""The window's size as a power of two, negative for no header: an alert with the dictionary."""

_DICTIONARY: Final = (
    b'"moved_to":null,"successors":null,"looks_like":"belongs_to":{"signature":["platform":["'
    b"category: back to normal after Sends, complaints of platform, signature burst: where were"
    b'expected.","state":"resolved","retracted","early","updated","critical","summary":"All senders'
    b' together: {"specversion":"1.0","id":"0000000000000001.1","source":"/weathervane/","type":'
    b'"weathervane.alert.opened","subject":"sender/1069","time":"2026-03-02T00:00:00+08:00",'
    b'"datacontenttype":"application/json","data":{"v":2,"alert_id":"0000000000000001","revision":1'
    b',"group":"1d-Asia-Shanghai","epoch":1,"feed_no":1,"state":"open","entity":{"level":"sender",'
    b'"id":"1069"},"signal":"complaints","kind":null,"detector":"esr","severity":"warning","onset":'
    b'"2026-03-01T00:00:00+08:00","first_bucket":"2026-03-01T00:00:00+08:00","last_bucket":"2026-03'
    b'-01T00:00:00+08:00","bucket_s":86400,"observed":52,"expected":3.1,"exposure":null,"ratio":16,'
    b'"evidence_nats":61.5,"threshold_nats":9.2,"parent":null,"summary":"Complaints about sender 10'
    b'69 burst: 52 where 3.1 were expected.","config":"0123456789ab"}}'
)


@lru_cache(maxsize=64)
def packed(raw: bytes) -> bytes:
    """Return an alert's bytes, compressed; the same object where it was packed just before.

    Examples
    --------
    >>> unpacked(packed(b'{"specversion":"1.0"}'))
    b'{"specversion":"1.0"}'
    """
    squeezer = zlib.compressobj(1, zlib.DEFLATED, _WINDOW, 4, zdict=_DICTIONARY)
    return squeezer.compress(raw) + squeezer.flush()


def unpacked(small: bytes) -> bytes:
    """Return the bytes that were packed."""
    return zlib.decompressobj(_WINDOW, zdict=_DICTIONARY).decompress(small)
