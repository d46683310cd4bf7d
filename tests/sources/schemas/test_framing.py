"""A record says its schema in its first bytes or in a header."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from confluent_kafka.schema_registry import (
    header_schema_id_serializer,
    prefix_schema_id_serializer,
)
from confluent_kafka.schema_registry.serde import SchemaId
from confluent_kafka.serialization import MessageField, SerializationContext
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.rejects import Undecodable
from streams.sources.schemas.framing import HEADER, framed

GUID = uuid.UUID("89791762-2336-186f-9674-299b90a8e2e0")


@given(
    st.integers(1, 2**31 - 1), st.lists(st.integers(0, 300), min_size=1, max_size=5), st.binary()
)
def test_what_the_usual_serializer_writes_is_read(
    id: int, indexes: list[int], payload: bytes
) -> None:
    avro = SchemaId("AVRO", id, str(GUID))
    value = prefix_schema_id_serializer(payload, None, avro)
    found = framed(value, [("other", b"x")])
    assert (found.schema, found.indexes, value[found.begin :]) == (str(id), (), payload)
    proto = SchemaId("PROTOBUF", id, str(GUID), indexes)
    value = prefix_schema_id_serializer(payload, None, proto)
    found = framed(value, (), indexed=True)
    assert (found.schema, found.indexes, value[found.begin :]) == (
        str(id),
        tuple(indexes),
        payload,
    )
    headers: list[Any] = []
    context = SerializationContext("t", MessageField.VALUE, headers)
    value = header_schema_id_serializer(payload, context, proto)
    assert framed(value, headers, indexed=True) == (str(GUID), tuple(indexes), 0)
    assert value == payload


def test_the_first_message_is_a_single_zero() -> None:
    assert framed(b"\x00\x00\x00\x00\x07\x00abc", (), indexed=True) == ("7", (0,), 6)


def test_a_guid_may_stand_before_the_record_and_an_id_in_the_header() -> None:
    assert framed(b"\x01" + GUID.bytes + b"abc", ()) == (str(GUID), (), 17)
    assert framed(b"abc", [(HEADER, b"\x00\x00\x00\x00\x07")]) == ("7", (), 0)
    assert framed(b"\x00\x00\x00\x00\x07", [(HEADER, None)]).schema == "7"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{}",
        b"\x00",
        b"\x00\x00\x00\x00",
        b"\x00\x00\x00\x00\x00abc",
        b"\x00\xff\xff\xff\xffabc",
        b"\x01abc",
        b"\x02\x00\x00\x00\x07",
    ],
)
def test_a_record_that_names_no_schema_is_refused(value: bytes) -> None:
    with pytest.raises(Undecodable, match="must begin as a schema registry's serializer"):
        framed(value, ())
    with pytest.raises(Undecodable, match=f"the header {HEADER} must begin|a record must begin"):
        framed(b"abc", [(HEADER, value)])


@pytest.mark.parametrize("indexes", [b"", b"\x80", b"\x01", b"\x50" + bytes(40), b"\x02"])
def test_message_indexes_that_are_none_are_refused(indexes: bytes) -> None:
    with pytest.raises(Undecodable):
        framed(b"\x00\x00\x00\x00\x07" + indexes, (), indexed=True)
