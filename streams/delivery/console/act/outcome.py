"""What is said of a form: how much of it was done, and who was faster. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from streams.actions.action import (
    Action,
    AssignAlert,
    GiveLabel,
    MakeSilence,
    MakeSnooze,
    subject_of,
)
from streams.actions.book import Entry, Submission
from streams.actions.state import ActionOutcome
from streams.delivery.console.frame.said import SaidDeed


def said_of(
    what: str,
    submissions: Sequence[Submission],
    outcomes: Sequence[ActionOutcome],
    newest: Iterable[Entry],
    left_out: Mapping[str, int],
) -> tuple[SaidDeed, ...]:
    """Return what a page says of it.

    Parameters
    ----------
    what
        The deed.
    submissions, outcomes
        What was handed in, and what became of each.
    newest
        The log of actions, the newest first.
    left_out
        How many of the chosen alerts nothing was handed in about, by the word for why.
    """
    results = [outcome.result for outcome in outcomes]
    said = []
    if done := results.count("done"):
        said.append(SaidDeed(what, done, _name_in(submissions[0][0])))
    if repeats := results.count("repeat"):
        said.append(SaidDeed("repeat", repeats))
    if conflicts := results.count("conflict"):
        refused = [
            action
            for (action, _), result in zip(submissions, results, strict=True)
            if result == "conflict"
        ]
        said.append(SaidDeed("conflict", conflicts, _by_whom(refused, newest)))
    said += [SaidDeed(why, n) for why, n in left_out.items() if n]
    return tuple(said)


def _name_in(action: Action) -> str:
    match action:
        case AssignAlert():
            return action.to or ""
        case GiveLabel():
            return action.verdict
        case MakeSnooze() | MakeSilence():
            return action.until.isoformat()
    return ""


def _by_whom(refused: Sequence[Action], newest: Iterable[Entry]) -> str:
    """Return who acted last on what was refused; ``?`` where that is no longer known."""
    subjects = {subject_of(action) for action in refused}
    found = (entry.action.by for entry in newest if subject_of(entry.action) in subjects)
    return next(found, "?")
