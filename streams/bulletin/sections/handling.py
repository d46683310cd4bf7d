"""How cases were handled, and which recurred."""

from __future__ import annotations

from collections.abc import Sequence

from streams.alerts.terms import term
from streams.bulletin.contents.bulletin import BulletinContent
from streams.bulletin.contents.handling import Handling
from streams.bulletin.document.form import DocumentColumn, DocumentSection, DocumentTable
from streams.bulletin.sections.terms import ADDRESSEES
from streams.language.catalogue import Catalogue


def handling_section(rows: Sequence[Handling], words: Catalogue) -> DocumentSection:
    """Say how cases were handled.

    Parameters
    ----------
    rows
        By addressee, all together first.
    words
        The catalogue of the reader.
    """
    title = words.gettext("Handling of transferred cases")
    columns = [
        DocumentColumn(words.pgettext("head of a column", "addressee"), "text"),
        DocumentColumn(words.pgettext("head of a column", "name"), "name"),
        DocumentColumn(words.pgettext("head of a column", "transferred"), "count"),
        DocumentColumn(words.pgettext("head of a column", "due"), "count"),
        DocumentColumn(words.pgettext("head of a column", "handled of them"), "share"),
        DocumentColumn(words.pgettext("head of a column", "in time of them"), "share"),
        DocumentColumn(words.pgettext("head of a column", "in hand"), "count"),
        DocumentColumn(words.pgettext("head of a column", "overdue"), "count"),
    ]
    values = [
        (
            term(words, ADDRESSEES, row.kind), row.name, row.transferred, row.due, row.rate,
            row.rate_in_time, row.open, row.overdue,
        )
        for row in rows
    ]  # fmt: skip
    about = words.gettext(
        "Due are the cases whose deadline lay in the period. Shares have 95% intervals (Clopper and"
        " Pearson). In hand and overdue are as of the period's end."
    )
    none = words.gettext("No case was in hand.")
    return DocumentSection(
        title, [about], tables=[DocumentTable("handling", title, columns, values, none=none)]
    )


def relapse_section(content: BulletinContent, words: Catalogue) -> DocumentSection:
    """Say which cases recurred."""
    title = words.gettext("Relapses")
    columns = [
        DocumentColumn(words.pgettext("head of a column", "what"), "name"),
        DocumentColumn(words.pgettext("head of a column", "entity"), "name"),
        DocumentColumn(words.pgettext("head of a column", "recurred on"), "date"),
        DocumentColumn(words.pgettext("head of a column", "case"), "text"),
        DocumentColumn(words.pgettext("head of a column", "case before"), "text"),
        DocumentColumn(words.pgettext("head of a column", "figures"), "text"),
    ]
    rows = [
        (
            case.title,
            case.entity or "",
            case.opened.date(),
            case.case_id,
            case.follows or "",
            "; ".join(f"{name} {value:g}" for name, value in case.figures),
        )
        for case in content.relapses
    ]
    none = words.gettext("No case recurred in this period, as far as is known.")
    return DocumentSection(
        title, tables=[DocumentTable("relapses", title, columns, rows, none=none)]
    )
