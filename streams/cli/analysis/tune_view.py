"""What ``weathervane tune`` prints: a verdict and tables, or JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from streams.analysis.tuning.objective import Figures, Objective
from streams.analysis.tuning.page import HEADS, cells, comparison, forward
from streams.analysis.tuning.search import SearchResult, Trial
from streams.analysis.tuning.trade_off_plot import best_trials
from streams.cli.console import err, out
from streams.language.catalogue import ENGLISH, Catalogue, mark

_LOSES: dict[Objective, str] = {
    "delay": mark("the share of a burst's time that passes until its detection"),
    "detected": mark("the share of bursts that are missed"),
}


def verdict_of(
    found: SearchResult, objective: Objective, words: Catalogue = ENGLISH
) -> tuple[str, str]:
    """Say what to do, and why: a sentence each, the first without its period.

    Parameters
    ----------
    found
        The result of the search.
    objective
        What it was to improve.
    words
        The catalogue of the reader.
    """
    chosen = found.chosen.number
    if chosen == 0:
        if found.fewer:
            text = words.gettext("no trial kept to {limit} unexplained alerts a day in training")
        else:
            text = words.gettext("no trial was better in training")
        why = text.format(limit=f"{found.limit:.3g}")
        return words.gettext("The settings in force stay: {why}").format(why=why), ""
    reason = words.gettext(
        "On held-out time, {what} is {difference}, with {unexplained} instead of {before}"
        " unexplained alerts a day (at most {most} in the long run, at 95% confidence)."
    ).format(
        what=words.gettext(_LOSES[objective]),
        difference=_difference(found, words),
        unexplained=f"{found.held_out.unexplained_per_day:.3g}",
        before=f"{found.in_force.unexplained_per_day:.3g}",
        most=f"{found.held_out.unexplained_per_day_at_most:.3g}",
    )
    if found.over:
        text = words.gettext(
            "The settings in force stay: trial {n} exceeds {limit} false alerts a day on held-out"
            " time"
        )
    elif found.fewer:
        text = words.gettext(
            "Use trial {n}: it keeps to {limit} unexplained alerts a day, and the settings in force"
            " did not in training"
        )
    elif found.better:
        text = words.gettext("Trial {n} is better than the settings in force")
    elif found.gain.mean > 0:
        text = words.gettext("The settings in force stay: trial {n} is better, perhaps by chance")
    else:
        text = words.gettext("The settings in force stay: trial {n} was better only in training")
    return text.format(n=chosen, limit=f"{found.limit:.3g}"), reason


def in_one(verdict: tuple[str, str], words: Catalogue = ENGLISH) -> str:
    """Return what to do and why as one text."""
    finding, reason = verdict
    if reason:
        return words.gettext("{finding}. {reason}").format(finding=finding, reason=reason)
    return words.gettext("{finding}.").format(finding=finding)


def _difference(found: SearchResult, words: Catalogue) -> str:
    gain = found.gain
    if gain.mean == 0.0:
        return words.pgettext("said of a figure", "the same")
    if gain.mean > 0:
        text = words.gettext("{n} lower (standard error {error})")
    else:
        text = words.gettext("{n} higher (standard error {error})")
    unknown = words.pgettext("said of an error", "unknown")
    error = unknown if math.isinf(gain.error) else f"{gain.error:.3f}"
    return text.format(n=f"{abs(gain.mean):.3f}", error=error)


def in_short(best: Trial, words: Catalogue) -> str:
    """Return the best trial so far, for the line of progress."""
    figures = best.whole
    if best.number:
        text = words.gettext(
            "best: trial {n}, {detected} of {windows} detected, {unexplained} unexplained alerts a"
            " day"
        )
    else:
        text = words.gettext(
            "best: in force, {detected} of {windows} detected, {unexplained} unexplained alerts a"
            " day"
        )
    return text.format(
        n=best.number,
        detected=figures.detected,
        windows=figures.windows,
        unexplained=f"{figures.unexplained_per_day:.2g}",
    )


def show(
    found: SearchResult,
    verdict: tuple[str, str],
    held_out: Sequence[str],
    written: Sequence[Path],
    words: Catalogue,
) -> None:
    """Print tables and the verdict."""
    title = words.gettext("held out: {first} to {last}")
    trial = words.gettext("trial {n}")
    for name, rows in (
        (title.format(first=held_out[0], last=held_out[1]), comparison(found, words)),
        (
            words.gettext("forward in time: the trial that was best before each period"),
            forward(found, words),
        ),
        (
            words.gettext("trade-off in training: the trials than which no other is better"),
            [
                (trial.format(n=one.number), cells(one.whole, words))
                for one in sorted(best_trials(found.trials), key=lambda t: t.whole.unexplained)
            ],
        ),
    ):
        heads = map(words.gettext, HEADS)
        table = Table("", *heads, title=name, title_justify="left", box=None, pad_edge=False)
        for row_name, row in rows:
            table.add_row(row_name, *row)
        out.print(table)
        out.print()
    if found.stopped:
        text = words.ngettext(
            "stopped after {n} trial", "stopped after {n} trials", len(found.trials)
        )
        err.print(text.format(n=len(found.trials)), highlight=False)
    of_file = words.gettext("written: {path}")
    for line in (in_one(verdict, words), *(of_file.format(path=path) for path in written)):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def document(found: SearchResult, verdict: str, held_out: Sequence[str]) -> dict[str, Any]:
    """Give the result as an object for programs."""
    best = {one.number for one in best_trials(found.trials)}
    return {
        "verdict": verdict,
        "better": found.better,
        "stopped": found.stopped,
        "chosen": found.chosen.number,
        "budget_per_day": found.limit,
        "gain": found.gain.mean,
        "gain_error": None if math.isinf(found.gain.error) else found.gain.error,
        "held_out": {
            "from": held_out[0], "to": held_out[1],
            "chosen": _figures(found.held_out), "in_force": _figures(found.in_force),
        },
        "forward": [
            {"best": step.best, "chosen": _figures(step.figures),
             "in_force": _figures(step.in_force)}
            for step in found.steps
        ],
        "trials": [
            {"number": t.number, "detect": t.settings, "excess": t.excess,
             "front": t.number in best, "training": _figures(t.whole)}
            for t in found.trials
        ],
    }  # fmt: skip


def _figures(figures: Figures) -> dict[str, Any]:
    fields = dataclasses.asdict(figures)
    fields.pop("losses")
    return {
        "windows": figures.windows, "loss": figures.loss,
        "unexplained_per_day": figures.unexplained_per_day, **fields
    }  # fmt: skip
