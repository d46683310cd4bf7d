"""A table as CSV, for spreadsheets: what came in cannot become a formula there."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from streams.cli.console import fail
from streams.printable import Cell, csv_cell

CsvOption = Annotated[
    bool, typer.Option("--csv", help="Write the table as CSV (UTF-8) to standard output.")
]


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a table to standard output.

    Parameters
    ----------
    columns
        Names of the columns.
    rows
        Values, as many in a row as there are columns; None is an empty cell.
    """
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    sys.stdout.flush()


def write_documents(documents: Sequence[Mapping[str, Any]]) -> None:
    """Write documents, such as ``--json`` has, as rows: a column for each value, by its path.

    Parameters
    ----------
    documents
        A row each. A list of values is one cell; what a document lacks is an empty one.
    """
    rows = [dict(values_of("", document)) for document in documents]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    write_csv(columns, ([row.get(name) for name in columns] for row in rows))


def values_of(place: str, value: Any) -> Iterator[tuple[str, Cell]]:
    """Yield each value of a document, with its path.

    Examples
    --------
    >>> list(values_of("", {"a": {"b": 1, "c": ["x", "y"]}, "d": True, "e": {}}))
    [('a.b', 1), ('a.c', 'x; y'), ('d', 'true')]
    """
    match value:
        case dict():
            for name, inner in value.items():
                yield from values_of(f"{place}.{name}" if place else str(name), inner)
        case list() | tuple():
            yield place, "; ".join(str(one) for one in value)
        case bool():
            yield place, str(value).lower()
        case _:
            yield place, value


def one_form(*, json: bool, csv: bool) -> None:
    """End the command where two forms of output are asked for."""
    if json and csv:
        fail("--json and --csv exclude each other: leave one of them out", 2)
