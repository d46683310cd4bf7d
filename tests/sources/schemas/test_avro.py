"""Avro is read as others write it, and whatever bytes come are refused in bounded time."""

from __future__ import annotations

import io
import json
from typing import Any

import fastavro
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.sources.rejects import Undecodable
from streams.sources.schemas.avro import avro_decoder
from streams.sources.schemas.avro_types import parse_avro
from streams.sources.schemas.limits import DEEPEST, BadSchema
from tests.sources.schemas.drawn_avro import Drawer

LINKED = {
    "type": "record",
    "name": "Linked",
    "fields": [{"name": "next", "type": ["null", "Linked"]}],
}


def decoder(schema: Any) -> Any:
    return avro_decoder(parse_avro(json.dumps(schema)))


def written(schema: Any, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


REASONS = ("not_avro", "not_utf8", "too_big", "too_deep", "bad_value")


def refusal(decode: Any, payload: bytes) -> str | None:
    try:
        decode(payload, 0)
    except Undecodable as error:
        return error.reason
    return None


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_another_library_writes_is_read(data: st.DataObject) -> None:
    drawer = Drawer(data.draw)
    schema = drawer.schema()
    raw, plain = drawer.value(schema)
    payload = written(schema, raw)
    assert decoder(schema)(b"12345" + payload, 5) == plain
    if payload:
        with pytest.raises(Undecodable):
            decoder(schema)(payload[:-1], 0)
    with pytest.raises(Undecodable):
        decoder(schema)(payload + b"\x00", 0)


@settings(max_examples=100, deadline=None)
@given(st.data(), st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: st.DataObject, payload: bytes) -> None:
    decode = decoder(Drawer(data.draw).schema())
    assert refusal(decode, payload) in (None, *REASONS)


def test_a_value_that_holds_itself_is_read_to_a_depth() -> None:
    decode = decoder(LINKED)
    assert decode(b"\x02\x02\x00", 0) == {"next": {"next": {"next": None}}}
    decode(b"\x02" * 30 + b"\x00", 0)
    with pytest.raises(Undecodable, match=f"at most {DEEPEST} deep"):
        decode(b"\x02" * 1_000_000 + b"\x00", 0)
    assert decode(b"\x00", 0) == {"next": None}, "the next record has a budget of its own"


@pytest.mark.parametrize(
    "items",
    [
        "null",
        {"type": "record", "name": "Empty", "fields": []},
        {"type": "fixed", "name": "Nothing", "size": 0},
        {"type": "array", "items": "null"},
        {"type": "map", "values": "null"},
        LINKED,
    ],
)
@pytest.mark.parametrize("kind", ["array", "map"])
def test_a_count_alone_makes_no_values(kind: str, items: Any) -> None:
    schema = {"type": kind, "items" if kind == "array" else "values": items}
    count = b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"
    for payload in (count, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02" + count):
        with pytest.raises(Undecodable) as error:
            decoder(schema)(payload + b"\x00" * 100, 0)
        assert error.value.reason == "too_big"


def test_arrays_in_arrays_share_one_budget() -> None:
    schema = {"type": "array", "items": {"type": "array", "items": "null"}}
    inner = b"\x80\xea\x30\x00"  # 400,000 nulls
    with pytest.raises(Undecodable, match="at most 200000 values"):
        decoder(schema)(b"\x14" + inner * 10 + b"\x00", 0)


def test_a_schema_whose_one_value_explodes_is_refused() -> None:
    fields: list[Any] = [{"name": "x", "type": "null"}]
    schema: Any = {"type": "record", "name": "R0", "fields": fields}
    for number in range(1, 40):
        twice = [{"name": "a", "type": schema}, {"name": "b", "type": f"R{number - 1}"}]
        schema = {"type": "record", "name": f"R{number}", "fields": twice}
    with pytest.raises(BadSchema, match="one value must hold at most"):
        decoder(schema)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("nonsense", "'nonsense' must be defined"),
        (7, "a type must be"),
        ([], "a union must have a branch"),
        ({"type": "record", "name": "A"}, "must have a list of fields"),
        ({"type": "record", "fields": []}, "must have a name"),
        ({"type": "enum", "name": "A", "symbols": "A"}, "list of symbols"),
        ({"type": "fixed", "name": "A", "size": 2**40}, "must be 0 to"),
        (["null", LINKED, LINKED], "must be defined once"),
        ({"type": "record", "name": "A", "fields": [{"name": "x", "type": "B"}]}, "'B' must be"),
        ({"type": "array"}, "a type must be"),
    ],
)
def test_a_schema_that_is_none_is_refused_with_a_sentence(schema: Any, said: str) -> None:
    with pytest.raises(BadSchema, match=said):
        decoder(schema)


def test_schemas_that_are_too_deep_or_too_large_are_refused() -> None:
    deep: Any = "int"
    for _ in range(DEEPEST + 2):
        deep = {"type": "array", "items": deep}
    with pytest.raises(BadSchema, match="deep"):
        decoder(deep)
    wide = [{"name": f"f{n}", "type": "int"} for n in range(10_001)]
    with pytest.raises(BadSchema, match="at most 10000 types"):
        decoder({"type": "record", "name": "A", "fields": wide})
    with pytest.raises(BadSchema):
        avro_decoder(parse_avro("[" * 100_000))


def test_names_are_found_by_their_namespaces_and_in_references() -> None:
    reference = '{"type": "record", "name": "a.b.Who", "fields": [{"name": "id", "type": "long"}]}'
    schema = {
        "type": "record",
        "name": "a.b.Sent",
        "fields": [
            {"name": "who", "type": "Who"},
            {"name": "again", "type": ["null", "a.b.Who"]},
            {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["X", "Y"]}},
            {"name": "kinds", "type": {"type": "map", "values": "Kind"}},
        ],
    }
    decode = avro_decoder(parse_avro(json.dumps(schema), [reference]))
    assert decode(b"\x06\x02\x05\x02\x02\x02k\x00\x00", 0) == {
        "who": {"id": 3},
        "again": {"id": -3},
        "kind": "Y",
        "kinds": {"k": "X"},
    }


@pytest.mark.parametrize(
    ("schema", "payload", "plain"),
    [
        ({"type": "long", "logicalType": "timestamp-nanos"}, "long", "2023-11-14T22:13:20.000001Z"),
        (
            {"type": "long", "logicalType": "local-timestamp-nanos"},
            "long",
            "2023-11-14T22:13:20.000001",
        ),
        ({"type": "long", "logicalType": "not-known"}, "long", 1_700_000_000_000_001_234),
        ({"type": "string", "logicalType": "timestamp-millis"}, b"\x02x", "x"),
        ({"type": "int", "logicalType": "time-millis"}, b"\xd0\x0f", "00:00:01"),
        ({"type": "string", "logicalType": "uuid"}, b"\x02x", "x"),
        (
            {"type": "fixed", "name": "U", "size": 16, "logicalType": "uuid"},
            bytes(range(16)),
            "00010203-0405-0607-0809-0a0b0c0d0e0f",
        ),
        (
            {"type": "fixed", "name": "D", "size": 4, "logicalType": "decimal", "precision": 4},
            b"\xff\xff\xff\x7f",
            -129,
        ),
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 5},
            b"\x02A",
            "A",
        ),
    ],
)
def test_what_logical_types_mean(schema: Any, payload: Any, plain: Any) -> None:
    if payload == "long":
        payload = written("long", 1_700_000_000_000_001_234)
    assert decoder(schema)(payload, 0) == plain


def test_a_decimal_with_more_digits_than_its_schema_is_refused() -> None:
    schema = {"type": "bytes", "logicalType": "decimal", "precision": 3}
    assert decoder(schema)(b"\x04\x03\xe7", 0) == 999
    with pytest.raises(Undecodable, match="digits"):
        decoder(schema)(b"\x04\x03\xe8", 0)


def test_a_number_beyond_the_calendar_is_no_crash() -> None:
    schema = {"type": "long", "logicalType": "timestamp-millis"}
    found = decoder(schema)(written("long", 2**62), 0)
    assert found.endswith("since 1970")


def test_a_document_can_be_written_as_json() -> None:
    schema = {"type": "map", "values": ["null", "string", "double"]}
    found = decoder(schema)(written(schema, {"a": None, "b": "x", "c": 0.5}), 0)
    assert msgspec.json.decode(msgspec.json.encode(found)) == {"a": None, "b": "x", "c": 0.5}
