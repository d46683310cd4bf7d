"""A table of counts by name, beside those of earlier periods."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streams.bulletin.contents.comparison import ComparedCount, NamedCount
from streams.bulletin.document.form import DocumentColumn, DocumentTable, Value
from streams.language.catalogue import Catalogue


def compared_columns(words: Catalogue, counts: Sequence[ComparedCount]) -> list[DocumentColumn]:
    """Return the columns of compared counts; what no count can be compared with is left out.

    Parameters
    ----------
    words
        The catalogue of the reader.
    counts
        The counts.
    """
    columns = [DocumentColumn(words.pgettext("head of a column", "complaints"), "count")]
    if any(each.before is not None for each in counts):
        columns += [
            DocumentColumn(words.pgettext("head of a column", "period before"), "count"),
            DocumentColumn(words.pgettext("head of a column", "change"), "change"),
        ]
    if any(each.year_before is not None for each in counts):
        columns += [
            DocumentColumn(words.pgettext("head of a column", "a year before"), "count"),
            DocumentColumn(words.pgettext("head of a column", "change in a year"), "change"),
        ]
    return columns


def compared_values(count: ComparedCount, counts: Sequence[ComparedCount]) -> list[Value]:
    """Return the values of these columns for one of the counts."""
    values: list[Value] = [count.now]
    if any(each.before is not None for each in counts):
        values += [count.before, count.change]
    if any(each.year_before is not None for each in counts):
        values += [count.year_before, count.change_in_year]
    return values


def table_of(
    key: str,
    title: str,
    head: str,
    rows: Sequence[NamedCount],
    name_of: Callable[[str], str],
    words: Catalogue,
    *,
    numbered: bool = False,
) -> DocumentTable:
    """Make a table of counts by name.

    Parameters
    ----------
    key, title, head
        Of the table, and of its first column.
    rows
        The counts.
    name_of
        Writes a name.
    words
        The catalogue of the reader.
    numbered
        Whether rows have a number: those of the largest.
    """
    counts = [row.compared for row in rows]
    columns = [
        *([DocumentColumn(words.pgettext("head of a column", "no."), "text")] if numbered else []),
        DocumentColumn(head, "name"),
        DocumentColumn(words.pgettext("head of a column", "share"), "share"),
        *compared_columns(words, counts),
    ]
    values: list[list[Value]] = [
        [
            *([str(number) if row.name else ""] if numbered else []),
            name_of(row.name),
            row.share,
            *compared_values(row.compared, counts),
        ]
        for number, row in enumerate(rows, 1)
    ]
    return DocumentTable(key, title, columns, values, none=words.gettext("Not known."))
