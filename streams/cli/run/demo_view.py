"""What the demo shows: progress, and alerts as they open and resolve."""

from __future__ import annotations

import threading
from collections import Counter, deque
from contextlib import AbstractContextManager, nullcontext

from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from streams.alerts.cloudevent import Envelope
from streams.alerts.phrases import about, listed
from streams.alerts.sentences import sentence_for
from streams.alerts.terms import SIGNAL_NAMES, STATES, term
from streams.broker.topics.offsets import RemainingWork
from streams.cli.console import err, out
from streams.cli.terminal import event_cell, plain
from streams.language.catalogue import Catalogue
from streams.printable import printable

_STYLE = {
    "opened": "bold red",
    "updated": "red",
    "resolved": "green",
    "early": "yellow",
    "retracted": "dim",
    "ended": "dim",
}


class DemoView:
    """The demo's numbers: several threads fill them, one draws them.

    Parameters
    ----------
    url
        Address of the console.
    words
        The catalogue of the reader.
    """

    def __init__(self, url: str, words: Catalogue) -> None:
        self.url, self.words = url, words
        self.stays = out.is_terminal
        self.events: dict[str, int] = {}
        self.by_event: Counter[str] = Counter()
        self.by_state: dict[str, str] = {}
        self.largest: dict[str, Envelope] = {}
        self._last: deque[Envelope] = deque(maxlen=200)
        self._has_all = False
        self._remaining: RemainingWork | None = None
        self._lock = threading.Lock()
        self._live: Live | None = None

    @property
    def drained(self) -> bool:
        """Whether everything that was ingested has been judged."""
        return self._has_all and self._remaining == (0, 0)

    @property
    def progress(self) -> object:
        """What changes as long as the demo goes on: events, remaining work, alerts."""
        return dict(self.events), self._has_all, self._remaining, self.by_event.total()

    def ingested(self, source: str, events: int) -> None:
        """Take the number of a source's events that the broker has acknowledged so far."""
        self.events[source] = events

    def all_ingested(self) -> None:
        """Take note that every recording and its end mark has been written."""
        self._has_all = True

    def remaining(self, work: RemainingWork) -> None:
        """Take what is still to be counted and judged."""
        # Zero means that all is done only after the last end mark.
        self._remaining = work if self._has_all else None

    def alert(self, envelope: Envelope) -> None:
        """Take one revision of an alert."""
        alert = envelope.alert
        with self._lock:
            self.by_event[alert.event] += 1
            self.by_state[alert.alert_id] = alert.state
            self.largest[alert.alert_id] = envelope
            self._last.append(envelope)
        if self._live is None:
            err.print(_line(envelope, self.words), soft_wrap=True)

    def live(self) -> AbstractContextManager[object]:
        """Draw on the terminal while the context is open; elsewhere, print a line per alert."""
        if not self.stays:
            return nullcontext()
        self._live = Live(self._draw(), console=out, screen=False, refresh_per_second=5)
        return self._live

    def refresh(self) -> None:
        """Draw what has changed."""
        if self._live is not None:
            self._live.update(self._draw())

    def _draw(self) -> Group:
        rows = max(5, out.height - 12)
        with self._lock:
            last = list(self._last)[-rows:]
            states = Counter(self.by_state.values())
        words = self.words
        numbers = Table.grid(padding=(0, 2))
        for name, events in self.events.items():
            numbers.add_row(words.gettext("ingested"), f"{events:,}", name)
        if self._remaining is not None:
            to_count, to_judge = self._remaining
            records, counts = words.gettext("records"), words.gettext("counts records")
            numbers.add_row(words.gettext("to count"), f"{to_count:,}", records)
            numbers.add_row(words.gettext("to judge"), f"{to_judge:,}", counts)
        alerts = words.gettext("alerts")
        numbers.add_row(alerts, f"{sum(states.values()):,}", _states(states, words))
        lines = Text("\n").join(_line(envelope, words, out.width - 4) for envelope in last)
        status = words.gettext("all judged") if self.drained else words.gettext("running")
        return Group(
            Panel(numbers, title="weathervane demo", subtitle=status, title_align="left"),
            Panel(lines or Text(words.gettext("no alert yet")), title=alerts, title_align="left"),
            Text.assemble(words.gettext("stop: Ctrl-C   console: "), (self.url, "underline")),
        )


def summary_table(view: DemoView) -> Group:
    """Return what the demo has found, to be printed at the end."""
    words = view.words
    table = Table(words.gettext("source"), words.gettext("events"), title_justify="left")
    table.title = words.gettext("ingested")
    for name, events in view.events.items():
        table.add_row(name, f"{events:,}")
    top = Table(
        words.gettext("entity"),
        words.gettext("signal"),
        words.gettext("observed"),
        words.pgettext("head of a column", "expected"),
        words.pgettext("head of a column", "since"),
        words.gettext("state"),
    )
    for number in (2, 3):
        top.columns[number].justify = "right"
    top.title, top.title_justify = words.gettext("ten largest alerts"), "left"
    largest = sorted(view.largest.values(), key=lambda e: -e.alert.observed)
    senders = [e for e in largest if e.alert.entity.level == "sender"]
    for envelope in senders[:10]:
        alert = envelope.alert
        top.add_row(
            plain(alert.entity.id),
            term(words, SIGNAL_NAMES, alert.signal) if words.language != "en" else alert.signal,
            about(alert.observed),
            about(alert.expected),
            alert.onset[:16],
            term(words, STATES, alert.state),
        )
    states = Counter(view.by_state.values())
    alerts = words.ngettext("{n} alert", "{n} alerts", states.total())
    total = words.gettext("{alerts}: {states}").format(
        alerts=alerts.format(n=f"{states.total():,}"), states=_states(states, words)
    )
    return Group(table, top, Text(total))


def _states(states: Counter[str], words: Catalogue) -> str:
    text = words.gettext("{n} {state}")
    return listed(
        words,
        (
            text.format(n=f"{count:,}", state=term(words, STATES, state))
            for state, count in sorted(states.items())
        ),
    )


def _line(envelope: Envelope, words: Catalogue, width: int | None = None) -> Text:
    alert = envelope.alert
    event = event_cell(words, alert.event)
    line = Text.assemble(
        (envelope.time[:16].replace("T", " "), "dim"),
        "  ",
        (event, _STYLE[alert.event]),
        " ",
        printable(sentence_for(alert, words)),
    )
    if width is not None:
        line.truncate(width, overflow="ellipsis")
    return line
