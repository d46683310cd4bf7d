"""A document as one HTML file that loads nothing, and prints on A4."""

from __future__ import annotations

from detectors.comparison.rate_ratio import Bounded
from streams.bulletin.document.form import (
    DocumentSection,
    DocumentTable,
    PublishedDocument,
    SmallBars,
    Value,
)
from streams.bulletin.document.values import shown
from streams.explain.frame import spark
from streams.explain.page import NUMBER, html_page, narrow_hint, table
from streams.explain.page_parts import both, element
from streams.explain.svg import safe
from streams.language.catalogue import Catalogue

_OF_WORDS = ("text", "name", "date")


def html_of(document: PublishedDocument, words: Catalogue) -> str:
    """Write the file; the same document gives the same bytes.

    Parameters
    ----------
    document
        The document.
    words
        The catalogue of its language.
    """
    parts = [
        element("h1", document.title),
        *(element("p", sentence, "lead") for sentence in document.lead),
        _list(document),
        narrow_hint(words),
    ]
    if document.notes:
        notes = "".join(element("li", note) for note in document.notes)
        parts.append(f'<section class="notes">{element("h2", document.notes_title)}')
        parts.append(f"<ul>{notes}</ul></section>")
    for section in document.sections:
        parts += _section(section, words)
    return html_page(document.title, parts, document.language)


def _list(document: PublishedDocument) -> str:
    pairs = "".join(f"{element('dt', k)}{element('dd', v)}" for k, v in document.facts)
    return f"<dl>{pairs}</dl>"


def _section(section: DocumentSection, words: Catalogue) -> list[str]:
    parts = ["<section>", element("h2", section.title)]
    parts += [element("p", sentence) for sentence in section.sentences]
    parts += [both(draw) for draw in section.plots]
    for each in section.tables:
        if len(section.tables) > 1:
            parts.append(element("h3", each.title))
        parts.append(_table(each, words) if each.rows else element("p", each.none, "soft"))
        if each.note:
            parts.append(element("p", each.note, "soft"))
    return [*parts, "</section>"]


def _table(shown_table: DocumentTable, words: Catalogue) -> str:
    columns = shown_table.columns
    first_number = next(
        (n for n, column in enumerate(columns) if column.kind not in (*_OF_WORDS, "weeks")),
        len(columns),
    )
    rows = [
        "".join(
            _cell(value, n, shown_table, words)
            for n, value in enumerate(row)
        )
        for row in shown_table.rows
    ]  # fmt: skip
    heads = [column.head for column in columns]
    return table(shown_table.title, heads, rows, words=first_number, kind="wrapped")


def _cell(value: Value, place: int, table_shown: DocumentTable, words: Catalogue) -> str:
    kind = table_shown.columns[place].kind
    if isinstance(value, SmallBars):
        last = [n == len(value.counts) - 1 for n in range(len(value.counts))]
        return f"<td>{spark(value.counts, last, table_shown.columns[place].head)}</td>"
    attribute = ' class="number estimate"' if isinstance(value, Bounded) else NUMBER
    if kind in _OF_WORDS:
        attribute = {"name": ' class="name"', "text": ' class="words"'}.get(kind, "")
    return f"<td{attribute}>{safe(shown(value, kind, words))}</td>"
