"""The format "csv": CSV with a header whose columns the source names.

Files must be UTF-8; a byte order mark is allowed. A byte that is not UTF-8 is passed on as a
surrogate, and `streams.sources.assemble` rejects the record if a field that it uses holds one.

A record with more or fewer fields than the header is a reject: its fields cannot be matched to
columns. After a stray quote, the CSV reader takes the following lines as part of the same record
until it finds that they cannot be one. Then only the line with the quote is a reject, and the lines
after it are read again: each as a record of its own, but for the last of them, which may go on in
lines not yet read. So no line is read more than three times, whatever quotes a file holds.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from functools import partial
from operator import itemgetter

from streams.sources.files.input_file import LARGEST_RECORD, InputFile, Unopenable
from streams.sources.formats.format import Columns, Field, Format, Values
from streams.sources.mapping.mapper import Find, Mapper
from streams.sources.rejects import Undecodable

_BOM = b"\xef\xbb\xbf"
_COLUMNS_SHOWN = 40


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
        self._reader = csv.reader(self._lines, strict=True)
        self._header = self._read_header()
        self._mapper = Mapper(columns, partial(self._find, columns))

    def __iter__(self) -> Iterator[Values | Undecodable]:
        """Yield each row's values, or why it has none."""
        lines, record, width = self._lines, self._lines.record, len(self._header)
        values = self._mapper.values
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

    def _find(self, columns: Columns, column: str, field: Field) -> Find:
        return itemgetter(self._index(columns, column, field))

    def _index(self, columns: Columns, column: str, field: Field) -> int:
        """Return the place of a field's column in the header."""
        found = self._header.count(column)
        if found == 1:
            return self._header.index(column)
        if not self._header:
            return 0  # an empty file
        shown = ", ".join(name[:100] for name in self._header[:_COLUMNS_SHOWN])
        raise Unopenable(
            f"{self._file.path}: must have one column {column!r}, which {columns.key(field)}"
            f" asks for; found {found or 'none'} among"
            f" {shown.encode('utf-8', 'replace').decode()}"
        )

    def _read_header(self) -> list[str]:
        where = self._file.path
        try:
            header = next((row for row in self._reader if row), [])
        except csv.Error as error:
            raise Unopenable(f"{where}: must begin with a CSV header; {error}") from None
        return [name.strip() for name in header]


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
        self.first = next(self._lines, b"")
        self._again = deque([self.first.removeprefix(_BOM)] if self.first else [])
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
    summary="CSV with a header",
    kinds=("send", "complaint"),
    channel="sms",
    fields={},
    required=("time", "sender"),
    places="columns",
    holds_people=False,
    has_ids=lambda _: False,
    reader=CsvRows,
    place_problem=column_problem,
)
