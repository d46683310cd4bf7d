"""Protobuf's wire format: numbers, texts and bytes, and what a reader skips."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from streams.sources.rejects import Undecodable
from streams.sources.schemas.limits import BadSchema, Read, RecordBudget

VARINT, EIGHT_BYTES, DELIMITED, START_GROUP, END_GROUP, FOUR_BYTES = range(6)


@dataclass(frozen=True)
class Scalar:
    """A type that is no message.

    Attributes
    ----------
    wire
        Its wire type.
    read
        Reads one value.
    default
        The value of a field that is not there.
    parse
        Reads the default that a schema names.
    """

    wire: int
    read: Read
    default: Any
    parse: Callable[[str], Any]


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a whole number of seven bits a byte, modulo 2^64."""
    number = data[at]
    at += 1
    if number < 0x80:
        return number, at
    number &= 0x7F
    for shift in range(7, 70, 7):
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, at
    raise Undecodable("not_protobuf", "a number must have at most 10 bytes; found more")


def skip(data: bytes, at: int, tag: int, budget: RecordBudget) -> int:
    """Pass over a field that the schema does not have; return the place behind it."""
    budget.spend(1)
    match tag & 7:
        case 0:
            return read_varint(data, at)[1]
        case 1:
            return at + 8
        case 2:
            length, at = read_varint(data, at)
            return at + length
        case 5:
            return at + 4
        case 3:
            budget.descend(1)
            last = tag + 1
            while True:
                inner, at = read_varint(data, at)
                if inner == last:
                    budget.levels += 1
                    return at
                at = skip(data, at, inner, budget)
    raise Undecodable("not_protobuf", "a record must be Protobuf of its schema; found other bytes")


def _signed(bits: int) -> Read:
    mask, sign = (1 << bits) - 1, 1 << (bits - 1)

    def signed(data: bytes, at: int) -> tuple[int, int]:
        number, at = read_varint(data, at)
        return ((number & mask) ^ sign) - sign, at

    return signed


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    number, at = read_varint(data, at)
    return number & 0xFFFF_FFFF, at


def _zigzag(bits: int) -> Read:
    mask = (1 << bits) - 1

    def zigzag(data: bytes, at: int) -> tuple[int, int]:
        number, at = read_varint(data, at)
        number &= mask
        return (number >> 1) ^ -(number & 1), at

    return zigzag


def _boolean(data: bytes, at: int) -> tuple[bool, int]:
    number, at = read_varint(data, at)
    return number != 0, at


def _fixed(layout: str) -> Read:
    form = struct.Struct(layout)
    size, unpack = form.size, form.unpack_from

    def fixed(data: bytes, at: int) -> tuple[Any, int]:
        if at + size > len(data):
            raise IndexError
        return unpack(data, at)[0], at + size

    return fixed


def _octets(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = read_varint(data, at)
    end = at + length
    if end > len(data):
        raise IndexError
    return data[at:end], end


def _text(data: bytes, at: int) -> tuple[str, int]:
    found, at = _octets(data, at)
    return found.decode(), at


def _text_if_any(data: bytes, at: int) -> tuple[str | bytes, int]:
    found, at = _octets(data, at)
    try:
        return found.decode(), at
    except UnicodeDecodeError:
        return found, at


def enum_of(names: dict[int, str]) -> Scalar:
    """Return an enum's type: its values are their names; one that the schema lacks is a number."""
    signed = _signed(32)

    def enum(data: bytes, at: int) -> tuple[str | int, int]:
        number, at = signed(data, at)
        return names.get(number) or number, at

    first = next(iter(names.values()), 0)
    return Scalar(VARINT, enum, names.get(0, first), str)


def _whole(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise BadSchema("a default must be of its field's type") from None


def _real(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadSchema("a default must be of its field's type") from None


def _true(text: str) -> bool:
    return text == "true"


SCALARS: dict[str, Scalar] = {
    "double": Scalar(EIGHT_BYTES, _fixed("<d"), 0.0, _real),
    "float": Scalar(FOUR_BYTES, _fixed("<f"), 0.0, _real),
    "int32": Scalar(VARINT, _signed(32), 0, _whole),
    "int64": Scalar(VARINT, _signed(64), 0, _whole),
    "uint32": Scalar(VARINT, _unsigned, 0, _whole),
    "uint64": Scalar(VARINT, read_varint, 0, _whole),
    "sint32": Scalar(VARINT, _zigzag(32), 0, _whole),
    "sint64": Scalar(VARINT, _zigzag(64), 0, _whole),
    "fixed32": Scalar(FOUR_BYTES, _fixed("<I"), 0, _whole),
    "fixed64": Scalar(EIGHT_BYTES, _fixed("<Q"), 0, _whole),
    "sfixed32": Scalar(FOUR_BYTES, _fixed("<i"), 0, _whole),
    "sfixed64": Scalar(EIGHT_BYTES, _fixed("<q"), 0, _whole),
    "bool": Scalar(VARINT, _boolean, False, _true),
    "string": Scalar(DELIMITED, _text, "", str),
    "bytes": Scalar(DELIMITED, _text_if_any, "", str),
}
"""The types that Protobuf has, by name."""
