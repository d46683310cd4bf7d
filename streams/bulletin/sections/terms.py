"""The words for what stands in a bulletin's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from streams.alerts.terms import LEVEL_NAMES, term
from streams.bulletin.cell import Cell
from streams.bulletin.contents.bulletin import Missing
from streams.language.catalogue import Catalogue, Term, mark, mark_in

PERIOD_NAMES: Final = {
    "day": mark_in("bulletin", "Daily bulletin"),
    "week": mark_in("bulletin", "Weekly bulletin"),
    "month": mark_in("bulletin", "Monthly bulletin"),
}
COMPLAINT_KINDS: Final = {
    "marketing": mark_in("kind of complaint", "marketing"),
    "fraud": mark_in("kind of complaint", "fraud"),
    "illegal": mark_in("kind of complaint", "illegal content"),
    "optout_ignored": mark_in("kind of complaint", "opt-out ignored"),
    "other": mark_in("kind of complaint", "other"),
}
NUMBER_KIND_NAMES: Final = {
    "port": mark_in("kind of number", "access codes (ports)"),
    "point_to_point": mark_in("kind of number", "point to point (subscribers' numbers)"),
    "other": mark_in("kind of number", "other senders"),
}
FESTIVAL_NAMES: Final = {
    "double_11": mark_in("festival", "Double 11"),
    "618": mark_in("festival", "6.18"),
    "spring_festival": mark_in("festival", "Spring Festival"),
}
ADDRESSEES: Final = {
    "": mark_in("addressee", "all"),
    "carrier": mark_in("addressee", "carrier"),
    "platform": mark_in("addressee", "platform"),
    "region": mark_in("addressee", "region"),
    "other": mark_in("addressee", "other"),
}
_MISSING: Final = {
    "part_of_period": mark(
        "Only {days} of {all} days of this period are recorded. Rates are by recorded day; the"
        " counts are those of the recorded days."
    ),
    "part_of_before": mark(
        "Only {days} of {all} days of the period before are recorded; the comparison is by recorded"
        " day."
    ),
    "part_of_year_before": mark(
        "Only {days} of {all} days of the period a year before are recorded; the comparison is by"
        " recorded day."
    ),
    "no_before": mark("The period before is not recorded, so nothing is compared with it."),
    "no_year_before": mark("The year before is not recorded, so nothing is compared with it."),
    "no_kind": mark("Nobody counted the kinds of complaints, so they are not shown."),
    "no_region": mark("Nobody counted regions, so they are not shown."),
    "no_emerging": mark(
        "Nobody counted complaints by category, platform, region and kind, so nothing can be said"
        " of what emerges."
    ),
    "no_platform": mark("The level platform is not counted, so platforms are not shown."),
    "no_category": mark("The level category is not counted, so categories are not shown."),
    "no_sender": mark("Senders are not counted, so the kinds of their numbers are unknown."),
    "no_registry": mark("There is no registry of codes, so the carriers of senders are unknown."),
    "no_cases": mark("Nobody told of cases, so their handling and relapses are not shown."),
    "no_history": mark(
        "Only {days} days before this period are recorded; with fewer than {least} nobody can say"
        " which names are new."
    ),
    "no_sends": mark("Sends are not recorded, so there are no rates by sends."),
    "no_merchant": mark("The level merchant is not counted, so merchants are not shown."),
    "no_expectation": mark(
        "Nothing is recorded before this stage, so nothing is known of what was to be expected."
    ),
    "part_of_stage": mark("Only {days} of {all} days of this stage are recorded."),
}


def missing_text(missing: Missing, words: Catalogue) -> str:
    """Say what the data do not hold.

    Parameters
    ----------
    missing
        What is missing.
    words
        The catalogue of the reader.

    Examples
    --------
    >>> from streams.language.catalogue import ENGLISH
    >>> missing_text(Missing("no_before"), ENGLISH)
    'The period before is not recorded, so nothing is compared with it.'
    """
    return words.gettext(_MISSING[missing.what]).format(**dict(missing.figures))


def joined(sentences: Sequence[str], words: Catalogue) -> str:
    """Put sentences into one paragraph: Chinese has no space between them.

    Parameters
    ----------
    sentences
        The sentences.
    words
        The catalogue of the reader.
    """
    return ("" if words.language == "zh" else " ").join(sentences)


def named(table: Mapping[str, Term], name: str, words: Catalogue) -> str:
    """Name one of a table of names; "" is what a complaint did not say.

    Parameters
    ----------
    table
        Words for the names that have any.
    name
        The name.
    words
        The catalogue of the reader.
    """
    return term(words, table, name) if name else not_said(words)


def not_said(words: Catalogue) -> str:
    """Return the word for what complaints did not say."""
    return words.pgettext("in a complaint", "not said")


def level_name(level: str, words: Catalogue) -> str:
    """Name a level."""
    return term(words, LEVEL_NAMES, level)


def cell_text(cell: Cell, words: Catalogue) -> str:
    """Name a cell: what its complaints have in common.

    Parameters
    ----------
    cell
        The cell.
    words
        The catalogue of the reader.
    """
    parts = []
    for what, name in zip(cell._fields, cell, strict=True):
        if name is None:
            continue
        table = COMPLAINT_KINDS if what == "kind" else {}
        text = words.pgettext("of a cell", "{what}: {name}")
        head = term(words, _CELL_HEADS, what)
        parts.append(text.format(what=head, name=named(table, name, words)))
    return "; ".join(parts) or words.gettext("all complaints")


_CELL_HEADS: Final = {
    "category": mark_in("level", "category"),
    "platform": mark_in("level", "platform"),
    "region": mark_in("of a cell", "region"),
    "kind": mark_in("of a cell", "kind"),
}


def campaign_text(name: str, words: Catalogue) -> str:
    """Name a campaign: a shipped festival by its word, another by its own."""
    return term(words, FESTIVAL_NAMES, name)
