"""Labels as a table for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from streams.alerts.label import Label, Span, Verdict
from streams.alerts.terms import FAULT_NAMES, SIGNAL_NAMES, VERDICTS, term
from streams.analysis.labels.windows import standing
from streams.cli.console import err, out
from streams.cli.terminal import plain
from streams.language.catalogue import Catalogue, mark
from streams.printable import printable

_HEADS = (
    mark("Label"),
    mark("About"),
    mark("Time"),
    mark("Given at"),
    mark("By"),
    mark("Note"),
)
_STYLES: dict[Verdict, str] = {"true": "green", "false": "red", "expected": "yellow"}


def show(labels: Sequence[Label], timezone: str, words: Catalogue) -> None:
    """Show labels in the order in which they were given; replaced ones are dim."""
    zone = ZoneInfo(timezone)
    holding = {label.label_id for label in standing(labels)}
    table = Table(box=None, pad_edge=False)
    for head in _HEADS:
        # Entities stay in one line, so that they can be copied; the other columns get narrower.
        table.add_column(words.gettext(head), no_wrap=head == "About", overflow="fold")
    for label in labels:
        table.add_row(*_cells(label, zone, words, holds=label.label_id in holding))
    if labels:
        out.print(table)
    replaced = len(labels) - len(holding)
    if replaced:
        text = words.ngettext(
            "{n} label, {replaced} of them replaced by a later one; times in {zone}",
            "{n} labels, {replaced} of them replaced by a later one; times in {zone}",
            len(labels),
        )
    else:
        text = words.ngettext(
            "{n} label; times in {zone}", "{n} labels; times in {zone}", len(labels)
        )
    err.print(text.format(n=len(labels), replaced=replaced, zone=timezone), highlight=False)


def _cells(label: Label, zone: ZoneInfo, words: Catalogue, *, holds: bool) -> list[Text]:
    span = label.window
    said = term(words, VERDICTS, label.verdict)
    # Text, since ids and notes may look like markup.
    verdict = Text(said, _STYLES[label.verdict])
    if not holds:
        verdict = Text(words.gettext("{verdict}, replaced").format(verdict=said), "dim")
    return [
        verdict,
        _alert(label, words) if span is None else Text(_of(span, words)),
        Text("" if span is None else _time(span, zone, words)),
        Text(_instant(label.at, zone)),
        plain(label.by or ""),
        plain(label.note or ""),
    ]


def _alert(label: Label, words: Catalogue) -> Text:
    return plain(words.gettext("alert {alert_id}").format(alert_id=label.alert_id))


def _time(span: Span, zone: ZoneInfo, words: Catalogue) -> str:
    return words.gettext("{first} to {last}").format(
        first=_instant(span.start, zone), last=_instant(span.end, zone)
    )


def _of(span: Span, words: Catalogue) -> str:
    kind = None if span.kind is None else f"({term(words, FAULT_NAMES, span.kind)})"
    signal = None if span.signal is None else term(words, SIGNAL_NAMES, span.signal)
    what = " ".join(filter(None, [signal, kind]))
    entity = printable(span.entity)
    return f"{entity}\n{what}" if what else entity


def _instant(time: dt.datetime, zone: ZoneInfo) -> str:
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M}"
