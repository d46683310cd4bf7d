"""A document as one table, CSV: a row for each row of its tables, told apart by the first column.

Numbers are whole and without signs of their language; an estimate has its interval beside it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator

from detectors.comparison.rate_ratio import Bounded
from streams.bulletin.document.form import DocumentTable, PublishedDocument, SmallBars, Value
from streams.language.catalogue import Catalogue
from streams.printable import Cell, csv_cell, printable


def csv_of(document: PublishedDocument, words: Catalogue) -> str:
    """Write all tables of a document; the same gives the same text.

    Parameters
    ----------
    document
        The document.
    words
        The catalogue of its language.
    """
    table_head = words.pgettext("head of a column", "table")
    name_head = words.pgettext("head of a column", "name")
    value_head = words.pgettext("head of a column", "value")
    rows: list[dict[str, Cell]] = [
        {table_head: "facts", name_head: name, value_head: value}
        for name, value in [(document.title, ""), *document.facts]
    ]
    rows += [{table_head: "notes", value_head: note} for note in document.notes]
    for section in document.sections:
        for table in section.tables:
            rows += [{table_head: table.key, **row} for row in _rows(table, words)]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe(row.get(name)) for name in columns] for row in rows)
    return text.getvalue()


def _rows(table: DocumentTable, words: Catalogue) -> Iterator[dict[str, Cell]]:
    low, high = words.gettext("{head}, from"), words.gettext("{head}, to")
    for row in table.rows:
        cells: dict[str, Cell] = {}
        for column, value in zip(table.columns, row, strict=True):
            if isinstance(value, Bounded):
                cells[column.head] = value.value
                cells[low.format(head=column.head)] = value.low
                cells[high.format(head=column.head)] = value.high
            else:
                cells[column.head] = _cell(value)
        yield cells


def _cell(value: Value) -> Cell:
    match value:
        case SmallBars():
            return "; ".join(map(str, value.counts))
        case dt.date():
            return value.isoformat()
        case Bounded():
            return value.value
        case _:
            return value


def _safe(value: Cell) -> Cell:
    """Keep a text from becoming a formula, or from being unreadable."""
    return csv_cell(printable(value) if isinstance(value, str) else value)
