"""The format "protobuf": records that name their schema in a schema registry.

A file has the length of each record before it, as a number of seven bits a byte: Protobuf's own way
to write many messages (``writeDelimitedTo``). Each record is as a topic has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.items import Skipped
from streams.sources.files.input_file import LARGEST_RECORD, InputFile
from streams.sources.formats.format import Columns, Format, Headers, Values
from streams.sources.mapping.documents import DocumentItems, place_problem
from streams.sources.rejects import Undecodable
from streams.sources.schemas.framing import framed


class ProtobufFile:
    """The records of a file; see `streams.sources.formats.format.RecordReader`."""

    def __init__(self, file: InputFile, _: Columns) -> None:
        self._file = file
        self._record = b""

    def __iter__(self) -> Iterator[bytes | Undecodable]:
        """Yield each record without its length."""
        while (length := self._length()) is not None:
            if length < 0:
                yield from self._broken_off()
                return
            if length > LARGEST_RECORD:
                yield Undecodable(
                    "too_big",
                    f"a record must be at most {LARGEST_RECORD} bytes; found the length {length},"
                    " behind which no other record is looked for",
                )
                return
            self._record = self._file.read(length)
            if len(self._record) < length:
                yield from self._broken_off()
                return
            yield self._record

    def raw(self) -> bytes:
        """Return the record without its length."""
        return self._record

    def _broken_off(self) -> Iterator[Undecodable]:
        """Say that the file ends within a record, unless it is damaged: then its end is cut."""
        if self._file.damage is None:
            yield Undecodable("truncated", "a record must be whole; the file breaks off")
        else:
            self._file.cut = self._record

    def _length(self) -> int | None:
        """Return the length of the next record; None at the end, -1 where the file ends in it."""
        self._record = b""
        length = 0
        for shift in range(0, 35, 7):
            byte = self._file.read(1)
            if not byte:
                return None if shift == 0 else -1
            self._record += byte
            length |= (byte[0] & 0x7F) << shift
            if byte[0] < 0x80:
                return length
        return max(length, LARGEST_RECORD + 1)  # longer than any length may be


class ProtobufRecords:
    """Decodes records of a registry's serializers; see `RecordDecoder`."""

    def __init__(self, columns: Columns) -> None:
        self._items = DocumentItems(columns).items
        self._registry, self._schemas = columns.registry, columns.schemas

    def items(self, value: bytes, headers: Headers) -> list[Values | Undecodable | Skipped]:
        """Return the values of the record's items."""
        schema, indexes, begin = framed(value, headers, indexed=True)
        decode = self._schemas.decoder("PROTOBUF", self._registry, schema, indexes)
        return self._items(decode(value, begin), headers)


PROTOBUF = Format(
    name="protobuf",
    summary="records that name their schema in a schema registry; in files, each after its length",
    kinds=("send", "complaint"),
    channel="sms",
    fields={},
    required=("time", "sender"),
    places="paths",
    holds_people=False,
    reader=ProtobufFile,
    record=ProtobufRecords,
    place_problem=place_problem,
    nested=True,
    binary=True,
    may_ask_registry=True,
    options=("time_format",),
)
