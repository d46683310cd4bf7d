"""What an alert on misuse or of a rule rests on, as rows of a page. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streams.alerts.misuse.basis import (
    Basis,
    ConsentBasis,
    KeptBasis,
    NamesBasis,
    NewCodeBasis,
    OptoutBasis,
    RelapseBasis,
    RuleBasis,
    ScopeBasis,
)
from streams.alerts.misuse.rule_sentences import duty_said
from streams.alerts.misuse.sentences import plan_class
from streams.alerts.phrases import about, listed
from streams.language.catalogue import Catalogue, mark_in
from streams.printable import printable

Rows = Iterator[tuple[str, str]]
"""Name and value of each row."""

_NEW: Final = {
    "signatures": mark_in("new names", "New signatures"),
    "merchants": mark_in("new names", "New merchants"),
    "codes": mark_in("new names", "New codes"),
}


def basis_rows(basis: Basis, kind: str | None, words: Catalogue) -> Rows:
    """Yield what an alert rests on: what is declared, what was found, how far a rule is.

    Parameters
    ----------
    basis, kind
        Of the alert.
    words
        In which language.
    """
    match basis:
        case NewCodeBasis():
            yield from _declared(basis, words)
            if basis.silent_days is not None:
                text = words.ngettext("{n} day", "{n} days", basis.silent_days)
                yield words.gettext("Not used for"), text.format(n=f"{basis.silent_days:,}")
        case ScopeBasis():
            yield from _declared(basis, words)
            if basis.found_number:
                yield words.gettext("Found"), _names(basis.found, basis.found_number, words)
            if basis.allowed_number:
                yield words.gettext("Declared"), _names(basis.allowed, basis.allowed_number, words)
        case NamesBasis():
            name = words.pgettext(*_NEW.get(basis.what, _NEW["signatures"]))
            yield name, _names(basis.new, basis.new_number, words)
            yield words.gettext("Known before"), f"{basis.before:,}"
            yield words.gettext("Days with a count"), f"{basis.days:,}"
            if basis.registered is not None:
                yield words.gettext("In the registry"), f"{basis.registered:,}"
        case ConsentBasis():
            yield words.gettext("Consent by default"), f"{basis.default:,}"
            yield words.gettext("No consent"), f"{basis.none:,}"
            yield words.gettext("Explicit consent"), f"{basis.explicit:,}"
            yield words.gettext("Usual share without consent"), f"{100 * basis.usual:.3g} %"
        case OptoutBasis():
            yield words.gettext("Recipients who had opted out"), f"{basis.recipients:,}"
            yield words.gettext("Looked for among"), f"{basis.checked:,}"
        case RuleBasis():
            yield from _rule(basis, kind, words)
        case RelapseBasis():
            yield from _relapse(basis, words)
        case KeptBasis():
            yield from _kept(basis, words)


def _relapse(basis: RelapseBasis, words: Catalogue) -> Rows:
    yield words.gettext("Looks back at case"), _names(basis.cases, len(basis.cases), words)
    yield words.gettext("Day of the watch"), f"{basis.days:,}"
    if basis.mean_per_day is not None:
        yield words.gettext("A day, before the case"), about(basis.mean_per_day)
    yield words.gettext("A day, after it was handled"), about(basis.after_per_day)
    yield words.gettext("A day, since the relapse"), about(basis.now_per_day)
    if basis.successors_number:
        names = _names(basis.successors, basis.successors_number, words)
        yield words.gettext("Codes that are new since"), names


def _kept(basis: KeptBasis, words: Catalogue) -> Rows:
    yield words.gettext("Looks back at case"), _names(basis.cases, len(basis.cases), words)
    yield words.gettext("Days watched"), f"{basis.days:,}"
    yield words.gettext("Buckets judged"), f"{basis.buckets:,}"
    if basis.skipped:
        yield words.gettext("Buckets left out, their data not complete"), f"{basis.skipped:,}"
    yield words.gettext("Counted"), f"{basis.counted:,}"
    if basis.of_successors:
        yield words.gettext("Counted of codes like it"), f"{basis.of_successors:,}"
    if basis.mean_per_day is not None:
        yield words.gettext("A day, before the case"), about(basis.mean_per_day)
    if basis.per_day is not None and basis.at_most_per_day is not None:
        text = words.gettext("{n}, and at 95 % confidence at most {most}")
        most = text.format(n=about(basis.per_day), most=about(basis.at_most_per_day))
        yield words.gettext("A day, after it was handled"), most


def _declared(basis: NewCodeBasis | ScopeBasis, words: Catalogue) -> Rows:
    if basis.entry is not None:
        yield words.gettext("Entry of the registry"), printable(basis.entry)
    elif basis.plan is not None:
        plan = plan_class(basis.plan, words)
        text = words.gettext("none; class of the plan: {plan}")
        yield words.gettext("Entry of the registry"), text.format(plan=plan)
    else:
        yield words.gettext("Entry of the registry"), words.pgettext("entry", "none")
    if basis.holder is not None:
        yield words.gettext("Holder"), printable(basis.holder)


def _rule(basis: RuleBasis, kind: str | None, words: Catalogue) -> Rows:
    text = words.gettext("{have} of {need}")
    far = text.format(have=about(basis.have), need=about(basis.need))
    yield words.gettext("How far the rule is"), far
    text = words.gettext("{day} of {days}")
    yield words.gettext("Day of the window"), text.format(day=basis.day, days=basis.of_days)
    if basis.complaints is not None and basis.messages is not None:
        yield words.gettext("Complaints"), f"{basis.complaints:,}"
        yield words.gettext("Messages sent"), f"{basis.messages:,}"
    clause = printable(basis.clause)
    if not basis.confirmed:
        clause = words.gettext("{clause}; figures not confirmed").format(clause=clause)
    yield words.gettext("Clause"), clause
    if basis.duty is not None:
        yield words.gettext("Duty"), duty_said(basis.duty, kind, words)
    if basis.due is not None:
        yield words.gettext("Due before"), printable(basis.due[:10])


def _names(names: list[str], number: int, words: Catalogue) -> str:
    shown = listed(words, [printable(name) for name in names])
    left = number - len(names)
    if left <= 0:
        return shown
    if not names:
        return f"{number:,}"
    return words.gettext("{names} and {n} more").format(names=shown, n=f"{left:,}")
