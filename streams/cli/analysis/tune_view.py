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
from streams.analysis.tuning.search import Found
from streams.analysis.tuning.trade_off_plot import front
from streams.cli.console import err, out

_LOSES: dict[Objective, str] = {
    "delay": "the share of a burst's time until its alert",
    "detected": "the share of bursts that are not found",
}


def verdict_of(found: Found, objective: Objective) -> str:
    """Return in a sentence or two what to do, and why."""
    stands = "The settings in force stand"
    false = (
        f"{found.held_out.false_per_day:.3g} false alerts a day (in the long run at most"
        f" {found.held_out.false_per_day_at_most:.3g}, at 95 % confidence), compared with"
        f" {found.in_force.false_per_day:.3g} now"
    )
    if found.chosen.number == 0:
        if found.fewer:
            return f"{stands}: no trial kept to {found.limit:.3g} false alerts a day in training."
        return f"{stands}: no trial was better in training."
    gain, trial = found.gain, f"trial {found.chosen.number}"
    error = "unknown" if math.isinf(gain.error) else f"{gain.error:.3f}"
    if gain.mean == 0.0:
        than = "the same"
    else:
        direction = "less" if gain.mean > 0 else "more"
        than = f"{abs(gain.mean):.3f} {direction} (standard error {error})"
    by = f"on held-out time {_LOSES[objective]} is {than}, at {false}"
    if found.over:
        return f"{stands}: {trial} exceeds {found.limit:.3g} false alerts a day; {by}."
    if found.fewer:
        return (
            f"Trial {found.chosen.number} keeps to {found.limit:.3g} false alerts a day, which the"
            f" settings in force did not in training; {by}."
        )
    if found.better:
        return f"Trial {found.chosen.number} is better than the settings in force: {by}."
    if gain.mean > 0:
        return f"{stands}: {trial} is better within noise only; {by}."
    return f"{stands}: {trial} was better in training, not after it; {by}."


def show(found: Found, verdict: str, held_out: Sequence[str], written: Sequence[Path]) -> None:
    """Print tables and the verdict."""
    for title, rows in (
        (f"held out: {' to '.join(held_out)}", comparison(found)),
        (
            "forward in time: the best trial before each period, judged in that period",
            forward(found),
        ),
        (
            "trade-off in training: no other trial found as many as early with as few false alerts",
            [
                row
                for one in sorted(front(found.trials), key=lambda t: t.whole.false_alerts)
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


def document(found: Found, verdict: str, held_out: Sequence[str]) -> dict[str, Any]:
    """Return all results, for programs."""
    best = {one.number for one in front(found.trials)}
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
            {"best": roll.best, "chosen": _figures(roll.figures),
             "in_force": _figures(roll.in_force)}
            for roll in found.rolls
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
        "false_per_day": figures.false_per_day, **fields
    }  # fmt: skip
