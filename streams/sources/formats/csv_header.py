"""The first lines of a CSV file: its delimiter, its columns, and where each field stands.

A delimiter that the table does not name is the one by which the header has the columns that the
table names. A column of a field that an event need not have may be missing: such a field is
empty then, and a note says so.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence

from streams.sources.files.encoding import guess
from streams.sources.files.input_file import InputFile, Unopenable
from streams.sources.formats.first_line import LONGEST_NAME, is_record
from streams.sources.formats.format import NEEDED, Columns, Field
from streams.sources.mapping.mapper import JOINED

DELIMITERS = (",", ";", "\t", "|")
_SHOWN = 40


def delimiter_of(line: str, columns: Columns) -> str:
    r"""Return the delimiter of a file from its first line.

    Examples
    --------
    >>> columns = Columns("s", {"time": ("day",), "sender": ("code",)})
    >>> delimiter_of("code;day\n", columns), delimiter_of("day,code\n", columns)
    (';', ',')
    """
    wanted = {place for places in columns.named.values() for place in places}

    def fits(delimiter: str) -> int:
        try:
            names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
        except csv.Error:
            return 0
        if columns.header is not None:
            return int(len(names) == len(columns.header))
        return len(wanted.intersection(names))

    return max(DELIMITERS, key=fits)


def place_fields(
    file: InputFile, columns: Columns, header: Sequence[str], line: bytes
) -> frozenset[str]:
    """Return the columns that are named and not there, where the file is readable without them.

    Parameters
    ----------
    file, columns
        Whose notes get a sentence for each; what the table names.
    header, line
        The names of the file's columns, and its first line.

    Raises
    ------
    Unopenable
        Where a column that must be there is not, or is there twice.
    """
    absent: set[str] = set()
    if not header:
        return frozenset()  # an empty file
    for column, _ in columns.where:
        if header.count(column) != 1:
            raise Unopenable(_problem(file, columns, header, None, column, line))
    for field, places in columns.named.items():
        named = [place for place in places if isinstance(place, str)]
        gone = [column for column in named if column not in header]
        for column in named:
            if header.count(column) > 1:
                raise Unopenable(_problem(file, columns, header, field, column, line))
        if len(gone) < len(places) and (not gone or field not in JOINED):
            absent.update(gone)  # another place stands for them
        elif gone and field in NEEDED:
            raise Unopenable(_problem(file, columns, header, field, gone[0], line))
        elif gone:
            absent.update(named)
            file.notes.append(
                f"{file.path}: read without {field}: there is no column {gone[0]!r}, which"
                f" {columns.key(field)} asks for"
            )
    return frozenset(absent)


def _problem(
    file: InputFile,
    columns: Columns,
    header: Sequence[str],
    field: Field | None,
    column: str,
    line: bytes,
) -> str:
    found = header.count(column)
    shown = ", ".join(name[:LONGEST_NAME] for name in header[:_SHOWN])
    if is_record(header):  # it may hold people and what was written to them
        shown = f"{len(header)} cells of a first line that looks like a record"
    return (
        f"{file.path}: must have one column {column!r}, which {columns.key(field)} asks for; found"
        f" {found or 'none'} among {shown.encode('utf-8', 'replace').decode()}"
        f"{_remedy(file, columns, header, line)}"
    )


def _remedy(file: InputFile, columns: Columns, header: Sequence[str], line: bytes) -> str:
    try:
        line.decode()
    except UnicodeDecodeError:
        wanted = [place for places in columns.named.values() for place in places]
        found = guess(line, [place for place in wanted if isinstance(place, str)])
        if found is None:
            return (
                f". It is no {file.encoding.upper()}: set sources.{columns.source}.encoding, for"
                ' example to "gb18030"'
            )
        encoding, text = found
        says = "can be read" if is_record(header) else f"says {text.strip()[:1000]}"
        return (
            f". It is no {file.encoding.upper()}; in {encoding.upper()} it {says}: set"
            f' sources.{columns.source}.encoding to "{encoding}"'
        )
    if line.startswith(b"Obj\x01"):
        return '. It is an Avro file: set format to "avro"'
    if is_record(header):
        return (
            f". Its first line may be a record: if there is no header, name the columns in"
            f" sources.{columns.source}.columns"
        )
    return ""
