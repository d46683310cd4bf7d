"""How far a rule is, in words: the middle of an alert's sentence."""

from __future__ import annotations

from typing import Final

from streams.alerts.misuse.basis import RuleBasis
from streams.alerts.phrases import about
from streams.language.catalogue import Catalogue, mark_forms
from streams.printable import printable
from streams.rule_packs.pack import PACK_NAMES, RuleEntry, load_pack

_HAVE: Final = {
    "reporters": mark_forms("{have} of {need} reporter", "{have} of {need} reporters"),
    "reporters at least": mark_forms(
        "at least {have} of {need} reporter", "at least {have} of {need} reporters"
    ),
    "messages": mark_forms("{have} of {need} message", "{have} of {need} messages"),
    "night": mark_forms("{have} message in quiet hours", "{have} messages in quiet hours"),
}


def rule_said(basis: RuleBasis, kind: str | None, words: Catalogue) -> str:
    """Say how far a rule is, what it cites, and what is to be done until when.

    Parameters
    ----------
    basis
        What the alert rests on.
    kind
        The rule's id.
    words
        The catalogue of the reader.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> basis = RuleBasis(
    ...     pack="in-tcccpr-2025", counts="reporters", have=3, need=5, day=6, of_days=10,
    ...     clause="regulation 25", confirmed=False,
    ... )
    >>> rule_said(basis, "in-tcccpr-2025.unregistered-sender", catalogue("en"))
    'Complaints against an unregistered sender: 3 of 5 reporters, day 6 of 10 (regulation 25,
    figures not confirmed; counted, outside the budget of false alerts)'
    """
    entry = _entry(kind)
    title = basis.pack if entry is None else entry.title.in_language(words.language)
    parts = {"title": printable(title), "far": _far(basis, words), "clause": _clause(basis, words)}
    if basis.duty is None:
        return words.gettext("{title}: {far} ({clause})").format(**parts)
    parts["duty"] = duty_said(basis.duty, kind, words)
    if basis.due is None:
        return words.gettext("{title}: the rule is met, {far} ({clause}); {duty}").format(**parts)
    parts["due"] = basis.due[:10]
    text = words.gettext("{title}: the rule is met, {far} ({clause}); {duty}, before {due} begins")
    return text.format(**parts)


def duty_said(duty: str, kind: str | None, words: Catalogue) -> str:
    """Say what is to be done.

    Parameters
    ----------
    duty
        As the alert has it.
    kind
        The rule's id: of a rule that is shipped, the pack has the duty in the reader's language.
    words
        The catalogue of the reader.
    """
    entry = _entry(kind)
    return printable(duty if entry is None else entry.duty.what.in_language(words.language))


def _entry(kind: str | None) -> RuleEntry | None:
    """The rule as this version ships it; None where it ships no such rule."""
    pack, _, rule = (kind or "").rpartition(".")
    return load_pack(pack).rule(rule) if pack in PACK_NAMES else None


def _far(basis: RuleBasis, words: Catalogue) -> str:
    parts = {"have": _number(basis.have), "need": _number(basis.need)}
    if basis.counts == "ratio":
        return _ratio(basis, words)
    counts = basis.counts if basis.at_least is None else f"{basis.counts} at least"
    number = basis.have if basis.counts == "night" else basis.need
    said = words.ngettext(*_HAVE.get(counts, _HAVE["messages"]), number).format(**parts)
    if basis.counts == "night" or basis.of_days == 1:
        return said
    text = words.gettext("{said}, day {day} of {days}")
    return text.format(said=said, day=basis.day, days=basis.of_days)


def _ratio(basis: RuleBasis, words: Catalogue) -> str:
    text = words.gettext(
        "{complaints} complaints about {messages} messages, {ratio} in {per} where {need} is the"
        " limit and {least} is certain, day {day} of {days}"
    )
    return text.format(
        complaints=_number(basis.complaints or 0),
        messages=_number(basis.messages or 0),
        ratio=about(basis.have),
        per=_number(basis.per or 1),
        need=_number(basis.need),
        least=about(basis.at_least or 0.0),
        day=basis.day,
        days=basis.of_days,
    )


def _clause(basis: RuleBasis, words: Catalogue) -> str:
    text = words.gettext("{clause}; counted, outside the budget of false alerts")
    if not basis.confirmed:
        text = words.gettext(
            "{clause}, figures not confirmed; counted, outside the budget of false alerts"
        )
    return text.format(clause=printable(basis.clause))


def _number(value: float) -> str:
    return f"{value:,.10g}"
