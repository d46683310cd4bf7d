"""The format "csv": rows whose columns a header names, or the source's table.

A byte that is not of the file's encoding is passed on as a surrogate, and
`streams.sources.assemble` rejects the record if a field that it uses holds one.

A record with more or fewer fields than the header is a reject: its fields cannot be matched to
columns. After a stray quote, the CSV reader takes the following lines as part of the same record
until it finds that they cannot be one. Then only the line with the quote is a reject, and the lines
after it are read again: each as a record of its own, but for the last of them, which may go on in
lines not yet read. So no line is read more than three times, whatever quotes a file holds.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from operator import itemgetter

from streams.items import Skipped
from streams.sources.files.input_file import LARGEST_RECORD, InputFile, Unopenable
from streams.sources.formats.csv_header import delimiter_of, place_fields
from streams.sources.formats.format import Columns, Field, Format, Headers, Values
from streams.sources.mapping.mapper import Find, Mapper
from streams.sources.rejects import Undecodable

SEPARATOR = re.compile(r'"?sep=(.)"?\s*\Z', re.IGNORECASE)
"""A line that Excel writes, and reads, before the header."""


class CsvRows:
    """The records of a CSV file; see `streams.sources.formats.format.RecordReader`.

    Raises
    ------
    Unopenable
        Where the header lacks a column.
    """

    def __init__(self, file: InputFile, columns: Columns) -> None:
        self._file = file
        self._lines = _Lines(file)
        first = self._lines.first
        separator = SEPARATOR.match(first)
        if separator is not None:
            next(self._lines)
            self._lines.record.clear()
        delimiter = columns.delimiter or (
            delimiter_of(first, columns) if separator is None else separator[1]
        )
        self._reader = csv.reader(self._lines, strict=True, delimiter=delimiter)
        self._first: list[str] | None = None  # a record, where there is no header
        self._header = self._read_header(columns)
        absent = place_fields(file, columns, self._header, b"".join(self._lines.record))
        self._mapper = Mapper(columns, partial(find_column, self._header, absent))

    def __iter__(self) -> Iterator[Values | Undecodable | Skipped]:
        """Yield each row's values, or why it has none."""
        lines, record, width = self._lines, self._lines.record, len(self._header)
        values = self._mapper.values
        if self._first is not None:
            fits = len(self._first) == width
            yield values(self._first) if fits else _misfit(self._first, width, record)
        while True:
            record.clear()
            try:
                for row in self._reader:
                    if row:  # a blank line is not a record
                        if len(row) == width and len(record[0]) <= LARGEST_RECORD:
                            yield values(row)
                        else:
                            yield _misfit(row, width, record)
                    record.clear()
                return
            except csv.Error as error:
                problem = _bad_csv(error, record)
                lines.again()
                yield problem

    def raw(self) -> bytes:
        """Return the lines of the row yielded last."""
        return b"".join(self._lines.record)

    def _read_header(self, columns: Columns) -> list[str]:
        try:
            header = next((row for row in self._reader if row), [])
        except csv.Error as error:
            raise Unopenable(f"{self._file.path}: must begin with a CSV header; {error}") from None
        names = [name.strip() for name in header]
        if columns.header is None:
            return names
        if header and names != list(columns.header):
            self._first = header
        return list(columns.header)


class CsvRecords:
    """Decodes rows that stand alone, whose columns the source's table names.

    See `streams.sources.formats.format.RecordDecoder`.
    """

    def __init__(self, columns: Columns) -> None:
        header = columns.header or ()
        self._width = len(header)
        self._delimiter = columns.delimiter or ","
        self._encoding = columns.encoding or "utf-8"
        self._mapper = Mapper(columns, partial(find_column, header, frozenset()))

    def items(self, value: bytes, headers: Headers) -> Iterable[Values | Undecodable | Skipped]:
        """Return the one item of a row."""
        try:
            lines = io.StringIO(value.decode(self._encoding), newline="")
            rows = list(csv.reader(lines, strict=True, delimiter=self._delimiter))
        except UnicodeDecodeError:
            raise not_of(self._encoding) from None
        except csv.Error as error:
            raise _bad_csv(error, [value]) from None
        if len(rows) != 1 or len(rows[0]) != self._width:
            raise Undecodable("ragged", f"a record must be one row of {self._width} fields")
        return [self._mapper.values(rows[0])]


def not_of(encoding: str) -> Undecodable:
    """Return why bytes are no text of an encoding."""
    return Undecodable("not_utf8", f"a record must be {encoding.upper()}; found other bytes")


def find_column(
    header: Sequence[str], absent: Collection[str], column: str, _: Field | None
) -> Find:
    """Return what looks a column up in a row; see `streams.sources.mapping.mapper.Finder`."""
    if not header or column in absent:
        return lambda row: None
    return itemgetter(header.index(column))


def _misfit(row: list[str], width: int, record: list[bytes]) -> Undecodable:
    if len(record[0]) > LARGEST_RECORD:
        return Undecodable("too_big", f"a record must be at most {LARGEST_RECORD} bytes")
    return Undecodable("ragged", f"a record must have {width} fields; found {len(row)}")


def _bad_csv(error: csv.Error, record: list[bytes]) -> Undecodable:
    if sum(map(len, record)) > LARGEST_RECORD:
        return Undecodable("too_big", f"a record must be at most {LARGEST_RECORD} bytes")
    return Undecodable("bad_csv", f"a record must be CSV; {error}")


class _Lines(Iterator[str]):
    """The file's lines as text; `record` holds the lines of the record being read."""

    def __init__(self, file: InputFile) -> None:
        self._lines = file.lines()
        lines = list(itertools.islice(self._lines, 1))
        self.first = lines[0].decode("utf-8", "surrogateescape") if lines else ""
        self._again = deque(lines)
        self.record: list[bytes] = []
        self._size = 0

    def __next__(self) -> str:
        if self._again:
            if self.record:
                raise csv.Error("after a stray quote, a quote must close in its line")
            line = self._again.popleft()
        else:
            line = next(self._lines)
        self.record.append(line)
        if len(self.record) > 1:
            self._size += len(line)
            if self._size > LARGEST_RECORD:
                raise csv.Error("too big")
        else:
            self._size = len(line)
        return line.decode("utf-8", "surrogateescape")

    def again(self) -> None:
        """Read the lines after the record's first line again, unless the record was too big."""
        if self._size <= LARGEST_RECORD:
            self._again.extendleft(reversed(self.record[1:]))
            del self.record[1:]


def column_problem(name: str) -> str | None:
    """Say why no header has a column of this name; None where one can.

    Examples
    --------
    >>> column_problem("received at")
    >>> column_problem(" code")
    'must be a column without blanks around its name, since those of a header are left out'
    """
    if name != name.strip():
        return (
            "must be a column without blanks around its name, since those of a header are left out"
        )
    return None


CSV = Format(
    name="csv",
    summary="CSV, with a header or with the columns that the table names",
    kinds=("send", "complaint"),
    channel="sms",
    fields={},
    required=("time", "sender"),
    places="columns",
    holds_people=False,
    reader=CsvRows,
    record=CsvRecords,
    place_problem=column_problem,
    options=("time_format", "encoding", "delimiter", "columns"),
)
