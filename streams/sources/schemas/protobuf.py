"""Reads Protobuf's bytes to plain documents: text, numbers, lists, dicts.

A message is compiled once, to a table of functions by tag. Fields have the names of the schema's
text. A field that the record lacks has its default where the schema gives it no presence (proto3
without `optional`), or where it names a default; else it is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from streams.sources.rejects import Undecodable
from streams.sources.schemas.limits import BadSchema, Read, RecordBudget
from streams.sources.schemas.proto_known import MEANINGS
from streams.sources.schemas.proto_text import ProtoField
from streams.sources.schemas.proto_types import Found, ProtoTypes
from streams.sources.schemas.wire import (
    DELIMITED,
    END_GROUP,
    SCALARS,
    START_GROUP,
    Scalar,
    enum_of,
    read_varint,
    skip,
)

Field = Callable[[bytes, int, dict[str, Any]], int]
"""Reads a field's value into a message; returns the place behind it."""

Message = Callable[[bytes, int, int, int, dict[str, Any]], int]
"""Reads a message's fields to a place, or to the tag that ends its group, into a dict."""


def protobuf_decoder(
    types: ProtoTypes, indexes: Sequence[int]
) -> Callable[[bytes, int], dict[str, Any]]:
    """Return a function that reads a record's bytes from a place to their end.

    It raises `Undecodable` and nothing else.

    Raises
    ------
    BadSchema
        Where the schema has no such message, or lacks a type that the message needs.
    """
    budget = RecordBudget()
    found = types.at(indexes)
    compiler = _ProtoCompiler(types, budget)
    message = compiler.message(found)
    compiler.finish()
    meaning = MEANINGS.get(found.name)

    def decode(data: bytes, at: int) -> Any:
        budget.reset()
        out: dict[str, Any] = {}
        try:
            end = message(data, at, len(data), 0, out)
        except (IndexError, ValueError) as error:
            if isinstance(error, UnicodeDecodeError):
                raise Undecodable("not_utf8", "texts of a record must be UTF-8") from None
            end = -1
        if end != len(data):
            raise Undecodable(
                "not_protobuf", "a record must be Protobuf of its schema; found other bytes"
            )
        return out if meaning is None else meaning(out)

    return decode


class _ProtoCompiler:
    def __init__(self, types: ProtoTypes, budget: RecordBudget) -> None:
        self._types, self._budget = types, budget
        self._messages: dict[str, Message] = {}
        self._left: list[Callable[[], None]] = []

    def finish(self) -> None:
        """Fill the tables of all messages that have been met: their chains may be long."""
        while self._left:
            self._left.pop()()

    def message(self, found: Found) -> Message:
        known = self._messages.get(found.name)
        if known is not None:
            return known
        defaults: dict[str, Any] = {}
        fields: dict[int, Field] = {}
        budget = self._budget

        def message(data: bytes, at: int, end: int, last: int, out: dict[str, Any]) -> int:
            budget.spend(1 + len(defaults))
            budget.descend(1)
            for name, value in defaults.items():
                out.setdefault(name, value)
            while at < end:
                tag = data[at]
                at += 1
                if tag >= 0x80:
                    tag, at = read_varint(data, at - 1)
                field = fields.get(tag)
                if field is not None:
                    at = field(data, at, out)
                elif tag == last:
                    break
                else:
                    at = skip(data, at, tag, budget)
            else:
                if last:
                    raise IndexError  # a group without its end
                if at > end:
                    raise IndexError
            budget.levels += 1
            return at

        def fill() -> None:
            for field in found.message.fields:
                scalar = self._add_field(field, found, fields)
                default = _default(field, found, scalar)
                if default is not None:
                    defaults[field.name] = default

        self._messages[found.name] = message
        self._left.append(fill)
        return message

    def _add_field(
        self, field: ProtoField, found: Found, fields: dict[int, Field]
    ) -> Scalar | None:
        """Add the field's functions by tag; return its type unless that is a message."""
        tag = field.number << 3
        if any(tag | wire in fields for wire in range(8)):
            raise BadSchema(f"the field {field.name[:200]!r} must have a number of its own")
        if field.key is not None:
            fields[tag | DELIMITED] = self._map(field, found)
            return None
        scalar, message = self._type(field.type, found)
        if scalar is None:
            assert message is not None
            fields[tag | DELIMITED] = self._inner(field, message, 0)
            # Both ways are read, whichever the schema says: they cannot be confused.
            fields[tag | START_GROUP] = self._inner(field, message, tag | END_GROUP)
            return None
        if field.label == "repeated":
            fields[tag | scalar.wire] = _repeated(field.name, scalar.read, self._budget)
            if scalar.wire != DELIMITED:
                fields[tag | DELIMITED] = _packed(field.name, scalar.read, self._budget)
        else:
            fields[tag | scalar.wire] = _single(field.name, scalar.read)
        return scalar

    def _type(self, name: str, found: Found) -> tuple[Scalar | None, Found | None]:
        if name in SCALARS:
            return SCALARS[name], None
        kind = self._types.find(name, found.name)
        return (None, kind) if isinstance(kind, Found) else (enum_of(kind), None)

    def _value(self, found: Found, last: int) -> Callable[[bytes, int, Any], tuple[Any, int]]:
        """Return what reads one message, into an earlier one's dict where there is one."""
        message, meaning = self.message(found), MEANINGS.get(found.name)

        def value(data: bytes, at: int, earlier: Any) -> tuple[Any, int]:
            end = len(data)
            if not last:
                length, at = read_varint(data, at)
                end = at + length
            out = earlier if isinstance(earlier, dict) and meaning is None else {}
            at = message(data, at, end, last, out)
            return (out if meaning is None else meaning(out)), at

        return value

    def _inner(self, field: ProtoField, found: Found, last: int) -> Field:
        name, value = field.name, self._value(found, last)

        def single(data: bytes, at: int, out: dict[str, Any]) -> int:
            out[name], at = value(data, at, out.get(name))
            return at

        def repeated(data: bytes, at: int, out: dict[str, Any]) -> int:
            item, at = value(data, at, None)
            out.setdefault(name, []).append(item)
            return at

        return repeated if field.label == "repeated" else single

    def _map(self, field: ProtoField, found: Found) -> Field:
        key = SCALARS.get(str(field.key))
        if key is None:
            raise BadSchema(f"a map's keys must be texts or numbers; found {field.key!r}")
        name, budget = field.name, self._budget
        scalar, message = self._type(field.type, found)
        inner: Field
        if scalar is not None:
            absent, inner = scalar.default, _single("value", scalar.read)
            wire = scalar.wire
        else:
            assert message is not None
            absent, wire = {}, DELIMITED
            inner = self._inner(ProtoField("value", 2, field.type), message, 0)
        read_key = _single("key", key.read)

        def entry(data: bytes, at: int, out: dict[str, Any]) -> int:
            budget.spend(2)
            length, at = read_varint(data, at)
            end = at + length
            found: dict[str, Any] = {}
            while at < end:
                tag, at = read_varint(data, at)
                if tag == 1 << 3 | key.wire:
                    at = read_key(data, at, found)
                elif tag == 2 << 3 | wire:
                    at = inner(data, at, found)
                else:
                    at = skip(data, at, tag, budget)
            if at != end:
                raise IndexError
            by_key = found.get("key", key.default)
            by_name = by_key if isinstance(by_key, str) else str(by_key).lower()
            out.setdefault(name, {})[by_name] = found.get("value", absent)
            return at

        return entry


def _single(name: str, read: Read) -> Field:
    def single(data: bytes, at: int, out: dict[str, Any]) -> int:
        out[name], at = read(data, at)
        return at

    return single


def _repeated(name: str, read: Read, budget: RecordBudget) -> Field:
    def repeated(data: bytes, at: int, out: dict[str, Any]) -> int:
        budget.spend(1)
        item, at = read(data, at)
        out.setdefault(name, []).append(item)
        return at

    return repeated


def _packed(name: str, read: Read, budget: RecordBudget) -> Field:
    def packed(data: bytes, at: int, out: dict[str, Any]) -> int:
        length, at = read_varint(data, at)
        end = at + length
        items = out.setdefault(name, [])
        while at < end:
            budget.spend(1)
            item, at = read(data, at)
            items.append(item)
        if at != end:
            raise IndexError
        return at

    return packed


def _default(field: ProtoField, found: Found, scalar: Scalar | None) -> Any:
    """Return what a record has that lacks the field; None where it has nothing."""
    if scalar is None or field.label == "repeated" or field.in_oneof:
        return None
    named = field.options.get("default")
    if named is not None:
        return scalar.parse(named)
    if found.syntax == "proto3":
        return None if field.label == "optional" else scalar.default
    if found.syntax == "proto2":
        return None
    presence = "features.field_presence"
    implicit = field.options.get(presence, found.options.get(presence)) == "IMPLICIT"
    return scalar.default if implicit else None
