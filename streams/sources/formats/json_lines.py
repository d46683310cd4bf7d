"""The format "json": lines that are Weathervane's own events, or others' JSON by paths.

A line is a record; a blank line is none. Own events are decoded as the records of a topic are, so
that a file and a topic agree on what an event is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from streams.sources.files.input_file import InputFile
from streams.sources.formats.format import Columns, Field, Format, Headers, Values
from streams.sources.mapping.mapper import Find, Mapper
from streams.sources.mapping.paths import follow, parse_path, path_problem
from streams.sources.rejects import Undecodable

_BOM = b"\xef\xbb\xbf"
_document = msgspec.json.Decoder().decode


class JsonLines:
    """The records of a file of JSON lines; see `streams.sources.formats.format.RecordReader`."""

    def __init__(self, file: InputFile, _: Columns) -> None:
        self._file = file
        self._record = b""

    def __iter__(self) -> Iterator[bytes]:
        """Yield each line, without the blanks around it."""
        first = True
        for line in self._file.lines():
            record = line.removeprefix(_BOM).strip() if first else line.strip()
            if record:
                first = False
                self._record = record
                yield record

    def raw(self) -> bytes:
        """Return the line without the blanks around it."""
        return self._record


class JsonRecords:
    """Decodes others' JSON; see `streams.sources.formats.format.RecordDecoder`."""

    def __init__(self, columns: Columns) -> None:
        self._mapper = Mapper(columns, find_path)

    def items(self, value: bytes, headers: Headers) -> list[Values]:
        """Return the values of the record's items."""
        return [self._mapper.values(_parse(value))]


def find_path(place: str, _: Field) -> Find:
    """Return what looks up a path in a document."""
    path = parse_path(place)
    return lambda document: follow(document, path)


def _parse(record: bytes) -> Any:
    try:
        document = _document(record)
    except UnicodeDecodeError:
        raise Undecodable("not_utf8", "a record must be UTF-8") from None
    except RecursionError:
        raise Undecodable("too_deep", "JSON must not be nested so deeply") from None
    except msgspec.DecodeError as error:
        if "utf-8" in str(error).lower() or "surrogate" in str(error).lower():
            raise Undecodable("not_utf8", "a record must be UTF-8") from None
        raise Undecodable("not_json", f"a record must be one JSON object; {error}") from None
    if not isinstance(document, dict):
        raise Undecodable("not_json", "a record must be one JSON object; found another value")
    return document


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
    has_ids=lambda mapped: "sender" not in mapped or "event_id" in mapped,
    reader=JsonLines,
    record=JsonRecords,
    place_problem=path_problem,
    options=("time_format", "encoding"),
)
