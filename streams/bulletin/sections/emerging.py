"""What is emerging, and what fell: the evidence of each entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from detectors.comparison.rate_ratio import Bounded
from streams.bulletin.contents.bulletin import BulletinContent
from streams.bulletin.document.form import (
    DocumentColumn,
    DocumentSection,
    DocumentTable,
    SmallBars,
    Value,
)
from streams.bulletin.entry import EmergingEntry
from streams.bulletin.sections.terms import cell_text
from streams.language.catalogue import Catalogue


def emerging_section(content: BulletinContent, words: Catalogue) -> DocumentSection:
    """Say what is emerging.

    Parameters
    ----------
    content
        What the bulletin says.
    words
        The catalogue of the reader.
    """
    title = words.gettext("What is emerging")
    found = content.emerging
    if found is None:
        return DocumentSection(title, [words.gettext("Not known: see what the data do not hold.")])
    if found.too_short:
        text = words.ngettext(
            "Only {n} week of history is known, too little to say what is emerging.",
            "Only {n} weeks of history are known, too little to say what is emerging.",
            found.weeks_known,
        )
        return DocumentSection(title, [text.format(n=f"{found.weeks_known:,}")])
    about = words.gettext(
        "Complaints of these rose beyond what their history, the calendar and everybody's rise"
        " explain. {cells} cells of category, platform, region and kind were looked at, under one"
        " budget: of four bulletins in which nothing has changed, at most one has an entry, on"
        " average. The chance is at most how likely such evidence is where nothing has changed."
    )
    none = words.gettext("Nothing is emerging.")
    table = _table("emerging", title, found.entries, none, words)
    return DocumentSection(title, [about.format(cells=f"{found.cells_judged:,}")], tables=[table])


def fell_section(content: BulletinContent, words: Catalogue) -> DocumentSection:
    """Say what fell."""
    title = words.gettext("What fell")
    found = content.emerging
    if found is None or found.too_short:
        return DocumentSection(title, [words.gettext("Not known: see what the data do not hold.")])
    none = words.gettext("Nothing fell beyond chance.")
    return DocumentSection(title, tables=[_table("fell", title, found.fell, none, words)])


def _table(
    key: str, title: str, entries: Sequence[EmergingEntry], none: str, words: Catalogue
) -> DocumentTable:
    columns = [
        DocumentColumn(words.pgettext("head of a column", "complaints of"), "name"),
        DocumentColumn(words.pgettext("head of a column", "since"), "date"),
        DocumentColumn(words.pgettext("head of a column", "week by week"), "weeks"),
        DocumentColumn(words.pgettext("head of a column", "in the period"), "count"),
        DocumentColumn(words.pgettext("head of a column", "expected"), "number"),
        DocumentColumn(words.pgettext("head of a column", "change since then"), "change"),
        DocumentColumn(words.pgettext("head of a column", "chance at most"), "text"),
        DocumentColumn(words.pgettext("head of a column", "it explains"), "text"),
    ]
    rows = [_row(entry, words) for entry in entries]
    return DocumentTable(key, title, columns, rows, none=none)


def _row(entry: EmergingEntry, words: Catalogue) -> list[Value]:
    change = Bounded(entry.ratio, entry.ratio_low, entry.ratio_high)
    explained = "; ".join(cell_text(cell, words) for cell in entry.explains)
    since: dt.date = entry.since
    return [
        cell_text(entry.cell, words),
        since,
        SmallBars(tuple(week.counted for week in entry.weeks)),
        entry.period.counted,
        entry.period.expected,
        change,
        f"{entry.chance:.2g}",
        explained,
    ]
