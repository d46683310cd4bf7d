"""How ``weathervane alerts`` shows alerts: for people in 80 columns, as CSV, or as published."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from streams.actions.about_alert import AlertActions
from streams.actions.state import Hidden
from streams.alerts.cloudevent import Alert
from streams.alerts.latest import LatestRevision, has_evidence, is_exact
from streams.alerts.phrases import listed
from streams.alerts.sentences import sentence_for
from streams.alerts.terms import SEVERITIES, STATES, VERDICTS, term
from streams.cli.console import err, out
from streams.cli.csv_table import write_csv
from streams.cli.terminal import event_cell, plain
from streams.language.catalogue import Catalogue, mark
from streams.printable import printable

_STYLES: Final = {
    "opened": "bold red", "open": "bold red", "updated": "red", "early": "yellow",
    "resolved": "green", "retracted": "dim", "ended": "dim",
}  # fmt: skip

_HEADS: Final = (
    mark("Beyond"), mark("State"), mark("Severity"), mark("Opened"), mark("Closed"), mark("Alert"),
)  # fmt: skip
_WIDTHS: Final = (6, 9, 8, 16, 16, 20)
"""With a blank between them they fill 80 columns."""

_INDENT: Final = 2

_HIDDEN: Final = {
    "silence": mark("silence by {name} until {time}"),
    "snooze": mark("snooze by {name} until {time}"),
}

COLUMNS: Final = (
    "alert_id", "revision", "state", "severity", "level", "id", "signal", "kind", "opened_at",
    "closed_at", "onset", "observed", "expected", "ratio", "beyond_nats", "acknowledged_by",
    "acknowledged_at", "assigned_to", "label", "hidden_by", "hidden_until", "parent", "summary",
    "complaints", "reporters",
)  # fmt: skip
"""Columns of the CSV."""


class Acted(Protocol):
    """What people have done, as far as the list shows it."""

    def alert(self, alert_id: str) -> AlertActions:
        """What was done about an alert."""
        ...

    def hides(self, alert: Alert, now: dt.datetime) -> Hidden | None:
        """What keeps it from being told."""
        ...


def as_published(row: LatestRevision) -> None:
    """Write an alert's bytes as a line."""
    sys.stdout.buffer.write(row.raw + b"\n")
    sys.stdout.buffer.flush()


def as_csv(rows: Sequence[LatestRevision], acted: Acted, now: dt.datetime) -> None:
    """Write alerts as CSV; times are RFC 3339, as published.

    Parameters
    ----------
    rows
        The alerts.
    acted
        What people have done about them.
    now
        The time, for what hides an alert.
    """
    write_csv(COLUMNS, ([*_cells(row, acted, now)] for row in rows))


def _cells(row: LatestRevision, acted: Acted, now: dt.datetime) -> list[str | int | float | None]:
    alert = row.envelope.alert
    done, hidden = acted.alert(alert.alert_id), acted.hides(alert, now)
    holds = done.acknowledges(alert)
    return [
        alert.alert_id, alert.revision, alert.state, alert.severity,
        alert.entity.level, alert.entity.id, alert.signal, alert.kind,
        row.opened_at.isoformat(), _iso(row.closed_at), alert.onset,
        alert.observed, alert.expected, alert.ratio,
        round(alert.evidence_nats - alert.threshold_nats, 2),
        done.acknowledged_by if holds else None, _iso(done.acknowledged_at) if holds else None,
        done.assigned_to, done.label,
        None if hidden is None else hidden.by, None if hidden is None else _iso(hidden.until),
        alert.parent, alert.summary,
        None if alert.reporters is None else alert.reporters.complaints,
        None if alert.reporters is None else alert.reporters.distinct,
    ]  # fmt: skip


def for_people(
    rows: Sequence[LatestRevision],
    acted: Acted,
    now: dt.datetime,
    zone: ZoneInfo,
    words: Catalogue,
) -> None:
    """Show each alert in two lines or three: its figures, its sentence, what people have done.

    Parameters
    ----------
    rows
        The alerts.
    acted
        What people have done about them.
    now
        The time, for what hides an alert.
    zone
        The zone of the times.
    words
        The catalogue of the reader.
    """
    if rows:
        heads = [words.gettext(head) for head in _HEADS]
        out.print(_line(heads), style="bold", soft_wrap=True)
    for row in rows:
        alert = row.envelope.alert
        state = _STYLES[alert.state]
        figures = (
            _beyond(row, words), term(words, STATES, alert.state),
            term(words, SEVERITIES, alert.severity), _minute(row.opened_at, zone),
            _minute(row.closed_at, zone), f"{alert.alert_id}.{alert.revision}",
        )  # fmt: skip
        out.print(_line(figures, state), soft_wrap=True)
        _print_below(plain(sentence_for(alert, words)))
        people = listed(words, _done(alert, acted, now, zone, words))
        if people:
            _print_below(plain(people, "cyan"))
    counts = Counter(row.envelope.alert.state for row in rows)
    by_state = [
        words.gettext("{n} {state}").format(n=count, state=term(words, STATES, state))
        for state, count in sorted(counts.items())
    ]
    number = words.ngettext("{n} alert", "{n} alerts", len(rows)).format(n=len(rows))
    if by_state:
        text = words.gettext("{alerts}: {states}")
        number = text.format(alerts=number, states=listed(words, by_state))
    text = words.gettext(
        "{alerts}; times in {zone}; Beyond: nats of evidence more than an alert needs"
    )
    err.print(text.format(alerts=number, zone=zone.key), highlight=False)


def _beyond(row: LatestRevision, words: Catalogue) -> str:
    alert = row.envelope.alert
    if has_evidence(alert):
        return f"{row.beyond_nats:+.1f}"
    return words.gettext("exact") if is_exact(alert) else "-"


def _print_below(text: Text) -> None:
    """Print a text below its alert, a little to the right, without blanks at the lines' ends."""
    for line in text.wrap(out, max(out.width - _INDENT, 1)):
        indented = Text.assemble(" " * _INDENT, line)
        indented.rstrip()
        out.print(indented, soft_wrap=True)


def what_happened(row: LatestRevision, words: Catalogue) -> None:
    """Show a revision that has just come, as a line.

    Parameters
    ----------
    row
        The revision.
    words
        The catalogue of the reader.
    """
    alert = row.envelope.alert
    line = Text.assemble(
        row.envelope.time,
        " ",
        (event_cell(words, alert.event), _STYLES[alert.event]),
        " ",
        printable(sentence_for(alert, words)),
    )
    out.print(line, soft_wrap=True)


def _line(cells: Sequence[str], style: str = "") -> Text:
    padded = [set_cell_size(cell, width) for cell, width in zip(cells, _WIDTHS, strict=True)]
    padded[0] = " " * (_WIDTHS[0] - cell_len(cells[0])) + cells[0]
    styles = ["", style, "", "", "", ""]
    line = Text(" ").join(map(Text, padded, styles))
    line.rstrip()
    return line


def _done(
    alert: Alert, acted: Acted, now: dt.datetime, zone: ZoneInfo, words: Catalogue
) -> list[str]:
    done, hidden = acted.alert(alert.alert_id), acted.hides(alert, now)
    said = []
    if done.acknowledges(alert):
        at = _minute(done.acknowledged_at, zone)
        text = words.gettext("acknowledged by {name} {time}")
        said.append(text.format(name=done.acknowledged_by, time=at))
    if done.assigned_to is not None:
        said.append(words.gettext("assigned to {name}").format(name=done.assigned_to))
    if done.label is not None:
        verdict = term(words, VERDICTS, done.label)
        if done.labelled_by:
            text = words.gettext("label {verdict} by {name}")
        else:
            text = words.gettext("label {verdict}")
        said.append(text.format(verdict=verdict, name=done.labelled_by))
    if done.note_ids:
        number = len(done.note_ids)
        said.append(words.ngettext("{n} note", "{n} notes", number).format(n=number))
    if hidden is not None:
        text = words.gettext(_HIDDEN[hidden.what])
        said.append(text.format(name=hidden.by, time=_minute(hidden.until, zone)))
    return said


def _minute(time: dt.datetime | None, zone: ZoneInfo) -> str:
    return "" if time is None else f"{time.astimezone(zone):%Y-%m-%d %H:%M}"


def _iso(time: dt.datetime | None) -> str | None:
    return None if time is None else time.isoformat()
