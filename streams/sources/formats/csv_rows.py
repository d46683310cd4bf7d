"""CSV with a header: named columns to events.

A record of another width than the header is a reject, for nobody knows which of its
fields is which. A stray quote takes in the lines after it until the reader sees that it
cannot be: then its own line is the reject, and the lines after it are read again.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter

from streams.config.sources import Source
from streams.sources.assemble import Assembler, Clock, Field, Row, Values, mapped_fields, reject
from streams.sources.decode import Undecodable
from streams.sources.input_file import LARGEST_RECORD, InputFile, Unopenable

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_COLUMNS_SHOWN = 40


class CsvRows:
    """The records of a CSV file, as events and rejects.

    Parameters
    ----------
    source, file, hash_key, clock
        See `streams.sources.read.open_records`.
    columns
        Column by field, in the order of `FIELDS`; default: as the source's table says.

    Raises
    ------
    Unopenable
        Where the header has not every column.
    """

    def __init__(
        self,
        source: Source,
        file: InputFile,
        hash_key: bytes | None,
        clock: Clock | None = None,
        columns: Mapping[Field, str] | None = None,
    ) -> None:
        self._source = source
        self._file = file
        self._columns = mapped_fields(source) if columns is None else columns
        self._lines = _Lines(file)
        self._reader = csv.reader(self._lines, strict=True)
        self.header = self._read_header()
        self.assembler = Assembler(source, file.name, list(self._columns), hash_key, clock)
        indices = [self.index(column, field) for field, column in self._columns.items()]
        # `time` and `sender` at least are named, so that this gives a tuple.
        self.pick: Callable[[list[str]], Values] = itemgetter(*indices)

    def __iter__(self) -> Iterator[Row]:
        """Yield an event or a reject for every record."""
        event, pick = self.assembler.event, self.pick
        for number, row in self.rows():
            if isinstance(row, Undecodable):
                yield self.reject(number, row)
                continue
            try:
                yield event(number, pick(row))
            except Undecodable as problem:
                yield self.reject(number, problem)

    def rows(self) -> Iterator[tuple[int, list[str] | Undecodable]]:
        """Yield each record's number and fields, or why it has none."""
        lines, record, width, number = self._lines, self._lines.record, len(self.header), 0
        while True:
            record.clear()
            try:
                for row in self._reader:
                    if row:  # a blank line is no record
                        number += 1
                        fits = len(row) == width and len(record[0]) <= LARGEST_RECORD
                        yield number, row if fits else _misfit(row, width, record)
                    record.clear()
                return
            except csv.Error as error:
                number += 1
                problem = _bad_csv(error, record)
                lines.again()
                yield number, problem

    def reject(self, number: int, problem: Undecodable) -> Row:
        """Make the reject of the record being read."""
        return reject(problem, self._file.name, number, b"".join(self._lines.record))

    def index(self, column: str, field: str) -> int:
        """Return a column's place in the header."""
        found = self.header.count(column)
        if found == 1:
            return self.header.index(column)
        if not self.header:
            return 0  # an empty file
        shown = ", ".join(name[:100] for name in self.header[:_COLUMNS_SHOWN])
        raise Unopenable(
            f"{self._file.path}: must have one column {column!r}, which sources."
            f"{self._source.name}.{field} asks for; found {found or 'none'} among"
            f" {shown.encode('utf-8', 'replace').decode()}"
        )

    def _read_header(self) -> list[str]:
        where = self._file.path
        if self._lines.first.startswith(_UTF_16):
            raise Unopenable(f"{where}: must be UTF-8; found UTF-16: convert it (iconv -t UTF-8)")
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
    """The file's lines as text; `record` holds those of the record being read."""

    def __init__(self, file: InputFile) -> None:
        self._lines = file.lines()
        self.first = next(self._lines, b"")
        self._again = deque([self.first.removeprefix(_BOM)] if self.first else [])
        self.record: list[bytes] = []
        self._size = 0

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.record.append(line)
        if len(self.record) > 1:
            self._size += len(line)
            if self._size > LARGEST_RECORD:
                raise csv.Error("too big")
        else:
            self._size = len(line)
        return line.decode("utf-8", "surrogateescape")

    def again(self) -> None:
        """Read the lines after the record's first again; a too big one is past."""
        if self._size <= LARGEST_RECORD:
            self._again.extendleft(reversed(self.record[1:]))
            del self.record[1:]
