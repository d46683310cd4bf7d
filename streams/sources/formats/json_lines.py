"""The format "json": lines that are Weathervane's own events, or others' JSON by paths.

A line is a record; a blank line is none. Own events are decoded as the records of a topic are, so
that a file and a topic agree on what an event is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from streams.sources.files.input_file import LARGEST_RECORD, InputFile
from streams.sources.formats.format import Columns, Field, Format, Values
from streams.sources.rejects import Undecodable

_BOM = b"\xef\xbb\xbf"
_document = msgspec.json.Decoder().decode
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,6})\]")

Path = tuple[str | int, ...]


def parse_path(text: str) -> Path:
    """Parse a path: names separated by dots, positions in arrays in brackets.

    Raises
    ------
    ValueError
        Where the text is not a path.

    Examples
    --------
    >>> parse_path("$.items[0].x")
    ('items', 0, 'x')
    >>> parse_path("from.addr")
    ('from', 'addr')
    """
    path = text.removeprefix("$")
    if path == text:
        path = f".{text}" if not text.startswith("[") else text
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None or (match[1] and path[at] != "."):
            break
        steps.append(match[1] or int(match[2]))
        at = match.end()
    if at < len(path) or not steps:
        raise ValueError(f"must be a path such as $.from.addr or items[0].id; found {text!r}")
    return tuple(steps)


def follow(document: Any, path: Path) -> Any:
    """Return the value at the path; None where there is none.

    Examples
    --------
    >>> follow({"items": [{"x": 1}]}, ("items", 0, "x"))
    1
    >>> follow({"items": []}, ("items", 0, "x"))
    """
    for step in path:
        if isinstance(step, str):
            if not isinstance(document, dict):
                return None
            document = document.get(step)
        else:
            if not isinstance(document, list) or step >= len(document):
                return None
            document = document[step]
    return document


def path_problem(text: str) -> str | None:
    """Say what is wrong with a path; None where nothing is."""
    try:
        parse_path(text)
    except ValueError as error:
        return str(error)
    return None


class JsonLines:
    """The records of a file of JSON lines; see `streams.sources.formats.format.RecordReader`."""

    def __init__(self, file: InputFile, columns: Columns) -> None:
        self._file = file
        self._record = b""
        # Where no time is mapped, the lines are own events.
        self.fields = tuple(columns.named) if "time" in columns.named else ()
        self._paths = [(field, parse_path(columns.named[field])) for field in self.fields]

    def __iter__(self) -> Iterator[Values | bytes | Undecodable]:
        """Yield each line's values; of own events the line itself."""
        first = True
        for line in self._file.lines():
            record = line.removeprefix(_BOM).strip() if first else line.strip()
            if not record:
                continue
            first = False
            self._record = record
            if len(record) > LARGEST_RECORD:
                yield Undecodable("too_big", f"a record must be at most {LARGEST_RECORD} bytes")
            elif self._paths:
                try:
                    yield self._values(_parse(record))
                except Undecodable as error:
                    yield error
            else:
                yield record

    def raw(self) -> bytes:
        """Return the line without the blanks around it."""
        return self._record

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


def _text(field: Field, value: Any) -> str | None:
    """Return a field as the text that a CSV column would hold."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and field in ("time", "occurred_at"):
        return f"{value:.6f}"
    raise Undecodable("wrong_type", f"{field} must be text or a whole number; found another type")


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
    place_problem=path_problem,
)
