"""What a document is made of, in the language of its reader, whatever the form it is written in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from detectors.comparison.rate_ratio import Bounded
from streams.language.catalogue import Language

ColumnKind = Literal["text", "name", "date", "count", "number", "change", "share", "weeks"]
"""What is in a column.

text, name: words; a name came in with the events. date: a day. count, number: a whole number, and
any. change: a ratio of two rates, shown as what was added or lost. share: a part of a whole.
weeks: counts of equal spans, drawn as small bars.
"""


class SmallBars(NamedTuple):
    """Counts of equal spans, drawn as small bars; the last one is that of the document's period."""

    counts: tuple[int, ...]


Value: TypeAlias = str | int | float | dt.date | Bounded | SmallBars | None
"""What is in a cell; None is not known, and is shown as such."""

Draw: TypeAlias = Callable[[float], str]
"""Draws a plot, SVG, for a width in pixels."""


class DocumentColumn(NamedTuple):
    """A column of a table.

    Attributes
    ----------
    head
        Its head.
    kind
        What is in it.
    """

    head: str
    kind: ColumnKind


class DocumentTable(NamedTuple):
    """A table.

    Attributes
    ----------
    key
        Its word in CSV, in every language.
    title
        What it shows.
    columns
        Its columns.
    rows
        A value for each column.
    none
        What is said where there is no row.
    note
        What is said below it.
    """

    key: str
    title: str
    columns: Sequence[DocumentColumn]
    rows: Sequence[Sequence[Value]]
    none: str = ""
    note: str = ""


class DocumentSection(NamedTuple):
    """A section.

    Attributes
    ----------
    title
        Its heading.
    sentences
        What is said below it, a paragraph each.
    plots
        What is drawn.
    tables
        Its tables; the title of the only one is not repeated.
    """

    title: str
    sentences: Sequence[str] = ()
    plots: Sequence[Draw] = ()
    tables: Sequence[DocumentTable] = ()


class PublishedDocument(NamedTuple):
    """A document.

    Attributes
    ----------
    language
        The language that all of it is in.
    title
        Its title.
    lead
        The most important, a sentence each.
    facts
        What it is about, as pairs of a name and a value.
    notes_title, notes
        What is missing in the data, and what follows from it.
    sections
        Its sections.
    """

    language: Language
    title: str
    lead: Sequence[str]
    facts: Sequence[tuple[str, str]]
    notes_title: str
    notes: Sequence[str]
    sections: Sequence[DocumentSection]
