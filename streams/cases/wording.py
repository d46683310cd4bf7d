"""The words of cases for people: states, kinds of events, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streams.cases.case import Refused
from streams.cases.fold import CaseOutcome
from streams.cases.moves import CaseState, Party
from streams.language.catalogue import Catalogue, mark

CASE_STATES: Final[Mapping[CaseState, str]] = {
    "received": mark("received"),
    "verified": mark("verified"),
    "transferred": mark("transferred"),
    "accepted": mark("accepted for handling"),
    "handled": mark("handled"),
    "look_back": mark("in look-back"),
    "closed": mark("closed"),
    "recurred": mark("recurred"),
    "rejected": mark("rejected"),
    "withdrawn": mark("withdrawn"),
}
PARTIES: Final[Mapping[Party, str]] = {
    "centre": mark("centre"),
    "addressee": mark("addressee"),
    "system": mark("monitor"),
}
CASE_EVENTS: Final[Mapping[str, str]] = {
    "open": mark("case opened"),
    "move": mark("moved"),
    "assign": mark("terms changed"),
    "note": mark("internal note"),
    "progress": mark("progress"),
    "evidence": mark("evidence added"),
    "erase": mark("text erased"),
}
ORIGINS: Final[Mapping[str, str]] = {
    "alert": mark("an alert"),
    "family": mark("an alert and those under it"),
    "rule": mark("a rule"),
    "hand": mark("by hand"),
    "recurrence": mark("a case that recurred"),
}
COMPLAINT_KINDS: Final[Mapping[str, str]] = {
    "marketing": mark("marketing"),
    "fraud": mark("fraud"),
    "illegal": mark("illegal content"),
    "optout_ignored": mark("opt-out ignored"),
    "other": mark("other complaints"),
}

_REFUSALS: Final[Mapping[Refused, str]] = {
    "unknown": mark("there is no case {case}"),
    "addressee": mark("there is no case {case}"),
    "exists": mark("case {case} was opened before; it is {state} now"),
    "many": mark("too many cases are not over: end some before another is opened"),
    "version": mark(
        "case {case} must have the version that you expect; it has {version} now, and is {state}:"
        " somebody has changed it since. Look again"
    ),
    "order": mark("case {case} is {state}: that cannot follow; look at what may"),
    "party": mark("case {case} is {state}: you may not do that; it is another's turn"),
    "terms": mark("a transfer must have an addressee, and a deadline"),
    "handed": mark(
        "the addressee of case {case} has it: move it back to verified before another gets it"
    ),
    "ended": mark("case {case} is over: open another one"),
    "full": mark("case {case} takes no more: it has too many events, or too many alerts"),
}


def refusal_sentence(words: Catalogue, case_id: str, outcome: CaseOutcome) -> str:
    """Say why an event was refused."""
    if outcome.why is None:
        return ""
    state = "" if outcome.state is None else words.gettext(CASE_STATES[outcome.state])
    return words.gettext(_REFUSALS[outcome.why]).format(
        case=case_id, state=state, version=outcome.version
    )
