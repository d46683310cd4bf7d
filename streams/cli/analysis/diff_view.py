"""What ``weathervane diff`` prints: counts, then the largest differences; or JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import orjson
import typer
from rich.table import Table
from rich.text import Text

from streams.alerts.history import Life
from streams.alerts.phrases import instant
from streams.analysis.diff.comparison import Around, Compared, Side
from streams.analysis.diff.matching import Diff, Pair
from streams.analysis.diff.sentences import lasting, what_differs, why_it_ranks
from streams.analysis.labels.outcome import Score
from streams.cli.console import out
from streams.cli.terminal import plain
from streams.explain.svg import sparkline
from streams.printable import printable

_SIDES = {"only_a": "only A", "only_b": "only B", "both": "changed"}
_LONGEST = 36
"""Characters of a name in the table; --ids and --json print all of it."""


def show(found: Compared) -> None:
    """Print counts of both, their scores by labels, and the largest differences."""
    _line(
        f"{found.since[:16]} to {found.until[:16]}, {found.buckets:,} buckets".replace("T", " "),
    )
    for name, side in (("A", found.a), ("B", found.b)):
        _line(f"{name}: {side.file}, configuration {side.config}")
    out.print(_counts(found))
    if found.a.score is not None and found.b.score is not None:
        out.print(_against_labels(found.a.score, found.b.score))
    differences = found.diff.differences
    if not differences:
        _line("Both raise the same alerts.")
        return
    out.print(_telling(found))
    left = len(differences) - len(found.around)
    if left > 0:
        _line(f"{left:,} more: --ids lists all, --json says what differs.")


def print_ids(diff: Diff) -> None:
    """Print a line for each alert that differs: which has it, id in A, in B, entity, signal."""
    for pair in diff.differences:
        alert = pair.one
        ids = (life.alert_id if life is not None else "-" for life in (pair.a, pair.b))
        side = {"both": "changed"}.get(pair.side, pair.side)
        entity = printable(f"{alert.level}/{alert.entity}")
        typer.echo("\t".join([side, *ids, entity, alert.signal]))


def as_document(found: Compared) -> str:
    """Return all of it as JSON."""
    return orjson.dumps(
        {
            "a": _side(found.a),
            "b": _side(found.b),
            "since": found.since,
            "until": found.until,
            "days": round(found.days, 3),
            "buckets": found.buckets,
            "agree": not found.diff.differences,
            "same": found.diff.same,
            **found.diff.sides,
            "changes": found.diff.changes,
            "differences": differences(found),
        }
    ).decode()


def differences(found: Compared) -> list[dict[str, Any]]:
    """Return what differs, each alert as a document."""
    return [
        _difference(pair, found.around.get(pair), found.instants.label)
        for pair in found.diff.differences
    ]


def _line(text: str, style: str = "") -> None:
    out.print(plain(text, style), soft_wrap=True)


def _counts(found: Compared) -> Table:
    table = Table(title="alerts", title_justify="left")
    table.add_column("")
    for name in ("A", "B", "B - A"):
        table.add_column(name, justify="right")
    a, b = found.a.tally, found.b.tally
    _row(table, "all", a.alerts, b.alerts)
    _row(table, "a day", a.per_day, b.per_day)
    for title, of_a, of_b in (
        ("severity", a.by_severity, b.by_severity),
        ("level", a.by_level, b.by_level),
        ("signal", a.by_signal, b.by_signal),
    ):
        for name in sorted({**of_a, **of_b}):
            _row(table, f"{title} {name}", of_a.get(name, 0), of_b.get(name, 0))
    sides, changes = found.diff.sides, found.diff.changes
    table.add_section()
    table.add_row("only in one", f"{sides['only_a']:,}", f"{sides['only_b']:,}", "")
    table.add_row("in both, the same", f"{found.diff.same:,}", "", "")
    moved = ", ".join(f"{name} {number:,}" for name, number in changes.items() if number)
    changed = f"in both, changed{f' ({moved})' if moved else ''}"
    table.add_row(changed, f"{sides['changed']:,}", "", "")
    return table


def _against_labels(a: Score, b: Score) -> Table:
    table = Table(title="against the labels", title_justify="left")
    table.add_column("")
    for name in ("A", "B", "B - A"):
        table.add_column(name, justify="right")
    table.add_row("windows", f"{a.episodes:,}", f"{b.episodes:,}", "")
    _row(table, "detected", a.detected, b.detected)
    _row(table, "false", a.false_alerts, b.false_alerts)
    _row(table, "false a day", a.false_per_day, b.false_per_day)
    _row(table, "unjudged", a.unjudged_alerts, b.unjudged_alerts)
    _row(table, "expected", a.expected_alerts, b.expected_alerts)
    delays = [score.median_delay_s for score in (a, b)]
    table.add_row("median delay", *("-" if d is None else lasting(d) for d in delays), "")
    return table


def _row(table: Table, name: str, a: float, b: float) -> None:
    def say(value: float) -> str:
        return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"

    difference = b - a
    table.add_row(
        plain(name), say(a), say(b), f"+{say(difference)}" if difference > 0 else say(difference)
    )


def _telling(found: Compared) -> Table:
    """Return a table with some lines for each difference, so that it fits on any terminal."""
    title = "largest differences: entity, signal, onset; what differs, and why it ranks here;"
    table = Table(
        title=f"{title} counts, from the onset after |", title_justify="left",
        box=None, pad_edge=False, show_header=False,
    )  # fmt: skip
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for pair in found.diff.differences[: max(len(found.around), 10)]:
        alert, around = pair.one, found.around.get(pair)
        onset = instant(found.instants.label(alert.onset_s), alert.bucket_s)
        lines = Text(f"{alert.level}/{_cut(alert.entity)}", "bold")
        lines.append(f"  {alert.kind or alert.signal}, {onset}\n", "not bold")
        lines.append(f"{what_differs(pair)}; {why_it_ranks(pair)}", "not bold")
        if around is not None:
            lines.append(f"\n{_spark(around)}", "not bold")
        table.add_row(_SIDES[pair.side], lines)
    return table


def _spark(around: Around) -> str:
    bars = sparkline([*around.before, *around.after])
    most = max([*around.before, *around.after, 0])
    return f"{bars[: len(around.before)]}|{bars[len(around.before) :]} to {most:,}"


def _cut(name: str) -> str:
    shown = printable(name)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _side(side: Side) -> dict[str, Any]:
    return {
        "file": side.file,
        "config": side.config,
        **dataclasses.asdict(side.tally),
        "per_day": round(side.tally.per_day, 4),
        "labels": None if side.score is None else _score(side.score),
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "windows": score.episodes,
        "detected": score.detected,
        "median_delay_s": score.median_delay_s,
        "false": score.false_alerts,
        "false_per_day": round(score.false_per_day, 4),
        "unjudged": score.unjudged_alerts,
        "expected": score.expected_alerts,
    }


def _difference(pair: Pair, around: Around | None, label: Callable[[float], str]) -> dict[str, Any]:
    alert = pair.one
    return {
        "who": {"both": "changed"}.get(pair.side, pair.side),
        "entity": {"level": alert.level, "id": alert.entity},
        "signal": alert.signal,
        "group": alert.group,
        "kind": alert.kind,
        "changes": list(pair.changes),
        "what": what_differs(pair),
        "why": why_it_ranks(pair),
        "nats": _digits(pair.nats),
        "part": _digits(pair.part),
        "a": _life(pair.a, label),
        "b": _life(pair.b, label),
        "counts": None
        if around is None
        else {"before_onset": list(around.before), "from_onset": list(around.after)},
    }


def _life(life: Life | None, label: Callable[[float], str]) -> dict[str, Any] | None:
    if life is None:
        return None
    return {
        "alert_id": life.alert_id,
        "detector": life.detector,
        "severity": life.severity,
        "state": life.state,
        "onset": label(life.onset_s),
        "opened": label(life.opened_s),
        "ended": None if life.ended_s is None else label(life.ended_s),
        "observed": life.observed,
        "expected": life.expected,
        "summary": life.summary,
    }


def _digits(value: float) -> float:
    return float(f"{value:.6g}")
