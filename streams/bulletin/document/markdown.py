"""A document as Markdown: names that came in stay text."""

from __future__ import annotations

import re
from typing import Final

from streams.bulletin.document.form import DocumentSection, DocumentTable, PublishedDocument
from streams.bulletin.document.values import shown
from streams.language.catalogue import Catalogue
from streams.printable import printable

_ACTIVE: Final = re.compile(r"[\\`*_\[\]<>#|~&@]|(?<=\w):(?=//)|(?<=www)\.", re.IGNORECASE)
"""Whatever may begin markup within a line: emphasis, links, addresses, HTML, cells, entities."""

_WORDS_OF = ("text", "name", "date", "weeks")


def markdown_of(document: PublishedDocument, words: Catalogue) -> str:
    """Write a document; the same gives the same text.

    Parameters
    ----------
    document
        The document.
    words
        The catalogue of its language.
    """
    lines = [f"# {plain(document.title)}", ""]
    for sentence in document.lead:
        lines += [plain(sentence), ""]
    lines += [f"- {name}: {plain(value)}" for name, value in document.facts]
    if document.notes:
        lines += ["", f"## {document.notes_title}", ""]
        lines += [f"- {note}" for note in document.notes]
    for section in document.sections:
        lines += ["", *_section(section, words)]
    return "\n".join(lines).rstrip() + "\n"


def plain(text: str) -> str:
    r"""Write a text that came in so that Markdown shows it as it is.

    Examples
    --------
    >>> print(plain("[free](http://x.example) <b> a|b www.x.example"))
    \[free\](http\://x.example) \<b\> a\|b www\.x.example
    """
    return _ACTIVE.sub(r"\\\g<0>", printable(text))


def _section(section: DocumentSection, words: Catalogue) -> list[str]:
    lines = [f"## {section.title}", ""]
    for sentence in section.sentences:
        lines += [sentence, ""]
    for table in section.tables:
        if len(section.tables) > 1:
            lines += [f"### {table.title}", ""]
        lines += [*(_table(table, words) if table.rows else [table.none]), ""]
        if table.note:
            lines += [table.note, ""]
    return lines


def _table(table: DocumentTable, words: Catalogue) -> list[str]:
    heads = " | ".join(column.head for column in table.columns)
    rules = " | ".join(
        "---" if column.kind in _WORDS_OF else "---:" for column in table.columns
    )  # fmt: skip
    rows = [
        " | ".join(
            plain(shown(value, column.kind, words))
            for value, column in zip(row, table.columns, strict=True)
        )
        for row in table.rows
    ]
    return [f"| {heads} |", f"| {rules} |", *(f"| {row} |" for row in rows)]
