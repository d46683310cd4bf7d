"""Messages that every Protobuf schema may use without a reference, and what theirs mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from streams.sources.rejects import Undecodable
from streams.sources.schemas import logical

KNOWN_FILES: Mapping[str, str] = {
    "google/protobuf/timestamp.proto": """
        syntax = "proto3"; package google.protobuf;
        message Timestamp { int64 seconds = 1; int32 nanos = 2; }""",
    "google/protobuf/duration.proto": """
        syntax = "proto3"; package google.protobuf;
        message Duration { int64 seconds = 1; int32 nanos = 2; }""",
    "google/protobuf/wrappers.proto": """
        syntax = "proto3"; package google.protobuf;
        message DoubleValue { double value = 1; } message FloatValue { float value = 1; }
        message Int64Value { int64 value = 1; } message UInt64Value { uint64 value = 1; }
        message Int32Value { int32 value = 1; } message UInt32Value { uint32 value = 1; }
        message BoolValue { bool value = 1; } message StringValue { string value = 1; }
        message BytesValue { bytes value = 1; }""",
    "google/protobuf/struct.proto": """
        syntax = "proto3"; package google.protobuf;
        message Struct { map<string, Value> fields = 1; }
        message Value { oneof kind {
            NullValue null_value = 1; double number_value = 2; string string_value = 3;
            bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6; } }
        enum NullValue { NULL_VALUE = 0; }
        message ListValue { repeated Value values = 1; }""",
    "google/protobuf/any.proto": """
        syntax = "proto3"; package google.protobuf;
        message Any { string type_url = 1; bytes value = 2; }""",
    "google/protobuf/empty.proto": """
        syntax = "proto3"; package google.protobuf; message Empty {}""",
    "google/protobuf/field_mask.proto": """
        syntax = "proto3"; package google.protobuf;
        message FieldMask { repeated string paths = 1; }""",
    "google/type/date.proto": """
        syntax = "proto3"; package google.type;
        message Date { int32 year = 1; int32 month = 2; int32 day = 3; }""",
    "confluent/type/decimal.proto": """
        syntax = "proto3"; package confluent.type;
        message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }""",
}
"""The files, by the names under which they are imported. Imports of options are not needed."""

MOST_DECIMAL_BYTES = 416
"""Bytes of a number of 1,000 digits."""


def _timestamp(found: dict[str, Any]) -> str:
    return logical.instant(found["seconds"] * 1_000_000 + found["nanos"] // 1_000)


def _duration(found: dict[str, Any]) -> int | str:
    return logical.decimal(found["seconds"] * 1_000_000_000 + found["nanos"], 9)


def _date(found: dict[str, Any]) -> str:
    return f"{found['year']:04d}-{found['month']:02d}-{found['day']:02d}"


def _decimal(found: dict[str, Any]) -> int | str:
    value, scale = found["value"], found["scale"]
    data = value.encode() if isinstance(value, str) else value
    if len(data) > MOST_DECIMAL_BYTES or not 0 <= scale <= 1_000:
        raise Undecodable("bad_value", "a decimal must have at most 1000 digits; found more")
    return logical.decimal(int.from_bytes(data, "big", signed=True), scale)


def _value(found: dict[str, Any]) -> Any:
    number = found.get("number_value")
    if isinstance(number, float) and number.is_integer() and abs(number) < 2**53:
        return int(number)
    return next((value for kind, value in found.items() if kind != "null_value"), None)


MEANINGS: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    **{
        f"google.protobuf.{kind}Value": lambda found: found["value"]
        for kind in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32")
    },
    **{
        f"google.protobuf.{kind}Value": lambda found: found["value"]
        for kind in ("Bool", "String", "Bytes")
    },
    "google.protobuf.Struct": lambda found: found.get("fields", {}),
    "google.protobuf.Value": _value,
    "google.protobuf.ListValue": lambda found: found.get("values", []),
    "google.type.Date": _date,
    "confluent.type.Decimal": _decimal,
}
"""What a message of these means, by its full name: one value instead of its fields."""
