"""Labels as a table for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from streams.alerts.label import Label, Span, Verdict
from streams.analysis.labels.windows import standing
from streams.cli.console import err, out
from streams.cli.terminal import plain
from streams.printable import printable

_STYLES: dict[Verdict, str] = {"true": "green", "false": "red", "expected": "yellow"}


def show(labels: Sequence[Label], timezone: str) -> None:
    """Show labels in the order in which they were given; replaced ones are dim."""
    zone = ZoneInfo(timezone)
    holding = {label.label_id for label in standing(labels)}
    table = Table(box=None, pad_edge=False)
    for head in ("Label", "About", "Time", "Given at", "By", "Note"):
        # Entities stay in one line, so that they can be copied; the other columns get narrower.
        table.add_column(head, no_wrap=head == "About", overflow="fold")
    for label in labels:
        table.add_row(*_cells(label, zone, holds=label.label_id in holding))
    if labels:
        out.print(table)
    replaced = len(labels) - len(holding)
    replaced_note = f", {replaced} of them replaced by a later one" if replaced else ""
    number = f"{len(labels)} label{'s' * (len(labels) != 1)}"
    err.print(f"{number}{replaced_note}; times in {timezone}", highlight=False)


def _cells(label: Label, zone: ZoneInfo, *, holds: bool) -> list[Text]:
    span = label.window
    # Text, since ids and notes may look like markup.
    verdict = Text(label.verdict, _STYLES[label.verdict])
    if not holds:
        verdict = Text(f"{label.verdict}, replaced", "dim")
    return [
        verdict,
        Text(printable(f"alert {label.alert_id}") if span is None else _of(span)),
        Text("" if span is None else f"{_instant(span.start, zone)} to {_instant(span.end, zone)}"),
        Text(_instant(label.at, zone)),
        plain(label.by or ""),
        plain(label.note or ""),
    ]


def _of(span: Span) -> str:
    kind = None if span.kind is None else f"({span.kind})"
    what = " ".join(filter(None, [span.signal, kind]))
    entity = printable(span.entity)
    return f"{entity}\n{what}" if what else entity


def _instant(time: dt.datetime, zone: ZoneInfo) -> str:
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M}"
