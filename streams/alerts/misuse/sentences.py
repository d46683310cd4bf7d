"""The sentence of an alert on misuse: who, what was found, and what the registry says."""

from __future__ import annotations

from typing import Final

from streams.alerts.cloudevent import Alert
from streams.alerts.era import MOVED
from streams.alerts.misuse.basis import (
    ConsentBasis,
    KeptBasis,
    NamesBasis,
    NewCodeBasis,
    OptoutBasis,
    RelapseBasis,
    RuleBasis,
    ScopeBasis,
)
from streams.alerts.misuse.look_back_sentences import kept_said, relapse_said
from streams.alerts.misuse.rule_sentences import rule_said
from streams.alerts.phrases import instant, listed, moved
from streams.alerts.terms import term
from streams.language.catalogue import Catalogue, mark, mark_forms, mark_in
from streams.printable import printable

SHOWN: Final = 3
"""Names that a sentence says at most."""

ALLOWED: Final = "allowed"
"""Reason of an alert that ends since the registry allows what it was about."""

DISPLACED: Final = "displaced"
"""Reason of a warning that ends since a critical alert needs its place."""

_WHAT: Final = {
    "signatures": mark_forms("{n} new signature", "{n} new signatures"),
    "merchants": mark_forms("{n} new merchant", "{n} new merchants"),
    "codes": mark_forms("{n} new code", "{n} new codes"),
}

_PLAN_CLASSES: Final = {
    "provincial_commercial": mark_in("plan of codes", "provincial_commercial"),
    "provincial_noncommercial": mark_in("plan of codes", "provincial_noncommercial"),
    "carrier": mark_in("plan of codes", "carrier"),
    "national_commercial": mark_in("plan of codes", "national_commercial"),
    "national_other": mark_in("plan of codes", "national_other"),
}
"""Classes of the plan that is shipped; a class that is not here stands for itself."""

_SCOPE: Final = {
    "code": mark("used, but nobody has registered it"),
    "signature": mark("used, but nobody has registered it"),
    "pair": mark("sends with signatures that are not filed with it: {found}"),
    "account": mark("used by account {found}; it was given to {allowed}"),
    "category": mark("used for {found}; declared for {allowed}"),
    "region": mark("complaints from {found}; declared for {allowed}"),
    "purpose": mark("complaints about marketing; declared for {allowed}"),
    "platform": mark("used on {found}; declared for {allowed}"),
}


def sentence_of_misuse(alert: Alert, words: Catalogue, who: str) -> str:
    """Return the sentence of a revision.

    Parameters
    ----------
    alert
        The revision.
    words
        The catalogue of the reader.
    who
        What it is about, as the beginning of a sentence.
    """
    parts = {"who": who, "what": _what(alert, words)}
    if alert.event != "resolved" or isinstance(alert.basis, KeptBasis):
        text = words.gettext("{who}: {what}.")
    elif alert.reason == MOVED:
        text = words.gettext("{who}: {what}; {moved}.")
        parts["moved"] = moved(alert, words)
    elif alert.reason == ALLOWED:
        text = words.gettext("{who}: {what}; the registry allows that now, and the alert ends.")
    elif alert.reason == DISPLACED:
        text = words.gettext(
            "{who}: {what}; too many alerts are open, and this one ends to make room for a"
            " critical one."
        )
    elif isinstance(alert.basis, RuleBasis):
        text = words.gettext("{who}: {what}; its time has passed, and the alert ends.")
    else:
        text = words.gettext("{who}: {what}; nothing more was found, and the alert ends.")
    return text.format(**parts)


def _what(alert: Alert, words: Catalogue) -> str:
    basis = alert.basis
    since = instant(alert.onset, alert.bucket_s)
    match basis:
        case NewCodeBasis():
            return _new_code(basis, words, since)
        case ScopeBasis():
            return _scope(basis, alert, words, since)
        case NamesBasis():
            return _names(basis, words, since)
        case ConsentBasis():
            known = basis.default + basis.none + basis.explicit
            text = words.gettext(
                "{n} of {all} messages since {time} without an explicit consent ({share}); usual"
                " is {usual}"
            )
            without = basis.default + basis.none
            return text.format(
                n=f"{without:,}", all=f"{known:,}", time=since,
                share=_percent(without / max(known, 1)), usual=_percent(basis.usual),
            )  # fmt: skip
        case OptoutBasis():
            text = words.gettext(
                "messages since {time} to {n} of {all} recipients who had opted out"
            )
            return text.format(n=f"{basis.recipients:,}", all=f"{basis.checked:,}", time=since)
        case RuleBasis():
            return rule_said(basis, alert.kind, words)
        case RelapseBasis():
            return relapse_said(basis, words, since)
        case KeptBasis():
            return kept_said(basis, words)
    return words.gettext("misuse since {time}").format(time=since)


def plan_class(name: str, words: Catalogue) -> str:
    """Return the word for a class of the plan of access codes.

    Parameters
    ----------
    name
        Its name in the plan.
    words
        The catalogue of the reader.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> plan_class("national_other", catalogue("en")), plan_class("carrier", catalogue("zh"))
    ('national_other', '运营商类')
    """
    return printable(term(words, _PLAN_CLASSES, name))


def _new_code(basis: NewCodeBasis, words: Catalogue, since: str) -> str:
    if basis.silent_days is None:
        said = words.gettext("used for the first time ({time})").format(time=since)
    else:
        said = words.gettext("used again after {days} days ({time})").format(
            days=f"{basis.silent_days:,}", time=since
        )
    if basis.holder is not None:
        held = words.gettext("{what}; held by {holder}")
        return held.format(what=said, holder=printable(basis.holder))
    if basis.entry is None and basis.plan is not None:
        text = words.gettext("{what}; not registered, of the class {plan} of the plan")
        return text.format(what=said, plan=plan_class(basis.plan, words))
    return said


def _scope(basis: ScopeBasis, alert: Alert, words: Catalogue, since: str) -> str:
    kind = alert.kind if alert.kind in _SCOPE else "code"
    said = words.gettext(_SCOPE[kind]).format(
        found=_some(words, basis.found, basis.found_number),
        allowed=_some(words, basis.allowed, basis.allowed_number),
    )
    if alert.kind == "code" and basis.entry is not None:
        said = words.gettext("used, but its entry does not hold on this day")
    text = words.gettext("{what}; {n} since {time}")
    return text.format(what=said, n=f"{alert.observed:,.0f}", time=since)


def _names(basis: NamesBasis, words: Catalogue, since: str) -> str:
    what = basis.what if basis.what in _WHAT else "signatures"
    new = words.ngettext(*_WHAT[what], basis.new_number)
    text = words.gettext("{new} since {time} ({names}); known before: {before}")
    if not basis.new:
        text = words.gettext("{new} since {time}; known before: {before}")
    said = text.format(
        new=new.format(n=f"{basis.new_number:,}"), time=since, before=f"{basis.before:,}",
        names=_some(words, basis.new, basis.new_number),
    )  # fmt: skip
    if basis.registered is None:
        return said
    with_registry = words.gettext("{said}; the registry files {n}")
    return with_registry.format(said=said, n=f"{basis.registered:,}")


def _some(words: Catalogue, names: list[str], number: int) -> str:
    """Return the first names, and how many more there are."""
    said = listed(words, [printable(name) for name in names[:SHOWN]])
    if number <= len(names[:SHOWN]):
        return said
    text = words.gettext("{names} and {n} more")
    return text.format(names=said, n=f"{number - len(names[:SHOWN]):,}")


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
