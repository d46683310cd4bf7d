"""The format "json": lines that are Weathervane's own events, or others' JSON by paths.

A line is a record; a blank line is none. Only a file that is one document on many lines, as a
program writes it for people to read, is one record. Own events are decoded as the records of a
topic are, so that a file and a topic agree on what an event is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from streams.items import Skipped
from streams.sources.files.input_file import LARGEST_RECORD, InputFile
from streams.sources.formats.format import Columns, Format, Headers, Values
from streams.sources.formats.rows import RecordRows, rows_of
from streams.sources.mapping.compiled import compiled_paths
from streams.sources.mapping.documents import DocumentItems, place_problem
from streams.sources.mapping.envelopes import parse_json
from streams.sources.mapping.mapper import Mapper
from streams.sources.rejects import Undecodable
from streams.sources.schemas.framing import framed

_FRAMED = (b"\x00", b"\x01")
"""How a record begins that a schema registry's serializer wrote: no JSON begins so."""

_pass_over = msgspec.json.Decoder().decode
_BOM = b"\xef\xbb\xbf"


class JsonLines:
    """The records of a file of JSON lines; see `streams.sources.formats.format.RecordReader`."""

    def __init__(self, file: InputFile, _: Columns) -> None:
        self._file = file
        self._record = b""

    def __iter__(self) -> Iterator[bytes]:
        """Yield each line, or the one document, without the blanks around it."""
        for record in self._records():
            self._record = record
            yield record

    def _records(self) -> Iterator[bytes]:
        lines = filter(None, map(bytes.strip, self._file.lines()))
        first = next(lines, b"").removeprefix(_BOM).strip()
        begun = [first] if first else []
        if first[:1] in (b"{", b"[") and not _is_json(first):
            size = len(first)
            while size <= LARGEST_RECORD and (line := next(lines, None)) is not None:
                begun.append(line)
                size += len(line) + 1
            document = b"\n".join(begun)
            if size <= LARGEST_RECORD and _is_json(document):
                begun = [document]
        yield from begun
        yield from lines

    def raw(self) -> bytes:
        """Return the record yielded last."""
        return self._record


def _is_json(text: bytes) -> bool:
    try:
        _pass_over(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


class JsonRecords:
    """Decodes others' JSON; see `streams.sources.formats.format.RecordDecoder`."""

    def __init__(self, columns: Columns) -> None:
        self._of_document = DocumentItems(columns).items
        self._framed = columns.registry != ""
        compiled = compiled_paths(columns)
        self._row = None if compiled is None else compiled.decode
        self._mapper = None if compiled is None else Mapper(columns, compiled.find)

    def items(self, value: bytes, headers: Headers) -> Sequence[Values | Undecodable | Skipped]:
        """Return the values of the record's items; JSON needs no schema to be read."""
        if self._framed and value[:1] in _FRAMED:
            value = value[framed(value, headers).begin :]
        if self._row is not None and self._mapper is not None:
            try:
                row = self._row(value)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass  # the whole document is decoded, and says what is wrong
            else:
                return (self._mapper.values(row),)
        return self._of_document(parse_json(value, "a record"), headers)

    def rows(self, values: Sequence[bytes], headers: Sequence[Headers]) -> RecordRows:
        """Return the values of many records; see `RowsDecoder`."""
        if self._row is None or self._mapper is None or self._framed:
            return rows_of(self, values, headers)
        try:
            return self._mapper.rows(list(map(self._row, values)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Undecodable):
            return rows_of(self, values, headers)


JSON = Format(
    name="json",
    summary="JSON lines: Weathervane's own events, or others by paths",
    kinds=("send", "complaint"),
    channel="sms",
    fields={},
    required=("time", "sender"),
    places="JSON paths",
    own_events=True,
    holds_people=False,
    reader=JsonLines,
    record=JsonRecords,
    place_problem=place_problem,
    nested=True,
    options=("time_format", "encoding"),
    may_ask_registry=True,
)
