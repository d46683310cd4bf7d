"""Events decoded together are those that each would be alone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.items import Sender
from streams.sources.event_json import Decoder
from tests.sources.raw import COMPLAINT, SEND, SOURCES, WRITTEN, mutated, record
from tests.sources.together import assert_same

NAMES = ["event_id", "source", "message_id", "campaign", "status"]


def _alike(values: list[bytes], kind: str, written_s: list[float]) -> bool:
    """Whether records are decoded together, to what each alone is; raises where not to that."""
    decoder = Decoder(SOURCES[kind])
    together = decoder.decode_all(values, written_s)
    if together is None:
        return False
    alone = [decoder.decode(*each) for each in zip(values, written_s, strict=True)]
    assert_same(together, alone)
    assert bool(together.ids) is SOURCES[kind].dedupe
    return True


@pytest.mark.parametrize(
    "sender",
    [
        {"id": "a"},
        {"id": "b", "platform": "Mall"},
        {"id": "c", "unknown": 1},
        {"id": "d", "access_code": "1069"},
        {"id": "e", "account": "f", "merchant": "g"},
    ],
)
@pytest.mark.parametrize(("kind", "base"), [("sends", SEND), ("complaints", COMPLAINT)])
def test_plain_records_are_decoded_together(
    kind: str, base: dict[str, Any], sender: dict[str, Any]
) -> None:
    """What makes it fast is used, for whatever is told of a sender."""
    plain = record(base, sender={"id": "a"})
    assert _alike([plain, record(base, sender=sender), plain], kind, [WRITTEN] * 3)


@pytest.mark.parametrize("first", [{"id": "a"}, {"id": "a", "platform": "Mall"}])
def test_a_send_without_a_sender_is_looked_at_by_itself(first: dict[str, Any]) -> None:
    """Whatever the others of its batch name: by itself it is refused."""
    values = [record(SEND, sender=first), record(SEND, sender={"id": None, "platform": "Mall"})]
    assert not _alike(values, "sends", [WRITTEN] * 2)


_SENDERS = [
    {"id": "a"},
    *({"id": "a", field: "b"} for field in Sender.__struct_fields__ if field != "id"),
    {"id": "b", "platform": "Mall"},
    {"id": "c", "unknown": {"id": "d"}},
    {"id": "\u5546" * 85},
    {"id": "\u5546" * 86},
    {"id": "a" * 256},
    {"id": "a" * 257},
    {"id": "a\u0085"},
    {"id": ""},
    {"id": None},
    {"id": 7},
    {},
    None,
    "a",
]
_SENT = st.sampled_from(_SENDERS).map(lambda sender: record(SEND, sender=sender))
_TWICE = st.tuples(st.sampled_from(_SENDERS), st.sampled_from(_SENDERS)).map(
    lambda two: record(SEND, sender=two[0])[:-1] + b',"sender":' + orjson.dumps(two[1]) + b"}"
)
_TIMED = st.sampled_from(
    [
        "1999-12-31T23:59:59.999Z",
        "2026-11-11T00:00:01",
        "2026-11-11T08:00:01+08:00",
        "2026-11-10T23:59:60Z",
        "2026-12-11T00:00:01Z",
        "2300-01-01T00:00:00Z",
    ]
).map(lambda time: record(SEND, event_time=time))
_LONG = st.sampled_from(NAMES).map(lambda name: record(SEND, **{name: "\u5546" * 90}))
_HASHED = st.sampled_from(["ab12" * 4, "AB12" * 8, "8613800138000", "a@b.example", 1, None]).map(
    lambda person: record(SEND, recipient_hash=person)
)
_OCCURRED = st.sampled_from(
    ["2026-11-11T00:00:01Z", "2026-11-11T00:00:02Z", "1900-01-01T00:00:00Z", "2026-11-10T00:00:00"]
).map(lambda time: record(COMPLAINT, occurred_at=time))
_TYPED = st.sampled_from(["send", "end", "complaint", None, ...]).map(
    lambda kind: record(SEND, type=kind)
)
_GOOD = st.sampled_from([record(SEND), record(SEND, sender={"id": "a"})])


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        _GOOD | _SENT | _TWICE | _TYPED | _TIMED | _LONG | _HASHED | _OCCURRED | mutated(),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["sends", "complaints"]),
    st.lists(st.sampled_from([WRITTEN, WRITTEN - 1e6, WRITTEN + 1e9]), min_size=4, max_size=4),
)
def test_records_are_decoded_together_as_one_by_one(
    values: list[bytes], kind: str, written_s: list[float]
) -> None:
    """Together nothing passes that would not pass alone, and it comes to the same event."""
    _alike(values, kind, written_s[: len(values)])
