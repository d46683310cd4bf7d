"""The sentences of what a reader has just done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from zoneinfo import ZoneInfo

from streams.cases.wording import CASE_STATES
from streams.delivery.console.frame.said import SaidDeed
from streams.delivery.console.frame.shown import WORDS, local, word
from streams.language.catalogue import Catalogue

SaidKind = Literal["good", "warning"]

_CASE_STATES: Final[Mapping[str, str]] = {str(name): text for name, text in CASE_STATES.items()}


def said_kind(said: SaidDeed) -> SaidKind:
    """Return whether it was done as it was meant.

    Parameters
    ----------
    said
        The sentence.
    """
    not_done = ("repeat", "conflict", "early", "unknown", "case_exists")
    return "warning" if said.what in not_done else "good"


def said_text(words: Catalogue, said: SaidDeed, zone: ZoneInfo) -> str:
    """Return a sentence; empty where it is none of these.

    Parameters
    ----------
    words
        In which language.
    said
        Which sentence.
    zone
        The zone of its times.
    """
    n = said.n
    match said.what:
        case "acknowledge":
            found = words.ngettext("{n} alert acknowledged.", "{n} alerts acknowledged.", n)
        case "unacknowledge":
            found = words.ngettext(
                "The acknowledgement of {n} alert was taken back.",
                "The acknowledgements of {n} alerts were taken back.",
                n,
            )
        case "assign" if said.name:
            found = words.ngettext(
                "{n} alert assigned to {name}.", "{n} alerts assigned to {name}.", n
            )
        case "assign":
            found = words.ngettext("{n} alert is nobody's now.", "{n} alerts are nobody's now.", n)
        case "note":
            found = words.ngettext(
                "Note written about {n} alert.", "Note written about {n} alerts.", n
            )
        case "erase_note":
            found = words.gettext("The text was erased.")
        case "label" if said.name in WORDS["verdict"]:
            found = words.ngettext(
                "{n} alert labelled {verdict}.", "{n} alerts labelled {verdict}.", n
            )
        case "snooze":
            found = words.ngettext(
                "Snoozed until {until}: nobody is told of {n} entity.",
                "Snoozed until {until}: nobody is told of {n} entities.",
                n,
            )
        case "end_snooze":
            found = words.gettext("The snooze has ended: people are told again.")
        case "silence":
            found = words.gettext("Silenced until {until}.")
        case "end_silence":
            found = words.gettext("The silence has ended: people are told again.")
        case "case_open":
            found = words.gettext("The case is opened.")
        case "case_exists":
            found = words.gettext("There is this case already; nothing was opened.")
        case "case_move" if (state := _CASE_STATES.get(said.name)) is not None:
            found = words.gettext("The case is {state} now.")
            found = found.format(state=words.gettext(state))
        case "case_assign":
            found = words.gettext("The case has new terms.")
        case "case_note" | "case_progress":
            found = words.gettext("Written to the case.")
        case "case_evidence":
            found = words.gettext("Evidence was added to the case.")
        case "case_erase":
            found = words.gettext("The text was erased.")
        case "repeat":
            found = words.gettext("This was done before; nothing was done twice.")
        case "conflict":
            found = words.ngettext(
                "{n} alert was not changed: {name} has acted on it since. Look at it again.",
                "{n} alerts were not changed: others have acted on them since, {name} last."
                " Look at them again.",
                n,
            )
        case "early":
            found = words.ngettext(
                "{n} alert was left out: it is only early, and can be labelled once confirmed.",
                "{n} alerts were left out: they are only early, and can be labelled once"
                " confirmed.",
                n,
            )
        case "unknown":
            found = words.ngettext(
                "{n} alert was left out: it is no longer held here.",
                "{n} alerts were left out: they are no longer held here.",
                n,
            )
        case _:
            return ""
    verdict = word(words, "verdict", said.name) if said.what == "label" else ""
    return found.format(n=n, name=said.name, verdict=verdict, until=local(said.name, zone))
