"""Which schema a record was written with: the bytes before its own, or a header.

Serializers of schema registries write a zero byte and the schema's id in four bytes before the
record. Newer ones can write the header ``__value_schema_id`` instead: a byte 1 and the schema's
GUID in 16 bytes, or a zero byte and the id. A header wins, and both forms are read in both places.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from streams.sources.rejects import Undecodable
from streams.sources.schemas.avro import read_number

HEADER = "__value_schema_id"
MOST_INDEXES = 32
ID_BYTES = 5
"""Bytes before a record that names its schema by an id."""


class Framed(NamedTuple):
    """A record's schema, and where its own bytes begin.

    Attributes
    ----------
    schema
        The schema's id, or its GUID.
    indexes
        Of Protobuf, which message of the schema it is: the index of an outermost message, that
        of one inside it, and so on.
    begin
        Where its own bytes begin.
    """

    schema: str
    indexes: tuple[int, ...]
    begin: int


def framed(
    value: bytes, headers: Sequence[tuple[str, bytes | None]], *, indexed: bool = False
) -> Framed:
    r"""Find a record's schema.

    Parameters
    ----------
    value, headers
        The record.
    indexed
        Whether message indexes follow, as in Protobuf.

    Raises
    ------
    Undecodable
        Where it names none.

    Examples
    --------
    >>> framed(b"\x00\x00\x00\x00\x07abc", ())
    Framed(schema='7', indexes=(), begin=5)
    """
    for name, content in headers:
        if name == HEADER and content is not None:
            schema, indexes, end = _prefix(content, indexed=indexed)
            if end != len(content):
                raise _refusal(f"the header {HEADER}")
            return Framed(schema, indexes, 0)
    return Framed(*_prefix(value, indexed=indexed))


def _prefix(data: bytes, *, indexed: bool) -> tuple[str, tuple[int, ...], int]:
    if data[:1] == b"\x00" and len(data) >= ID_BYTES:
        # As a signed number: a registry gives positive ones.
        number = int.from_bytes(data[1:ID_BYTES], "big", signed=True)
        if number <= 0:
            raise _refusal("a record")
        schema, at = str(number), ID_BYTES
    elif data[:1] == b"\x01" and len(data) >= 17:
        schema, at = str(uuid.UUID(bytes=data[1:17])), 17
    else:
        raise _refusal("a record")
    if not indexed:
        return schema, (), at
    indexes, at = _indexes(data, at)
    return schema, indexes, at


def _indexes(data: bytes, at: int) -> tuple[tuple[int, ...], int]:
    """Read message indexes: how many, then each; the first message is a single zero."""
    try:
        count, at = read_number(data, at)
        if not 0 <= count <= MOST_INDEXES:
            raise _refusal("a record")
        indexes = []
        for _ in range(count):
            index, at = read_number(data, at)
            indexes.append(index)
    except IndexError:
        raise _refusal("a record") from None
    return tuple(indexes) or (0,), at


def _refusal(where: str) -> Undecodable:
    return Undecodable(
        "no_schema_id",
        f"{where} must begin as a schema registry's serializer writes it: a byte 0 and an id, or a"
        " byte 1 and a GUID; found other bytes",
    )
