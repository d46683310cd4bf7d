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
from streams.analysis.tuning.search import SearchResult
from streams.analysis.tuning.trade_off_plot import best_trials
from streams.cli.console import err, out

_LOSES: dict[Objective, str] = {
    "delay": "the share of a burst's time that passes until its detection",
    "detected": "the share of bursts that are missed",
}


def verdict_of(found: SearchResult, objective: Objective) -> str:
    """Say what to do in the first sentence, and why in the second."""
    chosen = found.chosen.number
    if chosen == 0 and found.fewer:
        return (
            "The settings in force stay: no trial kept to"
            f" {found.limit:.3g} unexplained alerts a day in training."
        )
    if chosen == 0:
        return "The settings in force stay: no trial was better in training."
    reason = (
        f"On held-out time, {_LOSES[objective]} is {_difference(found)}, with"
        f" {found.held_out.unexplained_per_day:.3g} instead of"
        f" {found.in_force.unexplained_per_day:.3g} unexplained alerts a day (at most"
        f" {found.held_out.unexplained_per_day_at_most:.3g} in the long run, at 95% confidence)."
    )
    if found.over:
        finding = (
            f"The settings in force stay: trial {chosen} exceeds {found.limit:.3g} false alerts a"
            " day on held-out time"
        )
    elif found.fewer:
        finding = (
            f"Use trial {chosen}: it keeps to {found.limit:.3g} unexplained alerts a day, and the"
            " settings in force did not in training"
        )
    elif found.better:
        finding = f"Trial {chosen} is better than the settings in force"
    elif found.gain.mean > 0:
        finding = f"The settings in force stay: trial {chosen} is better, perhaps by chance"
    else:
        finding = f"The settings in force stay: trial {chosen} was better only in training"
    return f"{finding}. {reason}"


def _difference(found: SearchResult) -> str:
    gain = found.gain
    if gain.mean == 0.0:
        return "the same"
    error = "unknown" if math.isinf(gain.error) else f"{gain.error:.3f}"
    direction = "lower" if gain.mean > 0 else "higher"
    return f"{abs(gain.mean):.3f} {direction} (standard error {error})"


def show(
    found: SearchResult, verdict: str, held_out: Sequence[str], written: Sequence[Path]
) -> None:
    """Print tables and the verdict."""
    for title, rows in (
        (f"held out: {' to '.join(held_out)}", comparison(found)),
        ("forward in time: the trial that was best before each period", forward(found)),
        (
            "trade-off in training: the trials than which no other is better",
            [
                row
                for one in sorted(best_trials(found.trials), key=lambda t: t.whole.unexplained)
                for row in [(f"trial {one.number}", cells(one.whole))]
            ],
        ),
    ):
        table = Table("", *HEADS, title=title, title_justify="left", box=None, pad_edge=False)
        for name, row in rows:
            table.add_row(name, *row)
        out.print(table)
        out.print()
    if found.stopped:
        err.print(f"stopped after {len(found.trials)} trials", highlight=False)
    for line in (verdict, *(f"written: {path}" for path in written)):
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
