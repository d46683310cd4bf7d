"""What ``weathervane explain`` prints: the reasons, sparklines, a table of buckets, alerts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from rich.cells import set_cell_size
from rich.table import Table
from rich.text import Text

from streams.alerts.phrases import about
from streams.alerts.sentences import sentence_for
from streams.alerts.terms import SIGNAL_NAMES, term
from streams.cli.console import out
from streams.cli.terminal import event_cell, plain
from streams.explain.history import EntityHistory, window
from streams.explain.sentences import because, state, title
from streams.explain.svg import block
from streams.language.catalogue import Catalogue
from streams.series.watched import WatchedEntity

WIDEST = 100
AROUND = 5
"""Rows of the table before and after the explained bucket."""

_NAMES = 10


def show(
    history: EntityHistory,
    at: int,
    other_histories: Iterable[EntityHistory],
    now: Iterable[str],
    words: Catalogue,
) -> None:
    """Print it.

    Parameters
    ----------
    history, at
        The history, and the index in `closed` of the explained bucket.
    other_histories
        Of other signals and groups.
    now
        What is said of the open bucket.
    words
        The catalogue of the reader.
    """
    _line(title(history, at, words), "bold")
    for sentence in (*because(history, at, words), *now):
        _line(sentence)
    out.print()
    for line in _sparklines(history, at, min(out.width - _NAMES - 12, WIDEST), words):
        out.print(line, no_wrap=True, highlight=False)
    out.print()
    out.print(_table(history, at, words))
    shown = window(history, at)
    shown_alerts = [
        alert
        for alert in history.alerts
        if alert.first < shown[-1].end and (alert.ended is None or alert.ended > shown[0].start)
    ]
    for alert in shown_alerts:
        for envelope in alert.revisions:
            when = envelope.time[:16].replace("T", " ")
            event = event_cell(words, envelope.alert.event)
            _line(f"{when}  {event} {sentence_for(envelope.alert, words)}")
    for other in other_histories:
        text = words.ngettext(
            "Also judged: {signal} in {group}, {n} alert.",
            "Also judged: {signal} in {group}, {n} alerts.",
            len(other.alerts),
        )
        if not other.alerts:
            text = words.gettext("Also judged: {signal} in {group}, no alert.")
        signal = term(words, SIGNAL_NAMES, other.signal)
        _line(text.format(signal=signal, group=other.group, n=len(other.alerts)), "dim")


def _line(text: str, style: str = "") -> None:
    out.print(plain(text, style), soft_wrap=True)


def _sparklines(history: EntityHistory, at: int, width: int, words: Catalogue) -> list[Text]:
    """Return lines of counts, expected counts, evidence and alerts; each cell has some buckets."""
    shown = window(history, at)
    position = shown.index(history.closed[at])
    each = -(-len(shown) // width)
    cells = [shown[n : n + each] for n in range(0, len(shown), each)]
    most = max(max(bucket.count for bucket in shown), 1.0)

    def bar(value: float) -> str:
        # The square root, as in the plot, so that small counts are visible beside large ones.
        return block(math.sqrt(value / most))

    nats = [_most(cell, lambda b: b.evidence_nats / b.threshold_nats) for cell in cells]
    counts = [_most(cell, lambda b: b.count) for cell in cells]
    expected = [_most(cell, lambda b: b.expected) for cell in cells]
    alerts = "".join("━" if any(_open(history, b) for b in cell) else " " for cell in cells)
    pointer = " " * (position // each) + "^"
    first, last = history.label(shown[0].start), history.label(shown[-1].start)
    gap = max(len(cells) - len(first) - len(last), 1)
    evidence = Text()
    for value in nats:
        evidence.append(block(value), "red" if value >= 1.0 else "")
    return [
        _row("", Text(f"{first}{' ' * gap}{last}", "dim")),
        _row(
            history.noun(words),
            Text("".join(map(bar, counts))),
            words.gettext("to {n}").format(n=f"{most:,.0f}"),
        ),
        _row(words.pgettext("a line of bars", "expected"), Text("".join(map(bar, expected)))),
        _row(
            words.pgettext("a line of bars", "evidence"),
            evidence,
            words.gettext("█ alarms"),
        ),
        _row(words.pgettext("a line of bars", "alerts"), Text(alerts, "red")),
        _row("", Text(pointer)),
    ]


def _row(name: str, cells: Text, after: str = "") -> Text:
    row = Text.assemble(set_cell_size(name, _NAMES), " ", cells)
    return row.append(f" {after}", "dim") if after else row


def _most(cell: Sequence[WatchedEntity], value_of: Callable[[WatchedEntity], float]) -> float:
    return max(value_of(bucket) for bucket in cell)


def _open(history: EntityHistory, bucket: WatchedEntity) -> bool:
    return history.alert_at(bucket) is not None or bool(history.other_alerts_at(bucket))


def _table(history: EntityHistory, at: int, words: Catalogue) -> Table:
    table = Table("", words.pgettext("time of a bucket", "From"), box=None, pad_edge=False)
    for heading in (
        words.gettext("Count"),
        words.gettext("Expected"),
        words.gettext("19 in 20"),
        words.gettext("Alarms at"),
        words.gettext("Evidence"),
        words.gettext("Needed"),
        words.pgettext("factor of all entities", "Common"),
    ):
        table.add_column(heading, justify="right")
    table.add_column(words.gettext("State"))
    first = max(at - AROUND, 0)
    for index, bucket in enumerate(history.closed[first : at + AROUND + 1], first):
        table.add_row(
            *_cells(history, bucket, words, is_explained=index == at), style="bold" * (index == at)
        )
    return table


def _cells(
    history: EntityHistory, bucket: WatchedEntity, words: Catalogue, *, is_explained: bool
) -> list[str]:
    usual = ""
    if bucket.low is not None and bucket.high is not None:
        text = words.gettext("{low} to {high}")
        usual = text.format(low=f"{bucket.low:,.0f}", high=f"{bucket.high:,.0f}")
    return [
        ">" if is_explained else "",
        history.label(bucket.start),
        f"{bucket.count:,.0f}",
        about(bucket.expected),
        usual,
        "" if bucket.alarms_at is None else f"{bucket.alarms_at:,.0f}",
        f"{bucket.evidence_nats:.1f}",
        f"{bucket.threshold_nats:.1f}",
        f"{bucket.factor:.2f}",
        state(history, bucket, words),
    ]
