"""JSON lines to events: Weathervane's own, or others' by paths.

A line is a record, a blank line none. Own events go through the same decoder as the
records of a topic, so that a file and a topic agree on what an event is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from streams.config.sources import Source
from streams.items import End, Event
from streams.sources.assemble import Assembler, Clock, Row, Values, mapped_fields, reject
from streams.sources.decode import Decoder, Undecodable
from streams.sources.input_file import LARGEST_RECORD, InputFile, Unopenable
from streams.sources.json_path import follow, parse_path

_BOM = b"\xef\xbb\xbf"
_document = msgspec.json.Decoder().decode


class JsonLines:
    """The records of a file of JSON lines, as events and rejects.

    Parameters
    ----------
    source, file, hash_key, clock
        See `streams.sources.read.open_records`.

    Raises
    ------
    Unopenable
        Where the source names a path that is none.
    """

    def __init__(
        self, source: Source, file: InputFile, hash_key: bytes | None, clock: Clock | None = None
    ) -> None:
        self._file = file
        read = OwnEvents if source.table.time is None else MappedEvents
        self._event = read(source, file.name, hash_key, clock).event

    def __iter__(self) -> Iterator[Row]:
        """Yield an event or a reject for every record."""
        number = 0
        for line in self._file.lines():
            record = line.strip() if number else line.removeprefix(_BOM).strip()
            if not record:
                continue
            number += 1
            try:
                if len(record) > LARGEST_RECORD:
                    raise Undecodable("too_big", f"a record must be at most {LARGEST_RECORD} bytes")
                yield self._event(number, record)
            except Undecodable as error:
                yield reject(error, self._file.name, number, record)


class OwnEvents:
    """Lines that are events of the contract."""

    def __init__(
        self, source: Source, file: str, hash_key: bytes | None, clock: Clock | None
    ) -> None:
        self._decoder = Decoder(source)
        self._kind = source.kind
        self._clock = clock

    def event(self, number: int, line: bytes) -> Event:
        """Decode a line; raises `Undecodable`."""
        event = self._decoder.decode(line, None if self._clock is None else self._clock())
        if isinstance(event, End):
            raise Undecodable(
                "wrong_kind", f"type must be {self._kind} in a file; found an end mark"
            )
        return event


class MappedEvents:
    """Lines of another's shape: the source's table says where each field stands."""

    def __init__(
        self, source: Source, file: str, hash_key: bytes | None, clock: Clock | None
    ) -> None:
        fields = mapped_fields(source)
        self._paths = []
        for field, text in fields.items():
            try:
                self._paths.append((field, parse_path(text)))
            except ValueError as error:
                raise Unopenable(f"{file}: sources.{source.name}.{field} {error}") from None
        self._assembler = Assembler(source, file, list(fields), hash_key, clock)

    def event(self, number: int, line: bytes) -> Event:
        """Assemble a line's event; raises `Undecodable`."""
        return self._assembler.event(number, self._values(_parse(line)))

    def _values(self, document: Any) -> Values:
        return tuple(_text(field, follow(document, path)) for field, path in self._paths)


def _parse(line: bytes) -> Any:
    try:
        document = _document(line)
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


def _text(field: str, value: Any) -> str | None:
    """A field as the text that a CSV column would hold."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and field in ("time", "occurred_at"):
        return f"{value:.6f}"
    raise Undecodable("wrong_type", f"{field} must be text or a whole number; found another type")
