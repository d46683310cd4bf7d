"""A leap second on a topic: msgspec refuses the second 60, which RFC 3339 allows.

Files read it by `streams.sources.times.times`. Here as there, it is the next minute's first second.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress

import msgspec

_FIELDS = ("event_time", "occurred_at", "through")
_SECOND_60 = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:)60([.Zz+-].*)", re.ASCII)
_any = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def without_leap_seconds(value: bytes) -> bytes | None:
    """Return a record with times in which no second is 60; None where it has no such time.

    Examples
    --------
    >>> without_leap_seconds(b'{"event_time":"2016-12-31T23:59:60.5Z"}')
    b'{"event_time":"2017-01-01T00:00:00.500000+00:00"}'
    >>> without_leap_seconds(b'{"event_time":"2016-12-31T23:59:61Z"}')
    """
    try:
        document = _any(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    times = {}
    for field in _FIELDS:
        text = document.get(field)
        found = _SECOND_60.fullmatch(text) if isinstance(text, str) else None
        if found is not None:
            with suppress(msgspec.ValidationError, OverflowError):
                before = msgspec.convert(f"{found[1]}59{found[2]}", dt.datetime)
                times[field] = (before + dt.timedelta(seconds=1)).isoformat()
    return _encode({**document, **times}) if times else None
