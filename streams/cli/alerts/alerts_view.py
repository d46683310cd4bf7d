"""How ``weathervane alerts`` shows alerts: for people in 80 columns, as CSV, or as published."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from rich.text import Text

from streams.actions.about_alert import AlertActions
from streams.actions.state import Hidden
from streams.alerts.cloudevent import Alert
from streams.alerts.latest import LatestRevision
from streams.cli.console import err, out
from streams.cli.csv_table import write_csv
from streams.cli.terminal import plain
from streams.printable import printable

_STYLES: Final = {
    "opened": "bold red", "open": "bold red", "updated": "red", "early": "yellow",
    "resolved": "green", "retracted": "dim", "ended": "dim",
}  # fmt: skip

_HEADS: Final = ("Beyond", "State", "Severity", "Opened", "Closed", "Alert")
_WIDTHS: Final = (6, 9, 8, 16, 16, 20)
"""With a blank between them they fill 80 columns."""

_INDENT: Final = 2

COLUMNS: Final = (
    "alert_id", "revision", "state", "severity", "level", "id", "signal", "kind", "opened_at",
    "closed_at", "onset", "observed", "expected", "ratio", "beyond_nats", "acknowledged_by",
    "acknowledged_at", "assigned_to", "label", "hidden_by", "hidden_until", "parent", "summary",
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
        alert.observed, alert.expected, alert.ratio, round(row.beyond_nats, 2),
        done.acknowledged_by if holds else None, _iso(done.acknowledged_at) if holds else None,
        done.assigned_to, done.label,
        None if hidden is None else hidden.by, None if hidden is None else _iso(hidden.until),
        alert.parent, alert.summary,
    ]  # fmt: skip


def for_people(
    rows: Sequence[LatestRevision], acted: Acted, now: dt.datetime, zone: ZoneInfo
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
    """
    if rows:
        out.print(_line(_HEADS), style="bold", soft_wrap=True)
    for row in rows:
        alert = row.envelope.alert
        state = _STYLES[alert.state]
        figures = (
            f"{row.beyond_nats:+.1f}", alert.state, alert.severity, _minute(row.opened_at, zone),
            _minute(row.closed_at, zone), f"{alert.alert_id}.{alert.revision}",
        )  # fmt: skip
        out.print(_line(figures, state), soft_wrap=True)
        _print_below(plain(alert.summary))
        people = ", ".join(_done(alert, acted, now, zone))
        if people:
            _print_below(plain(people, "cyan"))
    counts = Counter(row.envelope.alert.state for row in rows)
    by_state = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    err.print(
        f"{len(rows)} alert{'s' * (len(rows) != 1)}{': ' if by_state else ''}{by_state};"
        f" times in {zone.key}; Beyond: nats of evidence more than an alert needs",
        highlight=False,
    )


def _print_below(text: Text) -> None:
    """Print a text below its alert, a little to the right, without blanks at the lines' ends."""
    for line in text.wrap(out, max(out.width - _INDENT, 1)):
        indented = Text.assemble(" " * _INDENT, line)
        indented.rstrip()
        out.print(indented, soft_wrap=True)


def what_happened(row: LatestRevision) -> None:
    """Show a revision that has just come, as a line."""
    alert = row.envelope.alert
    line = Text.assemble(
        row.envelope.time,
        " ",
        (f"{alert.event:<9}", _STYLES[alert.event]),
        " ",
        printable(alert.summary),
    )
    out.print(line, soft_wrap=True)


def _line(cells: Sequence[str], style: str = "") -> Text:
    padded = [f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)]
    padded[0] = f"{cells[0]:>{_WIDTHS[0]}}"
    styles = ["", style, "", "", "", ""]
    line = Text(" ").join(map(Text, padded, styles))
    line.rstrip()
    return line


def _done(alert: Alert, acted: Acted, now: dt.datetime, zone: ZoneInfo) -> list[str]:
    done, hidden = acted.alert(alert.alert_id), acted.hides(alert, now)
    said = []
    if done.acknowledges(alert):
        at = _minute(done.acknowledged_at, zone)
        said.append(f"acknowledged by {done.acknowledged_by} {at}")
    if done.assigned_to is not None:
        said.append(f"assigned to {done.assigned_to}")
    if done.label is not None:
        said.append(f"label {done.label}" + (f" by {done.labelled_by}" if done.labelled_by else ""))
    if done.note_ids:
        said.append(f"{len(done.note_ids)} note{'s' * (len(done.note_ids) != 1)}")
    if hidden is not None:
        said.append(f"{hidden.what} by {hidden.by} until {_minute(hidden.until, zone)}")
    return said


def _minute(time: dt.datetime | None, zone: ZoneInfo) -> str:
    return "" if time is None else f"{time.astimezone(zone):%Y-%m-%d %H:%M}"


def _iso(time: dt.datetime | None) -> str | None:
    return None if time is None else time.isoformat()
