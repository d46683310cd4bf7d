"""Files of entries: CSV with a header, or JSON; every wrong row is said, and nothing half read.

Names are brought to the form in which events are counted. A CSV has a column `kind` and columns
that are called as the entries' fields; a cell of several names separates them by semicolons.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

import msgspec

from streams.items import MAX_NAME_BYTES
from streams.names.canonical import canonical
from streams.ready_form import ready
from streams.registry.entry import (
    ENTRY_FORM,
    ENTRY_TYPES,
    LONGEST_CODE,
    LONGEST_ENTRY,
    MOST_NAMES,
    Entry,
    MessageKind,
    key_of,
    kind_of,
)
from streams.registry.topic_rows import encode_row, entry_problem

LISTS = ("categories", "regions", "kinds")
NAMES_OF_KIND = {
    kind: tuple(field for field in of.__struct_fields__ if field not in ("v",))
    for kind, of in ENTRY_TYPES.items()
}
COLUMNS = ("kind", *dict.fromkeys(name for names in NAMES_OF_KIND.values() for name in names))
"""Every column that a CSV may have, in the order in which one is written."""

_MISSING = re.compile(r"missing required field `(\w+)`")
_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[Ee][+-]?\d+|\d+[.,]0+")
"""What spreadsheets make of a long number: digits of it are gone."""
_SEPARATED = re.compile(r"(?:\\.|[^;\uff1b\\]|\\$)+", re.DOTALL)
_ESCAPED = re.compile(r"\\([;\uff1b\\])")

_FORMS = {kind: ready(of) for kind, of in ENTRY_TYPES.items()}
_TO_ESCAPE = re.compile(r"([;\uff1b\\])")
"""A name in a list may hold a semicolon, behind a backslash."""

NUMBERS = ("id", "code", "parent", "account")
"""Columns in which it cannot be a name."""

_RULES = {
    "length": f"must be 1 to {LONGEST_CODE}",
    "kinds": f"must be among {', '.join(get_args(MessageKind))}",
    "categories": f"must be at most {MOST_NAMES} names",
    "regions": f"must be at most {MOST_NAMES} names",
}


class Wrong(NamedTuple):
    """What is wrong with a row.

    Attributes
    ----------
    place
        Of the row: a line of a CSV, an item of JSON.
    column
        The column, or the key; None where it is about the whole row.
    problem
        The rule, and what was found.
    """

    place: str
    column: str | None
    problem: str

    def __str__(self) -> str:
        """Say it in one line."""
        column = "" if self.column is None else f", {self.column}"
        return f"{self.place}{column}: {self.problem}"


class FileWrong(Exception):
    """A file holds wrong rows: none of it may be used."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__("\n".join(map(str, wrong)))
        self.wrong = wrong


def read_entries(content: bytes, name: str) -> list[Entry]:
    """Read a file of entries.

    Parameters
    ----------
    content
        Its bytes, UTF-8.
    name
        Its name: one that ends in ``.json`` or ``.jsonl`` is JSON, any other CSV.

    Raises
    ------
    FileWrong
        Where anything is wrong with it: every wrong row is named.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileWrong(
            [Wrong(f"line {line}", None, "must be UTF-8; save the file as CSV UTF-8")]
        ) from None
    rows = _json_rows(text) if name.lower().endswith((".json", ".jsonl")) else _csv_rows(text)
    wrong: list[Wrong] = []
    entries: dict[str, tuple[str, Entry]] = {}
    for place, fields in rows:
        found = fields if isinstance(fields, Wrong) else _entry(place, fields)
        if isinstance(found, Wrong):
            wrong.append(found)
            continue
        first = entries.setdefault(key_of(found), (place, found))
        if first[0] != place:
            wrong.append(Wrong(place, None, f"must be there once; {first[0]} is {key_of(found)}"))
    if not wrong and not entries:
        wrong = [Wrong("file", None, "must have at least one row; found none")]
    if wrong:
        raise FileWrong(wrong)
    return [entry for _, entry in entries.values()]


_Rows = Iterator[tuple[str, Mapping[str, Any] | Wrong]]


def _csv_rows(text: str) -> _Rows:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        yield from _header_problems(header)
        for cells in lines:
            place = f"line {lines.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                problem = f"must have {len(header)} cells, as the header; found {len(cells)}"
                yield place, Wrong(place, None, problem)
                continue
            yield place, _cells(place, dict(zip(header, cells, strict=True)))
    except csv.Error as error:
        place = f"line {lines.line_num}"
        yield place, Wrong(place, None, f"must be CSV; {error}")


def _header_problems(header: list[str]) -> _Rows:
    for name in header:
        if name not in COLUMNS:
            problem = f"must be one of {', '.join(COLUMNS)}; found {name!r}"
            yield "line 1", Wrong("line 1", "header", problem)
        elif header.count(name) > 1:
            yield "line 1", Wrong("line 1", "header", f"must have {name} once")
    if "kind" not in header:
        yield "line 1", Wrong("line 1", "header", "must have a column kind; found none")


def _cells(place: str, row: Mapping[str, str]) -> Mapping[str, Any] | Wrong:
    fields: dict[str, Any] = {}
    for column, cell in row.items():
        text = cell.strip()
        if re.fullmatch(r"'['\d].*", text, re.DOTALL):  # a spreadsheet's mark of text: see `row_of`
            text = text[1:]
        if not text:
            continue
        if column in LISTS:
            parts = _SEPARATED.findall(text)
            named = [_ESCAPED.sub(r"\1", part).strip() for part in parts]
            fields[column] = [name for name in named if name]
        elif column == "length":
            if not (text.isascii() and text.isdigit() and len(text) < 4):
                return Wrong(
                    place, column, f"must be a number of digits, such as 20; found {text!r}"
                )
            fields[column] = int(text)
        else:
            fields[column] = text
    return fields


def _json_rows(text: str) -> _Rows:
    begins = text.lstrip()[:1]
    if begins == "[":
        try:
            items = msgspec.json.decode(text, type=list[msgspec.Raw])
        except (msgspec.DecodeError, RecursionError) as error:
            yield "file", Wrong("file", None, f"must be JSON; {error}")
            return
        numbered: Iterable[tuple[str, Any]] = ((f"item {n}", i) for n, i in enumerate(items, 1))
    else:
        lines = enumerate(text.split("\n"), 1)
        numbered = ((f"line {n}", line) for n, line in lines if line.strip())
    for place, raw in numbered:
        try:
            yield place, msgspec.json.decode(raw, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            yield place, Wrong(place, None, f"must be a JSON object; {error}")


def _entry(place: str, fields: Mapping[str, Any]) -> Entry | Wrong:
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in ENTRY_TYPES:
        return Wrong(place, "kind", f"must be one of {', '.join(ENTRY_TYPES)}; found {kind!r:.80}")
    allowed = NAMES_OF_KIND[kind]
    for name in fields:
        if name not in (*allowed, "kind", "v"):
            return Wrong(place, name, f"must not be there: a {kind} has {', '.join(allowed)}")
    values = {name: _in_one_form(value) for name, value in fields.items() if name != "v"}
    if problem := _form_problem(fields):
        return Wrong(place, "v", problem)
    for name in NUMBERS if kind in ("code", "filing") else ():
        if _SCIENTIFIC.fullmatch(str(values.get(name, ""))):
            return Wrong(
                place, name,
                f"must have all its digits; found {values[name]!r:.80}, as a spreadsheet writes a"
                " long number: give the column the format Text, and enter the number again",
            )  # fmt: skip
    for name in ("valid_from", "valid_until"):
        if problem := _date_problem(values.get(name)):
            return Wrong(place, name, problem)
    try:
        entry: Entry = msgspec.convert(values, _FORMS[kind])
    except msgspec.ValidationError as error:
        return _misfit(place, str(error), values)
    broken = entry_problem(entry)
    if broken is not None:
        return Wrong(place, *broken)
    if len(encode_row(entry)) > LONGEST_ENTRY:
        return Wrong(place, None, f"must be at most {LONGEST_ENTRY} bytes; list fewer names")
    return entry


def _misfit(place: str, said: str, values: Mapping[str, Any]) -> Wrong:
    """Say what a value must be, as the entry's types say it."""
    missing = _MISSING.search(said)
    if missing is not None:
        return Wrong(place, missing[1], "must not be empty")
    _, _, path = said.partition(" - at `$")
    column = path.strip(".`").partition("[")[0] or None
    rule = _RULES.get(column or "", f"must be a name of 1 to {MAX_NAME_BYTES} bytes")
    return Wrong(place, column, f"{rule}; found {values.get(column or '')!r:.80}")


def _in_one_form(value: Any) -> Any:
    if isinstance(value, str):
        return canonical(value)
    return [_in_one_form(each) for each in value] if isinstance(value, list) else value


def _form_problem(fields: Mapping[str, Any]) -> str | None:
    form = fields.get("v", ENTRY_FORM)
    if type(form) is int and form == ENTRY_FORM:
        return None
    return f"must be {ENTRY_FORM}, or not be there; found {form!r:.80}"


def _date_problem(value: Any) -> str | None:
    if value is None:
        return None
    try:
        if len(value) == 10 and dt.date.fromisoformat(value):
            return None
    except (ValueError, TypeError):
        pass
    return f"must be a day such as 2026-03-02; found {value!r:.80}"


def row_of(entry: Entry) -> dict[str, Any]:
    """Return an entry as a row: a value for each column, a list of names as one cell.

    Examples
    --------
    >>> from streams.registry.entry import CodeEntry
    >>> row = row_of(CodeEntry(id="1069", regions=("Hunan", "Hubei")))
    >>> {column: cell for column, cell in row.items() if cell}
    {'kind': 'code', 'id': '1069', 'regions': 'Hunan; Hubei'}
    """
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row["kind"] = kind_of(entry)
    for field in entry.__struct_fields__:
        value = getattr(entry, field)
        row[field] = value
        if isinstance(value, tuple):
            value = "; ".join(_TO_ESCAPE.sub(r"\\\1", name) for name in value)
        if isinstance(value, str):
            row[field] = f"'{value}" if value.startswith("'") else value
        if isinstance(value, dt.date):
            row[field] = value.isoformat()
    return row
