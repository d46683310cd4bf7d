"""Finds out what some records are: their format, and the columns that they have."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from streams.sources.formats.csv_rows import SEPARATOR
from streams.sources.formats.first_line import names_columns
from streams.sources.mapping.paths import follow, parse_path
from streams.sources.trial.columns import (
    FoundPlace,
    arrays_of_objects,
    columns_of_documents,
    columns_of_rows,
)
from streams.sources.trial.hints import is_known

_MOST_AROUND = 6
"""More values beside an array of objects: the record itself is the event."""

_GUESS = "gb18030"
_DELIMITERS = ",;\t|"
_document = msgspec.json.Decoder().decode
_BOM = b"\xef\xbb\xbf"


class NotUnderstood(Exception):
    """Records are of no format for which a mapping can be proposed; the message says what helps."""


@dataclass(frozen=True)
class Look:
    """What some records are.

    Attributes
    ----------
    format
        The name of their format.
    columns
        What they have.
    records
        How many events they hold.
    items
        The path of the array that holds a record's events; None where each record is one.
    delimiter
        What stands between the columns of a table.
    encoding
        That of a file which is not UTF-8, as far as can be guessed; None where it is.
    header
        The columns of a table without a header; None where it has one.
    own
        Whether they are Weathervane's own events.
    """

    format: str
    columns: list[FoundPlace]
    records: int
    items: str | None = None
    delimiter: str = ","
    encoding: str | None = None
    header: list[str] | None = None
    own: bool = False


def look_at_records(values: Sequence[bytes]) -> Look:
    """Say what the records of a topic are.

    Raises
    ------
    NotUnderstood
        Where no mapping can be proposed.
    """
    values = [value for value in values if value.strip()]
    if not values:
        raise NotUnderstood("there is no record to look at: write some first")
    documents = _documents(values)
    if documents is not None:
        return _look_at_json(documents)
    if names_schemas(values):
        raise NotUnderstood(
            "the records begin with a schema's id, as a schema registry's clients write them: name"
            ' format = "avro", "protobuf" or "json", and the url of [sources.x.schema_registry]'
        )
    if _is_mail(values[0]):
        return Look("arf", [], len(values))
    return _look_at_table([_text(value) for value in values], headed=False)


def names_schemas(values: Sequence[bytes]) -> bool:
    """Whether most records begin with a schema's id, as a schema registry's clients write it."""
    return sum(value[:1] == b"\0" and len(value) > 5 for value in values) > len(values) / 2


def look_at_file(lines: Sequence[bytes]) -> Look:
    """Say what a file is, from its first lines.

    Raises
    ------
    NotUnderstood
        Where no mapping can be proposed.
    """
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise NotUnderstood("the file holds no record to look at")
    first = lines[0].removeprefix(_BOM)
    if first.lstrip()[:1] in (b"{", b"["):
        documents = _documents([first, *lines[1:]]) or _documents([b"".join([first, *lines[1:]])])
        if documents is None:
            raise NotUnderstood("the file begins as JSON, and is not one JSON value a line")
        return _look_at_json(documents)
    if _is_mail(first):
        return Look("arf", [], 1)
    found = _look_at_table([_text(line) for line in (first, *lines[1:])])
    utf_8 = all(_quietly(bytes.decode, line) is not None for line in lines)
    return found if utf_8 else replace(found, encoding=_GUESS)


def _look_at_table(lines: Sequence[str], *, headed: bool = True) -> Look:
    separator = SEPARATOR.match(lines[0]) if headed else None
    lines = lines if separator is None else lines[1:]
    delimiter = separator[1] if separator else max(_DELIMITERS, key="".join(lines[:1]).count)
    text = "\n".join(line.strip("\r\n") for line in lines)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if not rows or len(rows[0]) < 2:
        raise NotUnderstood(
            "the records are neither JSON nor delimited columns: docs/how-to/own-data.md says what"
            " a source can be"
        )
    names = [name.strip() for name in rows[0]]
    if headed and names_columns(names, rows[1:], known=sum(map(is_known, names))):
        form = "ftc" if "Company_Phone_Number" in names else "csv"
        return Look(form, columns_of_rows(names, rows[1:]), len(rows) - 1, delimiter=delimiter)
    names = [f"c{number}" for number in range(1, len(names) + 1)]
    found = columns_of_rows(names, rows)
    return Look("csv", found, len(rows), delimiter=delimiter, header=names)


def _look_at_json(documents: Sequence[Any]) -> Look:
    own = [one for one in documents if isinstance(one, dict) and {"v", "event_time"} <= one.keys()]
    if len(own) > len(documents) / 2:
        return Look("json", [], len(documents), own=True)
    arrays = arrays_of_objects(documents)
    within = [path for path in arrays if path.count(".") + path.count("[") <= 1]
    alone = columns_of_documents(documents)
    if not within or (within[0] != "$" and len(alone) > _MOST_AROUND):
        return Look("json", alone, len(documents))
    items = within[0]
    inside: list[Any] = []
    for document in documents:
        found = document if items == "$" else follow(document, parse_path(items))
        inside += found if isinstance(found, list) else []
    return Look("json", columns_of_documents(inside), len(inside), items=f"{items}[*]")


def _documents(values: Sequence[bytes]) -> list[Any] | None:
    """Return values as JSON's objects and arrays; None where most of them are none."""
    found = []
    for value in values:
        document = _quietly(_document, value)
        if isinstance(document, dict | list):
            found.append(document)
    return found if len(found) > len(values) / 2 else None


def _quietly(decode: Callable[[bytes], Any], value: bytes) -> Any:
    try:
        return decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _is_mail(value: bytes) -> bool:
    return value.startswith((b"From ", b"Return-Path:", b"Received:", b"Delivered-To:", b"MIME-"))


def _text(value: bytes) -> str:
    for encoding in ("utf-8", _GUESS):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("utf-8", "replace")
