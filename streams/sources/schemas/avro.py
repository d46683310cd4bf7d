"""Reads Avro's bytes to plain documents: text, numbers, lists, dicts.

A schema is compiled once to nested functions, one for each type. For records of a dozen fields that
takes less time than the usual library, which is compiled, and it keeps to a budget: there, a
record that is nested deeply enough ends the process (docs/decisions).
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from typing import Any

from streams.sources.rejects import Undecodable
from streams.sources.schemas import logical
from streams.sources.schemas.avro_sizes import AvroSizes
from streams.sources.schemas.avro_types import AvroType
from streams.sources.schemas.limits import (
    DEEPEST,
    MOST_OF_ONE,
    BadSchema,
    Read,
    RecordBudget,
)

_RULE = "a record must be Avro of its schema"
_float, _double = struct.Struct("<f"), struct.Struct("<d")


def avro_decoder(schema: AvroType) -> Callable[[bytes, int], Any]:
    """Return a function that reads a record's bytes from a place to their end.

    It raises `Undecodable` and nothing else.

    Raises
    ------
    BadSchema
        Where a record of the schema cannot be read within the limits.
    """
    read = avro_reader(schema)

    def decode(data: bytes, at: int) -> Any:
        value, end = read(data, at)
        if end != len(data):
            raise Undecodable("not_avro", f"{_RULE}; found more bytes")
        return value

    return decode


def avro_reader(schema: AvroType) -> Read:
    """Return a function that reads a record, behind which others may stand; see `avro_decoder`."""
    readers = AvroReaders(schema)
    return readers.record(readers.read(schema))


class AvroReaders:
    """The functions that read a schema's types; those of one record share a budget.

    Parameters
    ----------
    schema
        What a record is.

    Attributes
    ----------
    budget
        What is left of it; `record` resets it.

    Raises
    ------
    BadSchema
        Where a record of the schema cannot be read within the limits.
    """

    def __init__(self, schema: AvroType) -> None:
        self._sizes, self.budget = AvroSizes(), RecordBudget()
        self._records: dict[int, Read] = {}
        values, levels = self._sizes.size(schema)
        if values > MOST_OF_ONE or levels > DEEPEST:
            raise BadSchema(
                f"one value must hold at most {MOST_OF_ONE} others without an array or map in"
                f" between, {DEEPEST} deep"
            )

    def recurs(self, kind: AvroType) -> bool:
        """Whether a record may hold itself."""
        return id(kind) in self._sizes.recurring

    def values_of(self, kind: AvroType) -> int:
        """Return how many values one of a type is, without arrays and maps in it."""
        return self._sizes.size(kind)[0]

    def record(self, read: Read) -> Read:
        """Return a function that reads a whole record by `read`, and raises only `Undecodable`."""
        budget = self.budget

        def record(data: bytes, at: int) -> tuple[Any, int]:
            budget.reset()
            try:
                value, end = read(data, at)
            except (IndexError, OverflowError, struct.error):
                raise Undecodable("not_avro", f"{_RULE}; found fewer bytes") from None
            except UnicodeDecodeError:
                raise Undecodable("not_utf8", "texts of a record must be UTF-8") from None
            if end > len(data):
                raise Undecodable("not_avro", f"{_RULE}; found fewer bytes")
            return value, end

        return record

    def read(self, kind: AvroType) -> Read:
        """Return what reads a value of a type."""
        match kind.kind:
            case "record":
                return self._record(kind)
            case "union":
                return _union([self.read(each) for each in kind.inner])
            case "array":
                return self._array(kind.inner[0])
            case "map":
                return self._map(kind.inner[0])
            case "enum":
                return _enum(kind.symbols)
            case "fixed" | "bytes":
                return _octets(kind)
            case "int" | "long":
                meaning = None if kind.logical is None else logical.OF_NUMBERS[kind.logical]
                return read_number if meaning is None else _meaning(meaning)
        return _PRIMITIVES[kind.kind]

    def _record(self, kind: AvroType) -> Read:
        known = self._records.get(id(kind))
        if known is not None:
            return known
        fields: list[tuple[str, Read]] = []

        def record(data: bytes, at: int) -> tuple[Any, int]:
            out = {}
            for name, read in fields:
                out[name], at = read(data, at)
            return out, at

        found: Read = record
        if self.recurs(kind):
            found = self._paying(record, *self._sizes.size(kind))
        self._records[id(kind)] = found
        fields += [(name, self.read(each)) for name, each in kind.fields]
        return found

    def _paying(self, read: Read, values: int, levels: int) -> Read:
        budget = self.budget

        def paying(data: bytes, at: int) -> tuple[Any, int]:
            budget.spend(values)
            budget.descend(levels)
            out = read(data, at)
            budget.levels += levels
            return out

        return paying

    def _blocks(self, kind: AvroType) -> Callable[[bytes, int], tuple[int, int]]:
        """Return a function that reads how many items come next, and pays for them."""
        budget, each = self.budget, self.values_of(kind) + 1

        def block(data: bytes, at: int) -> tuple[int, int]:
            count, at = read_number(data, at)
            if count < 0:  # then the block's size in bytes is there too
                count, (_, at) = -count, read_number(data, at)
            budget.spend(count * each)
            return count, at

        return block

    def _array(self, kind: AvroType) -> Read:
        read, block = self.read(kind), self._blocks(kind)

        def array(data: bytes, at: int) -> tuple[Any, int]:
            out = []
            count, at = block(data, at)
            while count:
                for _ in range(count):
                    value, at = read(data, at)
                    out.append(value)
                count, at = block(data, at)
            return out, at

        return array

    def _map(self, kind: AvroType) -> Read:
        read, block = self.read(kind), self._blocks(kind)

        def mapping(data: bytes, at: int) -> tuple[Any, int]:
            out = {}
            count, at = block(data, at)
            while count:
                for _ in range(count):
                    key, at = _read_text(data, at)
                    out[key], at = read(data, at)
                count, at = block(data, at)
            return out, at

        return mapping


def read_number(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Read a whole number: seven bits a byte, the sign in the lowest bit."""
    byte = data[at]
    at += 1
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at
    number, shift = byte & 0x7F, 7
    while (byte := data[at]) >= 0x80:
        number |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if shift > 63:
            raise Undecodable("not_avro", "a number must have at most 10 bytes; found more")
    number |= byte << shift
    at += 1
    if number >> 64:
        raise Undecodable("not_avro", "a number must have at most 64 bits; found more")
    return (number >> 1) ^ -(number & 1), at


def read_end(data: bytes, at: int) -> tuple[int, int]:
    """Read a length; return where what follows begins and ends."""
    length, at = read_number(data, at)
    if length < 0:
        raise Undecodable("not_avro", "a length must be at least 0; found less")
    return at, at + length


def _read_text(data: bytes, at: int) -> tuple[str, int]:
    length = data[at]
    if length < 0x80 and not length & 1:
        at += 1
        end = at + (length >> 1)
    else:
        at, end = read_end(data, at)
    return data[at:end].decode(), end


def _read_null(data: bytes, at: int) -> tuple[None, int]:
    return None, at


def _read_boolean(data: bytes, at: int) -> tuple[bool, int]:
    if data[at] > 1:
        raise Undecodable("not_avro", "a boolean must be 0 or 1; found another byte")
    return data[at] == 1, at + 1


def _read_float(data: bytes, at: int) -> tuple[float, int]:
    return _float.unpack_from(data, at)[0], at + 4


def _read_double(data: bytes, at: int) -> tuple[float, int]:
    return _double.unpack_from(data, at)[0], at + 8


_PRIMITIVES: dict[str, Read] = {
    "null": _read_null,
    "boolean": _read_boolean,
    "float": _read_float,
    "double": _read_double,
    "string": _read_text,
}


def _meaning(meaning: Callable[[int], str]) -> Read:
    def number(data: bytes, at: int) -> tuple[str, int]:
        value, at = read_number(data, at)
        return meaning(value), at

    return number


def _union(branches: list[Read]) -> Read:
    # Nearly always the number of the branch is one byte.
    first = branches[:64]

    def far(data: bytes, at: int) -> tuple[Any, int]:
        number, at = read_number(data, at)
        if not 0 <= number < len(branches):
            raise Undecodable("not_avro", "a union's branch must be one of its schema")
        return branches[number](data, at)

    def union(data: bytes, at: int) -> tuple[Any, int]:
        byte = data[at]
        if byte < 0x80 and not byte & 1 and byte >> 1 < len(first):
            return first[byte >> 1](data, at + 1)
        return far(data, at)

    return union


def _enum(symbols: list[str]) -> Read:
    def symbol(data: bytes, at: int) -> tuple[str, int]:
        number, at = read_number(data, at)
        if not 0 <= number < len(symbols):
            raise Undecodable("not_avro", "an enum's symbol must be one of its schema")
        return symbols[number], at

    return symbol


def _octets(kind: AvroType) -> Read:
    """Return how bytes or a fixed are read; text where they are UTF-8, else they stay bytes."""
    size, scale, limit = kind.size, kind.scale, 10**kind.precision
    fixed = kind.kind == "fixed"

    def octets(data: bytes, at: int) -> tuple[Any, int]:
        at, end = (at, at + size) if fixed else read_end(data, at)
        if end > len(data):
            raise IndexError
        return convert(data[at:end]), end

    def number(found: bytes) -> int | str:
        unscaled = int.from_bytes(found, "big", signed=True)
        if abs(unscaled) >= limit:
            raise Undecodable("bad_value", "a decimal must keep to its schema's digits; found more")
        return logical.decimal(unscaled, scale)

    convert: Callable[[bytes], Any] = _text_if_any
    if kind.logical == "decimal":
        convert = number
    elif kind.logical == "uuid":
        convert = _uuid
    elif fixed:
        convert = bytes.hex
    return octets


def _uuid(found: bytes) -> str:
    return str(uuid.UUID(bytes=found))


def _text_if_any(found: bytes) -> str | bytes:
    try:
        return found.decode()
    except UnicodeDecodeError:
        return found
