"""Records as a raw topic holds them, to be bent by the tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
from hypothesis import strategies as st

from streams.config.load import parse_config

SOURCES = parse_config({}).sources
WRITTEN = dt.datetime(2026, 11, 11, 0, 0, 30, tzinfo=dt.UTC).timestamp()
"""When the records were written to Kafka."""

SEND: dict[str, Any] = {
    "v": 1,
    "type": "send",
    "event_id": "gw-1-000000123456",
    "event_time": "2026-11-11T00:00:01.5Z",
    "channel": "sms",
    "sender": {"id": "106900012345", "signature": "淘宝商城", "platform": "Mall"},
    "count": 3,
    "message_id": "m-1",
    "consent": "none",
    "source": "gw-1",
}
COMPLAINT: dict[str, Any] = {
    "v": 1,
    "type": "complaint",
    "event_id": "c-1",
    "event_time": "2026-11-11T08:00:01+08:00",
    "occurred_at": "2026-11-10T21:00:00+08:00",
    "channel": "sms",
    "sender": {"id": None, "platform": "Mall"},
    "kind": "marketing",
    "region": "330100",
    "source": "12321",
}


def record(base: dict[str, Any], **changes: Any) -> bytes:
    """Make a record of `base` with fields changed; an ellipsis leaves a field out."""
    changed = {k: v for k, v in {**base, **changes}.items() if v is not ...}
    return orjson.dumps(changed)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid record with bytes replaced, cut out and put in."""
    value = bytearray(record(draw(st.sampled_from([SEND, COMPLAINT]))))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(value)))
        to = min(len(value), at + draw(st.integers(0, 12)))
        value[at:to] = draw(
            st.binary(max_size=8) | st.sampled_from([b'"', b"\\u0000", b"{", b"-9e9"])
        )
    return bytes(value)
