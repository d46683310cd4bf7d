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
from streams.alerts.phrases import instant, listed
from streams.alerts.terms import FAULT_NAMES, LEVEL_NAMES, SEVERITIES, SIGNAL_NAMES, term
from streams.analysis.diff.comparison import Around, Compared, Side
from streams.analysis.diff.matching import Diff, Pair
from streams.analysis.diff.sentences import lasting, what_differs, why_it_ranks
from streams.analysis.labels.outcome import Score
from streams.cli.console import out
from streams.cli.terminal import plain
from streams.explain.svg import sparkline
from streams.language.catalogue import Catalogue, mark_in
from streams.printable import printable

_SIDES = {
    "only_a": mark_in("of two configurations", "only A"),
    "only_b": mark_in("of two configurations", "only B"),
    "both": mark_in("of two configurations", "changed"),
}
_CHANGES = {
    "severity": mark_in("what changed", "severity"),
    "opened": mark_in("what changed", "opened"),
    "onset": mark_in("what changed", "onset"),
    "ended": mark_in("what changed", "ended"),
}
_LONGEST = 36
"""Characters of a name in the table; --ids and --json print all of it."""


def show(found: Compared, words: Catalogue) -> None:
    """Print counts of both, their scores by labels, and the largest differences."""
    first, last = (at[:16].replace("T", " ") for at in (found.since, found.until))
    text = words.gettext("{first} to {last}, {n} buckets")
    _line(text.format(first=first, last=last, n=f"{found.buckets:,}"))
    for name, side in (("A", found.a), ("B", found.b)):
        text = words.gettext("{name}: {file}, configuration {hash}")
        _line(text.format(name=name, file=side.file, hash=side.config))
    out.print(_counts(found, words))
    if found.a.score is not None and found.b.score is not None:
        out.print(_against_labels(found.a.score, found.b.score, words))
    differences = found.diff.differences
    if not differences:
        _line(words.gettext("Both raise the same alerts."))
        return
    out.print(_telling(found, words))
    left = len(differences) - len(found.around)
    if left > 0:
        text = words.gettext("{n} more: --ids lists all, --json says what differs.")
        _line(text.format(n=f"{left:,}"))


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


def _counts(found: Compared, words: Catalogue) -> Table:
    table = Table(title=words.gettext("alerts"), title_justify="left")
    table.add_column("")
    for name in ("A", "B", "B - A"):
        table.add_column(name, justify="right")
    a, b = found.a.tally, found.b.tally
    _row(table, words.pgettext("alerts", "all"), a.alerts, b.alerts)
    _row(table, words.pgettext("alerts", "a day"), a.per_day, b.per_day)
    for title, terms, of_a, of_b in (
        (words.gettext("severity {name}"), SEVERITIES, a.by_severity, b.by_severity),
        (words.gettext("level {name}"), LEVEL_NAMES, a.by_level, b.by_level),
        (words.gettext("signal {name}"), SIGNAL_NAMES, a.by_signal, b.by_signal),
    ):
        for name in sorted({**of_a, **of_b}):
            shown = title.format(name=term(words, terms, name))
            _row(table, shown, of_a.get(name, 0), of_b.get(name, 0))
    sides, changes = found.diff.sides, found.diff.changes
    table.add_section()
    only = words.gettext("only in one")
    table.add_row(only, f"{sides['only_a']:,}", f"{sides['only_b']:,}", "")
    table.add_row(words.gettext("in both, the same"), f"{found.diff.same:,}", "", "")
    moved = [
        f"{term(words, _CHANGES, name)} {number:,}" for name, number in changes.items() if number
    ]
    changed = words.gettext("in both, changed")
    if moved:
        changed = words.gettext("in both, changed ({parts})").format(parts=listed(words, moved))
    table.add_row(changed, f"{sides['changed']:,}", "", "")
    return table


def _against_labels(a: Score, b: Score, words: Catalogue) -> Table:
    table = Table(title=words.gettext("against the labels"), title_justify="left")
    table.add_column("")
    for name in ("A", "B", "B - A"):
        table.add_column(name, justify="right")
    windows = words.pgettext("of labels", "windows")
    table.add_row(windows, f"{a.episodes:,}", f"{b.episodes:,}", "")
    _row(table, words.pgettext("of labels", "detected"), a.detected, b.detected)
    _row(table, words.pgettext("of labels", "false"), a.false_alerts, b.false_alerts)
    _row(table, words.pgettext("of labels", "false a day"), a.false_per_day, b.false_per_day)
    _row(table, words.pgettext("of labels", "unjudged"), a.unjudged_alerts, b.unjudged_alerts)
    _row(table, words.pgettext("of labels", "expected"), a.expected_alerts, b.expected_alerts)
    delays = [score.median_delay_s for score in (a, b)]
    shown = ("-" if delay is None else lasting(delay, words) for delay in delays)
    table.add_row(words.pgettext("of labels", "median delay"), *shown, "")
    return table


def _row(table: Table, name: str, a: float, b: float) -> None:
    def say(value: float) -> str:
        return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"

    difference = b - a
    table.add_row(
        plain(name), say(a), say(b), f"+{say(difference)}" if difference > 0 else say(difference)
    )


def _telling(found: Compared, words: Catalogue) -> Table:
    """Return a table with some lines for each difference, so that it fits on any terminal."""
    title = words.gettext(
        "largest differences: entity, signal, onset; what differs, and why it ranks here; counts,"
        " from the onset after |"
    )
    table = Table(
        title=title, title_justify="left",
        box=None, pad_edge=False, show_header=False,
    )  # fmt: skip
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for pair in found.diff.differences[: max(len(found.around), 10)]:
        alert, around = pair.one, found.around.get(pair)
        onset = instant(found.instants.label(alert.onset_s), alert.bucket_s)
        lines = Text(f"{alert.level}/{_cut(alert.entity)}", "bold")
        what = (
            term(words, SIGNAL_NAMES, alert.signal)
            if alert.kind is None
            else term(words, FAULT_NAMES, alert.kind)
        )
        lines.append(f"  {listed(words, [what, onset])}\n", "not bold")
        text = words.gettext("{what}; {why}")
        lines.append(
            text.format(what=what_differs(pair, words), why=why_it_ranks(pair, words)), "not bold"
        )
        if around is not None:
            lines.append(f"\n{_spark(around, words)}", "not bold")
        table.add_row(words.pgettext(*_SIDES[pair.side]), lines)
    return table


def _spark(around: Around, words: Catalogue) -> str:
    bars = sparkline([*around.before, *around.after])
    most = max([*around.before, *around.after, 0])
    line = f"{bars[: len(around.before)]}|{bars[len(around.before) :]}"
    return words.gettext("{line} to {most}").format(line=line, most=f"{most:,}")


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
