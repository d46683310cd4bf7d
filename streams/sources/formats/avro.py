"""The format "avro": Avro's files, and records that name their schema in a schema registry.

The records of a file are read as those of a topic are: each is given the GUID of the file's schema,
as a registry's serializers do.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from itertools import repeat

from streams.items import Skipped
from streams.sources.files.input_file import InputFile, Unopenable
from streams.sources.formats.format import Columns, Format, Headers, Values
from streams.sources.formats.rows import RecordRows, rows_of
from streams.sources.mapping.compiled_avro import UNFIT, AvroFields, compiled_avro
from streams.sources.mapping.documents import DocumentItems, place_problem
from streams.sources.rejects import Undecodable
from streams.sources.schemas.avro import avro_reader
from streams.sources.schemas.avro_types import parse_avro
from streams.sources.schemas.container import Container, DamagedContainer
from streams.sources.schemas.decision import Decision
from streams.sources.schemas.framing import ID_BYTES, framed
from streams.sources.schemas.limits import BadSchema
from streams.sources.schemas.table import MOST_DECODERS


class AvroFile:
    """The records of an Avro file; see `streams.sources.formats.format.RecordReader`."""

    def __init__(self, file: InputFile, columns: Columns) -> None:
        self._record = b""
        try:
            self._container = Container(file)
            text = self._container.schema
            self._read = avro_reader(parse_avro(text))
        except (DamagedContainer, BadSchema) as error:
            raise Unopenable(f"{file.path}: {error}") from None
        guid = uuid.UUID(bytes=hashlib.md5(text.encode(), usedforsecurity=False).digest())
        columns.schemas.define(Decision(columns.registry, str(guid), "AVRO", text))
        self._prefix = b"\x01" + guid.bytes

    def __iter__(self) -> Iterator[bytes | Undecodable]:
        """Yield each record, its schema's GUID before it."""
        for block in self._container.blocks():
            self._record = b""
            if isinstance(block, Undecodable):
                yield block
                continue
            count, data = block
            at = 0
            for number in range(count):
                begin = at
                try:
                    _, at = self._read(data, at)
                except Undecodable as error:
                    self._record = data[begin:]
                    rest = f"; the {count - number} records left in its block go with it"
                    yield Undecodable(error.reason, f"{error.detail}{rest}")
                    break
                self._record = self._prefix + data[begin:at]
                yield self._record
            else:
                if at != len(data):
                    self._record = data[at:]
                    yield Undecodable(
                        "not_avro",
                        f"a block must hold as many records as it says, {count}; found more bytes",
                    )

    def raw(self) -> bytes:
        """Return the record; where it cannot be read, what is left of its block."""
        return self._record


class AvroRecords:
    """Decodes records of a registry's serializers; see `RecordDecoder`.

    Where the paths are plain, and the schema has scalars there, only they are made of a record.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._of_document = DocumentItems(columns).items
        self._registry, self._schemas = columns.registry, columns.schemas
        self._fields: dict[str, AvroFields | None] = {}
        self._by_prefix: dict[bytes, AvroFields] = {}

    def items(self, value: bytes, headers: Headers) -> Sequence[Values | Undecodable | Skipped]:
        """Return the values of the record's items."""
        fields = None if headers else self._by_prefix.get(value[:ID_BYTES])
        schema, begin = "", ID_BYTES
        if fields is None:
            schema, _, begin = framed(value, headers)
            self._schemas.decoder("AVRO", self._registry, schema)
            fields = self._fields_of(schema)
            if fields is not None and begin == ID_BYTES:
                self._by_prefix[value[:ID_BYTES]] = fields
        if fields is not None:
            try:
                return (fields.values(value, begin),)
            except UNFIT:
                pass  # the whole record is decoded, and says what is wrong
        schema = schema or framed(value, headers).schema
        decode = self._schemas.decoder("AVRO", self._registry, schema)
        return self._of_document(decode(value, begin), headers)

    def rows(self, values: Sequence[bytes], headers: Sequence[Headers]) -> RecordRows:
        """Return the values of many records; see `RowsDecoder`."""
        prefix = values[0][:ID_BYTES]
        fields = self._by_prefix.get(prefix)
        is_one_schema = all(map(bytes.startswith, values, repeat(prefix)))
        if fields is None or any(headers) or not is_one_schema:
            return rows_of(self, values, headers)
        try:
            return fields.rows(values, ID_BYTES)
        except UNFIT:
            return rows_of(self, values, headers)

    def _fields_of(self, schema: str) -> AvroFields | None:
        if schema not in self._fields:
            if len(self._fields) >= MOST_DECODERS:
                self._fields.clear()
                self._by_prefix.clear()
            kind = self._schemas.avro_type(self._registry, schema)
            self._fields[schema] = compiled_avro(self._columns, kind)
        return self._fields[schema]


AVRO = Format(
    name="avro",
    summary="Avro's files; in topics, records that name their schema in a schema registry",
    kinds=("send", "complaint"),
    channel="sms",
    fields={},
    required=("time", "sender"),
    places="paths",
    holds_people=False,
    reader=AvroFile,
    record=AvroRecords,
    place_problem=place_problem,
    nested=True,
    binary=True,
    may_ask_registry=True,
    options=("time_format",),
)
