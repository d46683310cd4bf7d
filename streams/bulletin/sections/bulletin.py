"""A bulletin as a document, in the language of its reader."""

from __future__ import annotations

from functools import partial

from streams.alerts.phrases import listed
from streams.bulletin.contents.bulletin import BulletinContent
from streams.bulletin.contents.days import DaySpan
from streams.bulletin.document.form import (
    DocumentColumn,
    DocumentSection,
    DocumentTable,
    PublishedDocument,
)
from streams.bulletin.document.values import shown
from streams.bulletin.sections.days_plot import draw_days
from streams.bulletin.sections.emerging import emerging_section, fell_section
from streams.bulletin.sections.handling import handling_section, relapse_section
from streams.bulletin.sections.named_counts import compared_columns, compared_values, table_of
from streams.bulletin.sections.terms import (
    COMPLAINT_KINDS,
    NUMBER_KIND_NAMES,
    PERIOD_NAMES,
    campaign_text,
    joined,
    level_name,
    missing_text,
    named,
)
from streams.language.catalogue import Catalogue


def bulletin_document(content: BulletinContent, words: Catalogue) -> PublishedDocument:
    """Put a bulletin together.

    Parameters
    ----------
    content
        What it says.
    words
        The catalogue of the reader.
    """
    kind = words.pgettext(*PERIOD_NAMES[content.kind])
    title = words.gettext("{kind}: {period}").format(kind=kind, period=_span(content.period, words))
    return PublishedDocument(
        language=words.language,
        title=title,
        lead=_lead(content, words),
        facts=_facts(content, words),
        notes_title=words.gettext("What the data do not hold"),
        notes=[missing_text(each, words) for each in content.missing],
        sections=[
            emerging_section(content, words),
            _new_names(content, words),
            relapse_section(content, words),
            fell_section(content, words),
            _days(content, words),
            _tables(content, words),
            handling_section(content.handling, words),
            _method(content, words),
        ],
    )


def _span(span: DaySpan, words: Catalogue) -> str:
    if span.first == span.last:
        return span.first.isoformat()
    text = words.gettext("{first} to {last}")
    return text.format(first=span.first.isoformat(), last=span.last.isoformat())


def _lead(content: BulletinContent, words: Catalogue) -> list[str]:
    total = content.complaints
    text = words.ngettext("{n} complaint.", "{n} complaints.", total.now)
    said = [text.format(n=f"{total.now:,}")]
    if total.change is not None:
        text = words.gettext("Against the period before: {change}.")
        said.append(text.format(change=shown(total.change, "change", words)))
    if total.change_in_year is not None:
        text = words.gettext("Against a year before: {change}.")
        said.append(text.format(change=shown(total.change_in_year, "change", words)))
    lead = [joined(said, words)]
    if content.emerging is not None and not content.emerging.too_short:
        rose, fell = len(content.emerging.entries), len(content.emerging.fell)
        text = words.ngettext("{n} problem is emerging.", "{n} problems are emerging.", rose)
        said = [text.format(n=f"{rose:,}")]
        if fell:
            text = words.ngettext("{n} has fallen.", "{n} have fallen.", fell)
            said.append(text.format(n=f"{fell:,}"))
        lead.append(joined(said, words))
    names = {name for day in content.days for name in day.campaigns if _within(content, day.day)}
    if names:
        campaigns = listed(words, sorted(campaign_text(name, words) for name in names))
        lead.append(
            words.gettext("Campaign days are in this period: {names}.").format(names=campaigns)
        )
    return lead


def _within(content: BulletinContent, day: object) -> bool:
    return day in content.period.days


def _facts(content: BulletinContent, words: Catalogue) -> list[tuple[str, str]]:
    days = words.gettext("{days} of {all} days recorded").format(
        days=f"{content.recorded_days:.3g}", all=len(content.period.days)
    )
    facts = [
        (words.gettext("Period"), f"{_span(content.period, words)} ({content.timezone})"),
        (words.gettext("Recorded"), days),
        (words.gettext("Compared with"), _span(content.before, words)),
        (words.gettext("A year before"), _span(content.year_before, words)),
    ]
    if content.sends is not None:
        facts.append((words.gettext("Sends"), f"{content.sends.now:,}"))
    return [*facts, (words.gettext("Configuration"), f"{content.monitor}, {content.config}")]


def _new_names(content: BulletinContent, words: Catalogue) -> DocumentSection:
    columns = [
        DocumentColumn(words.pgettext("head of a column", "kind of name"), "text"),
        DocumentColumn(words.pgettext("head of a column", "name"), "name"),
        DocumentColumn(words.pgettext("head of a column", "first seen"), "date"),
        DocumentColumn(words.pgettext("head of a column", "rank by complaints"), "count"),
        DocumentColumn(words.pgettext("head of a column", "complaints"), "count"),
    ]
    rows = [
        (level_name(each.level, words), each.name, each.first_day, each.rank, each.complaints)
        for each in content.new_names
    ]
    none = words.gettext("None of the most complained of is new, as far as is known.")
    title = words.gettext("New signatures and codes among the most complained of")
    return DocumentSection(
        title, tables=[DocumentTable("new_names", title, columns, rows, none=none)]
    )


def _days(content: BulletinContent, words: Catalogue) -> DocumentSection:
    title = words.gettext("Complaints a day")
    columns = [
        DocumentColumn(words.pgettext("head of a column", "day"), "date"),
        DocumentColumn(words.pgettext("head of a column", "complaints"), "count"),
        DocumentColumn(words.pgettext("head of a column", "campaign"), "text"),
    ]
    rows = [
        (
            day.day,
            day.complaints,
            listed(words, [campaign_text(name, words) for name in day.campaigns]),
        )
        for day in content.days
        if _within(content, day.day)
    ]
    about = words.gettext(
        "The bars of this period have a stronger colour. Days of campaigns have a ground of their"
        " own; a dashed frame is a day that is not recorded."
    )
    return DocumentSection(
        title,
        [about],
        [partial(_draw, content, words)],
        [
            DocumentTable("days", title, columns, rows),
            DocumentTable(
                "totals",
                words.gettext("Totals"),
                [
                    DocumentColumn(words.pgettext("head of a column", "what"), "text"),
                    *compared_columns(words, [content.complaints]),
                ],
                [
                    [
                        words.gettext("all complaints"),
                        *compared_values(content.complaints, [content.complaints]),
                    ]
                ],
            ),
        ],
    )


def _draw(content: BulletinContent, words: Catalogue, width: float) -> str:
    return draw_days(content.days, content.period, width, words)


def _tables(content: BulletinContent, words: Catalogue) -> DocumentSection:
    of_kind = partial(named, COMPLAINT_KINDS, words=words)
    of_number = partial(named, NUMBER_KIND_NAMES, words=words)
    of_name = partial(named, {}, words=words)
    tables = [
        table_of("kinds", words.gettext("By kind of complaint"),
                 words.pgettext("head of a column", "kind"), content.kinds, of_kind, words),
        table_of("number_kinds", words.gettext("Point to point and access codes"),
                 words.pgettext("head of a column", "kind of number"), content.number_kinds,
                 of_number, words),
        table_of("carriers", words.gettext("By carrier of the code"),
                 words.pgettext("head of a column", "carrier"), content.carriers, of_name, words),
        table_of("regions", words.gettext("The ten regions with the most complaints"),
                 words.pgettext("head of a column", "region"), content.regions, of_name, words,
                 numbered=True),
        table_of("platforms", words.gettext("The ten platforms with the most complaints"),
                 words.pgettext("head of a column", "platform"), content.platforms, of_name, words,
                 numbered=True),
        table_of("categories", words.gettext("The ten categories with the most complaints"),
                 words.pgettext("head of a column", "category"), content.categories, of_name,
                 words, numbered=True),
    ]  # fmt: skip
    return DocumentSection(words.gettext("Tables"), tables=tables)


def _method(content: BulletinContent, words: Catalogue) -> DocumentSection:
    sentences = [
        words.gettext(
            "A change compares the complaints of a recorded day in this period with those of a"
            " recorded day in the earlier one. Its 95% interval is exact for the ratio of two"
            " Poisson counts, given their sum (conditional binomial, Clopper and Pearson)."
        ),
        words.gettext(
            "Days scatter {times} times as much as Poisson counts; the intervals are widened by"
            " that (quasi-Poisson). It is measured over whole weeks without campaigns."
        ).format(times=f"{content.dispersion:.2f}"),
        words.gettext(
            "A year before is the same month of the last year, or 52 weeks before, so that weekdays"
            " are the same. A complaint belongs to the day on which it was made."
        ),
        words.gettext(
            "Access codes are numbers of the plan of codes or of the registry, and short numbers of"
            " services; point to point is any other telephone number."
        ),
    ]
    return DocumentSection(words.gettext("How this was computed"), sentences)
