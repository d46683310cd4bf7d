"""Reads the text of an Avro schema: names, namespaces, references, logical types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from streams.sources.schemas.limits import DEEPEST, MOST_TYPES, BadSchema

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
LARGEST_FIXED = 1_048_576
MOST_DIGITS = 1_000

_document = msgspec.json.Decoder().decode


@dataclass(eq=False)
class AvroType:
    """A type of a schema.

    Attributes
    ----------
    kind
        ``record``, ``enum``, ``fixed``, ``array``, ``map``, ``union`` or a primitive type.
    logical
        The name of its logical type, if it has one that fits; else None.
    fields
        Name and type of a record's fields, in the order in which they are written.
    inner
        The type of an array's items or a map's values; the branches of a union.
    symbols
        Those of an enum.
    size, precision, scale
        Bytes of a fixed; digits of a decimal, and how many of them are fractional.
    """

    kind: str
    logical: str | None = None
    fields: list[tuple[str, AvroType]] = field(default_factory=list)
    inner: list[AvroType] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    size: int = 0
    precision: int = 0
    scale: int = 0


def parse_avro(text: str, references: Iterable[str] = ()) -> AvroType:
    """Read a schema.

    Parameters
    ----------
    text
        Its JSON.
    references
        The texts of the schemas that it refers to, each after those that it refers to itself.

    Raises
    ------
    BadSchema
        Where it is not a schema.

    Examples
    --------
    >>> parse_avro('{"type": "record", "name": "A", "fields": [{"name": "x", "type": "int"}]}')
    AvroType(kind='record', ..., fields=[('x', AvroType(kind='int', ...))], ...)
    """
    parser = _AvroParser()
    for reference in references:
        parser.read(reference)
    return parser.read(text)


class _AvroParser:
    """Types by their full names, as far as they have been read."""

    def __init__(self) -> None:
        self._named: dict[str, AvroType] = {}
        self._types = 0

    def read(self, text: str) -> AvroType:
        try:
            document = _document(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            # A type's name alone is a schema too; registries hand it out with quotes or without.
            document = text.strip()
        return self._type(document, "", 0)

    def _type(self, found: Any, namespace: str, depth: int) -> AvroType:
        self._types += 1
        if self._types > MOST_TYPES:
            raise BadSchema(f"a schema must have at most {MOST_TYPES} types")
        if depth > DEEPEST:
            raise BadSchema(f"a schema must be nested at most {DEEPEST} deep")
        if isinstance(found, str):
            return self._by_name(found, namespace)
        if isinstance(found, list):
            branches = [self._type(each, namespace, depth + 1) for each in found]
            if not branches:
                raise BadSchema("a union must have a branch; found none")
            return AvroType("union", inner=branches)
        if not isinstance(found, dict):
            raise BadSchema("a type must be a name, an object or an array; found something else")
        kind = found.get("type")
        if kind in ("record", "error", "enum", "fixed"):
            return self._define(found, str(kind), namespace, depth)
        if kind in ("array", "map"):
            key = "items" if kind == "array" else "values"
            return AvroType(str(kind), inner=[self._type(found.get(key), namespace, depth + 1)])
        # {"type": "long", "logicalType": ...}, {"type": {...}}, {"type": ["null", ...]}
        plain = self._type(kind, namespace, depth + 1)
        if plain.kind in PRIMITIVES and plain.logical is None:
            _add_logical(plain, found)
        return plain

    def _by_name(self, name: str, namespace: str) -> AvroType:
        if name in PRIMITIVES:
            return AvroType(name)
        full = _full_name(name, namespace)
        # A name without a dot may also stand for one without a namespace.
        known = self._named.get(full) or self._named.get(name)
        if known is None:
            raise BadSchema(f"the type {_quoted(name)} must be defined before its use")
        return known

    def _define(self, found: dict[str, Any], kind: str, namespace: str, depth: int) -> AvroType:
        name, own = found.get("name"), found.get("namespace", namespace)
        if not isinstance(name, str) or not isinstance(own, str) or not name:
            raise BadSchema(f"a {kind} must have a name")
        full = _full_name(name, own)
        if full in self._named:
            raise BadSchema(f"the type {_quoted(full)} must be defined once; found it again")
        made = AvroType("record" if kind == "error" else kind)
        self._named[full] = made
        if made.kind == "enum":
            symbols = found.get("symbols")
            if not isinstance(symbols, list) or not all(isinstance(each, str) for each in symbols):
                raise BadSchema(f"the enum {_quoted(full)} must have a list of symbols")
            made.symbols = symbols
        elif made.kind == "fixed":
            size = found.get("size")
            if type(size) is not int or not 0 <= size <= LARGEST_FIXED:
                raise BadSchema(f"the fixed {_quoted(full)} must be 0 to {LARGEST_FIXED} bytes")
            made.size = size
            _add_logical(made, found)
        else:
            fields = found.get("fields")
            if not isinstance(fields, list):
                raise BadSchema(f"the record {_quoted(full)} must have a list of fields")
            inside = full.rpartition(".")[0]
            for each in fields:
                if not isinstance(each, dict) or not isinstance(each.get("name"), str):
                    raise BadSchema(f"each field of {_quoted(full)} must have a name and a type")
                of_field = self._type(each.get("type"), inside, depth + 1)
                made.fields.append((each["name"], of_field))
        return made


def _full_name(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _quoted(name: str) -> str:
    return repr(name[:200])


_LOGICAL = {
    "timestamp-millis": ("long",),
    "timestamp-micros": ("long",),
    "timestamp-nanos": ("long",),
    "local-timestamp-millis": ("long",),
    "local-timestamp-micros": ("long",),
    "local-timestamp-nanos": ("long",),
    "time-millis": ("int",),
    "time-micros": ("long",),
    "date": ("int",),
    "decimal": ("bytes", "fixed"),
    "uuid": ("fixed",),  # of a string the text is the value
}
"""Logical types whose values differ from the plain ones, and the types that they stand on."""


def _add_logical(plain: AvroType, found: dict[str, Any]) -> None:
    """Note a logical type; one that is not known or does not fit is passed over, as Avro says."""
    logical = found.get("logicalType")
    if not isinstance(logical, str) or plain.kind not in _LOGICAL.get(logical, ()):
        return
    if logical == "decimal":
        precision, scale = found.get("precision"), found.get("scale", 0)
        if type(precision) is not int or type(scale) is not int:
            return
        if not (0 < precision <= MOST_DIGITS and 0 <= scale <= precision):
            return
        plain.precision, plain.scale = precision, scale
    if logical == "uuid" and plain.size != 16:
        return
    plain.logical = logical
