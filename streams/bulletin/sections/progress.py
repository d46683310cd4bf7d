"""A report of a platform's progress as a document, in the language of its reader."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from streams.bulletin.contents.progress import ProgressContent, ProgressRow
from streams.bulletin.document.form import (
    DocumentColumn,
    DocumentSection,
    DocumentTable,
    PublishedDocument,
    SmallBars,
    Value,
)
from streams.bulletin.document.values import shown
from streams.bulletin.sections.days_plot import draw_days
from streams.bulletin.sections.handling import handling_section
from streams.bulletin.sections.terms import joined, missing_text
from streams.cases.wording import CASE_STATES
from streams.language.catalogue import Catalogue


def progress_document(content: ProgressContent, words: Catalogue) -> PublishedDocument:
    """Put a report of progress together.

    Parameters
    ----------
    content
        What it says.
    words
        The catalogue of the reader.
    """
    text = words.gettext("Progress of this stage: {platform}, {first} to {last}")
    title = text.format(
        platform=content.platform,
        first=content.stage.first.isoformat(),
        last=content.stage.last.isoformat(),
    )
    return PublishedDocument(
        language=words.language,
        title=title,
        lead=_lead(content, words),
        facts=_facts(content, words),
        notes_title=words.gettext("What the data do not hold"),
        notes=[missing_text(each, words) for each in content.missing],
        sections=[
            _whole(content, words),
            _members(content, words),
            _cases(content, words),
            handling_section([] if content.handling is None else [content.handling], words),
            _method(words),
        ],
    )


def _lead(content: ProgressContent, words: Catalogue) -> list[str]:
    row = content.row
    text = words.ngettext(
        "{n} complaint in this stage.", "{n} complaints in this stage.", row.complaints
    )
    said = [text.format(n=f"{row.complaints:,}")]
    if row.change is not None:
        text = words.gettext("Against what was to be expected: {change}.")
        said.append(text.format(change=shown(row.change, "change", words)))
    if row.trend is not None:
        text = words.gettext("From week to week: {change}.")
        said.append(text.format(change=shown(row.trend, "change", words)))
    if content.among_others is not None:
        text = words.gettext("Against all other platforms, by sends: {change}.")
        said.append(text.format(change=shown(content.among_others, "change", words)))
    return [joined(said, words)]


def _facts(content: ProgressContent, words: Catalogue) -> list[tuple[str, str]]:
    text = words.gettext("{first} to {last}")
    stage, before = (
        text.format(first=span.first.isoformat(), last=span.last.isoformat())
        for span in (content.stage, content.before)
    )
    days = words.gettext("{days} of {all} days recorded").format(
        days=f"{content.recorded_days:.3g}", all=len(content.stage.days)
    )
    expected_by = before if content.row.expected is not None else "–"
    return [
        (words.gettext("Platform"), content.platform),
        (words.gettext("Stage"), f"{stage} ({content.timezone})"),
        (words.gettext("Recorded"), days),
        (words.gettext("Expected by"), expected_by),
        (words.gettext("Configuration"), f"{content.monitor}, {content.config}"),
    ]


def _whole(content: ProgressContent, words: Catalogue) -> DocumentSection:
    title = words.gettext("The platform")
    return DocumentSection(
        title,
        plots=[partial(_draw, content, words)],
        tables=[_table("platform", title, [content.row], words)],
    )


def _draw(content: ProgressContent, words: Catalogue, width: float) -> str:
    return draw_days(content.days, content.stage, width, words)


def _members(content: ProgressContent, words: Catalogue) -> DocumentSection:
    sentences = [words.gettext("The most complained of stand first, at most 50 of each.")]
    if content.shared:
        text = words.gettext(
            "{share} of what is counted here is of senders that other platforms use, too; it is"
            " counted for each of them."
        )
        sentences.append(text.format(share=f"{100.0 * content.shared:.1f}%"))
    return DocumentSection(
        words.gettext("Merchants, signatures and codes"),
        sentences,
        tables=[
            _table("merchants", words.gettext("Merchants"), content.merchants, words),
            _table("signatures", words.gettext("Signatures"), content.signatures, words),
            _table("codes", words.gettext("Codes"), content.codes, words),
        ],
    )


def _table(key: str, title: str, rows: Sequence[ProgressRow], words: Catalogue) -> DocumentTable:
    columns = [
        DocumentColumn(words.pgettext("head of a column", "name"), "name"),
        DocumentColumn(words.pgettext("head of a column", "week by week"), "weeks"),
        DocumentColumn(words.pgettext("head of a column", "sends"), "count"),
        DocumentColumn(words.pgettext("head of a column", "complaints"), "count"),
        DocumentColumn(words.pgettext("head of a column", "of 10,000 sends"), "number"),
        DocumentColumn(words.pgettext("head of a column", "expected complaints"), "number"),
        DocumentColumn(words.pgettext("head of a column", "against expectation"), "change"),
        DocumentColumn(words.pgettext("head of a column", "trend a week"), "change"),
        DocumentColumn(words.pgettext("head of a column", "cases in hand"), "count"),
    ]
    values: list[list[Value]] = [
        [
            row.name, SmallBars(row.weeks), row.sends, row.complaints, row.rate, row.expected,
            row.change, row.trend, row.open_cases,
        ]
        for row in rows
    ]  # fmt: skip
    return DocumentTable(key, title, columns, values, none=words.gettext("Not known."))


def _cases(content: ProgressContent, words: Catalogue) -> DocumentSection:
    title = words.gettext("Cases")
    columns = [
        DocumentColumn(words.pgettext("head of a column", "case"), "text"),
        DocumentColumn(words.pgettext("head of a column", "what"), "name"),
        DocumentColumn(words.pgettext("head of a column", "state"), "text"),
        DocumentColumn(words.pgettext("head of a column", "transferred on"), "date"),
        DocumentColumn(words.pgettext("head of a column", "deadline"), "date"),
        DocumentColumn(words.pgettext("head of a column", "handled on"), "date"),
    ]
    rows = [
        (
            case.case_id,
            case.title,
            _state(case.state, words),
            None if case.transferred is None else case.transferred.date(),
            None if case.deadline is None else case.deadline.date(),
            None if case.handled is None else case.handled.date(),
        )
        for case in content.cases
    ]
    none = words.gettext("No case was handed to this platform, as far as is known.")
    return DocumentSection(title, tables=[DocumentTable("cases", title, columns, rows, none=none)])


def _state(state: str, words: Catalogue) -> str:
    found = next((text for name, text in CASE_STATES.items() if name == state), None)
    return state if found is None else words.gettext(found)


def _method(words: Catalogue) -> DocumentSection:
    sentences = [
        words.gettext(
            "Expected are the complaints that the sends of this stage would have had at the rate"
            " of complaints to sends before it; without sends, by recorded day. What an entity is"
            " compared with is its own past."
        ),
        words.gettext(
            "Intervals of 95% are exact for the ratio of two Poisson counts, given their sum"
            " (conditional binomial). The trend is by Poisson regression on the weeks of this"
            " stage, widened where weeks scatter more than Poisson counts do."
        ),
        words.gettext(
            "Merchants, signatures and codes are those that the senders of the platform named when"
            " they counted. A complaint belongs to the day on which it was made."
        ),
    ]
    return DocumentSection(words.gettext("How this was computed"), sentences)
