"""Protobuf is read as Google's library writes it, and whatever bytes come are refused or read."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from google.protobuf import duration_pb2, struct_pb2, timestamp_pb2, wrappers_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.sources.rejects import Undecodable
from streams.sources.schemas.limits import BadSchema
from streams.sources.schemas.proto_known import MEANINGS
from streams.sources.schemas.proto_types import ProtoTypes
from streams.sources.schemas.protobuf import protobuf_decoder
from tests.sources.schemas.drawn_proto import ProtoDrawer


def decoder(text: str, *references: str, indexes: tuple[int, ...] = (0,)) -> Any:
    return protobuf_decoder(ProtoTypes(text, references), indexes)


def proto3(fields: str, others: str = "") -> str:
    return f'syntax = "proto3"; message A {{ {fields} }} {others}'


REASONS = ("not_protobuf", "not_utf8", "too_big", "too_deep")


def refusal(decode: Any, payload: bytes) -> str | None:
    try:
        decode(payload, 0)
    except Undecodable as error:
        return error.reason
    return None


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_another_library_writes_is_read(data: st.DataObject) -> None:
    drawer = ProtoDrawer(data.draw)
    message = drawer.message()()
    plain = drawer.fill(message)
    payload = message.SerializeToString()
    assert decoder(drawer.text())(b"12345" + payload, 5) == plain


@settings(max_examples=100, deadline=None)
@given(st.data(), st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: st.DataObject, payload: bytes) -> None:
    decode = decoder(ProtoDrawer(data.draw).text())
    assert refusal(decode, payload) in (None, *REASONS)


def test_a_record_that_breaks_off_is_refused() -> None:
    decode = decoder(proto3("string a = 1; A b = 2; repeated int32 c = 3; map<string, A> d = 4;"))
    whole = b"\x0a\x01x\x12\x03\x0a\x01y\x1a\x02\x01\x02\x22\x05\x0a\x01k\x12\x00"
    assert decode(whole, 0)["c"] == [1, 2]
    for end in range(1, len(whole)):
        try:
            decode(whole[:end], 0)
        except Undecodable:
            continue
        assert end in (3, 8, 12), "where a field ends, the message may end"


@pytest.mark.parametrize("nested", [b"\x12", b"\x13"])
def test_messages_and_groups_are_read_to_a_depth(nested: bytes) -> None:
    decode = decoder(proto3("A b = 2;"))
    if nested == b"\x13":
        payload = b"\x13" * 50_000 + b"\x14" * 50_000
    else:
        payload = b""
        for _ in range(300):
            length = len(payload)
            payload = b"\x12" + bytes([length & 0x7F | 0x80, length >> 7]) + payload
    with pytest.raises(Undecodable, match="deep"):
        decode(payload, 0)
    unknown = decoder(proto3("int32 x = 9;"))
    with pytest.raises(Undecodable, match="deep"):
        unknown(b"\x13" * 50_000 + b"\x14" * 50_000, 0)
    assert decode(b"\x12\x00", 0) == {"b": {}}, "the next record has a budget of its own"


def test_small_messages_with_many_defaults_have_an_end() -> None:
    fields = " ".join(f"int32 x{n} = {n + 10};" for n in range(2_000))
    decode = decoder(proto3("repeated B b = 1;", f"message B {{ {fields} }}"))
    with pytest.raises(Undecodable, match="at most 200000 values"):
        decode(b"\x0a\x00" * 500_000, 0)


def test_unknown_fields_are_passed_over() -> None:
    decode = decoder(proto3("int32 x = 1;"))
    others = b"\x10\x05\x19" + bytes(8) + b"\x22\x02ab\x2d" + bytes(4) + b"\x33\x08\x01\x34"
    assert decode(others + b"\x08\x07" + others, 0) == {"x": 7}


def test_a_message_that_comes_in_two_parts_is_joined() -> None:
    decode = decoder(proto3("B b = 1;", "message B { int32 x = 1; int32 y = 2; }"))
    assert decode(b"\x0a\x02\x08\x01\x0a\x02\x10\x02", 0) == {"b": {"x": 1, "y": 2}}


def test_groups_defaults_and_oneofs_of_proto2() -> None:
    decode = decoder(
        """syntax = 'proto2';
        message A {
          optional int32 n = 1 [default = -7]; required string s = 2;
          optional E e = 3 [default = TWO]; optional group Part = 4 { optional int32 x = 1; }
          oneof one { string a = 5; int64 b = 6; }
          extensions 100 to max; reserved "old", 'older';
          optional string quoted = 7 [default = "a\\"b"]; optional bool on = 8 [default = true];
        }
        extend A { optional int32 other = 100; }
        enum E { option allow_alias = true; ONE = 1; TWO = 0x2; ZWEI = 2; reserved 5; }
        service S { rpc Get (A) returns (stream A) { option (x) = { a: [1, 2] }; } }
        """
    )
    assert decode(b"\x23\x08\x05\x24", 0) == {
        "n": -7,
        "e": "TWO",
        "part": {"x": 5},
        "quoted": 'a"b',
        "on": True,
    }
    assert decode(b"\x30\x05\x18\x09", 0)["e"] == 9, "a number that the schema lacks stays one"


def test_editions_say_presence() -> None:
    text = """edition = "2023"; option features.field_presence = IMPLICIT;
        message A { int32 x = 1; int32 y = 2 [features.field_presence = EXPLICIT]; }"""
    assert decoder(text)(b"", 0) == {"x": 0}


@pytest.mark.parametrize(
    ("kind", "file", "value", "plain"),
    [
        (
            "Timestamp",
            "timestamp",
            timestamp_pb2.Timestamp(seconds=1_700_000_000, nanos=123_000_000),
            "2023-11-14T22:13:20.123000Z",
        ),
        (
            "Duration",
            "duration",
            duration_pb2.Duration(seconds=3, nanos=500_000_000),
            "3.500000000",
        ),
        ("StringValue", "wrappers", wrappers_pb2.StringValue(value="x"), "x"),
        ("Int64Value", "wrappers", wrappers_pb2.Int64Value(), 0),
        (
            "Struct",
            "struct",
            struct_pb2.Struct(
                fields={
                    "a": struct_pb2.Value(number_value=3),
                    "b": struct_pb2.Value(
                        list_value=struct_pb2.ListValue(
                            values=[struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)]
                        )
                    ),
                    "c": struct_pb2.Value(bool_value=True),
                }
            ),
            {"a": 3, "b": [None], "c": True},
        ),
    ],
)
def test_what_googles_own_messages_mean(kind: str, file: str, value: Any, plain: Any) -> None:
    text = proto3(f"google.protobuf.{kind} x = 1;")
    text = text.replace("message", f'import "google/protobuf/{file}.proto"; message', 1)
    payload = value.SerializeToString()
    assert decoder(text)(b"\x0a" + bytes([len(payload)]) + payload, 0) == {"x": plain}


def test_messages_are_found_by_index_and_in_references() -> None:
    text = """syntax = "proto3"; package a.b; import "c.proto"; import public "d.proto";
        message First { message Inner { c.Who who = 1; Deep deep = 2; message Deep {} } }
        message Second { map<string, int32> counts = 1; message Inner { First.Inner x = 1; } }"""
    other = 'syntax = "proto3"; package a.c; message Who { string id = 1; }'
    second = decoder(text, other, indexes=(1, 0))
    assert second(b"\x0a\x05\x0a\x03\x0a\x01x", 0) == {"x": {"who": {"id": "x"}}}
    with pytest.raises(BadSchema, match="another index"):
        decoder(text, other, indexes=(2,))
    with pytest.raises(BadSchema, match=r"'c.Who' must be defined"):
        decoder(text, indexes=(0, 0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("message A {", "ends in the middle"),
        ("message A { int32 x 1; }", "must have '='"),
        ("message A { int32 x = 1.5; }", "must be whole"),
        ("message A { int32 x = 0; }", "a number from 1"),
        ("message A { int32 x = 1; int32 y = 1; }", "a number of its own"),
        ("message A { Nothing x = 1; }", "'Nothing' must be defined"),
        ("message A { int32 x = 1 [default = x]; }", "a default must be"),
        ("\x00", "found the character"),
        ("", "found another index"),
        ("{" * 100_000, "must have"),
        ("message A {" * 100_000, "deep"),
        ("message A { " + "int32 x = 1;" * 20_000, "at most 10000 types"),
        ('import "' + "\\x" + '";', "known escapes"),
    ],
)
def test_a_schema_that_is_none_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(BadSchema, match=said):
        decoder(text)


WORDS = [
    "message",
    "A",
    "enum",
    "{",
    "}",
    "[",
    "]",
    "=",
    ";",
    "1",
    '"x"',
    "optional",
    "map",
    "<",
    ">",
    ",",
    "oneof",
    "extend",
    "group",
    "syntax",
    "reserved",
    "int32",
    "to",
    "-1",
    ".",
    "option",
    "service",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=20))
def test_any_text_is_a_schema_or_none(words: list[str]) -> None:
    with suppress(BadSchema):
        decode = decoder("message Z { optional int32 x = 1; } " + " ".join(words))
        assert decode(b"\x08\x01", 0) == {"x": 1}


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize(
    "kind", sorted(name for name in MEANINGS if name.startswith("google.protobuf."))
)
def test_a_schema_changes_no_message_that_has_a_meaning(kind: str, index: int) -> None:
    """It may define them itself, without their fields: what they mean rests on these."""
    package, _, name = kind.rpartition(".")
    own = f'syntax = "proto2"; package {package}; message {name} {{ optional string x = 99; }}'
    decode = decoder(f"{own} message Outer {{ optional {name} of = 1; }}", indexes=(index,))
    assert refusal(decode, b"") is None
    assert refusal(decode, b"\x0a\x00") in (None, *REASONS)
