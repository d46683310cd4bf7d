"""``weathervane alerts``: lists the latest revision of each alert, and follows what happens."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from streams.alerts.cloudevent import Alert, AlertState, decode_event
from streams.alerts.latest import AlertFilter, LatestRevision, LatestRevisions
from streams.cli.alerts.topic_records import records
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    connection,
    parse_entity,
    read_config,
)
from streams.cli.console import err, out
from streams.cli.terminal import plain
from streams.items import LEVELS
from streams.printable import printable

KNOWN_LEVELS = (*LEVELS, "source")

_STYLES = {
    "opened": "bold red", "open": "bold red", "updated": "red", "early": "yellow",
    "resolved": "green", "retracted": "dim", "ended": "dim",
}  # fmt: skip


def alerts(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Then show new revisions as they come, until Ctrl-C.")
    ] = False,
    state: Annotated[
        AlertState | None,
        typer.Option("--state", help="Show alerts in this state only.", show_default=False),
    ] = None,
    entity: Annotated[
        str | None,
        typer.Option(
            "--entity",
            metavar="LEVEL/ID",
            help="Show alerts about this entity only, such as sender/106900012345.",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the latest revision of each alert.

    With --json each line is a CloudEvent as it was published.

    Example: weathervane alerts --state open
    """
    wanted = AlertFilter(
        state, None if entity is None else parse_entity("--entity", entity, KNOWN_LEVELS)
    )
    settings = read_config(config, bootstrap)
    topic = settings.topic("alerts")
    show = _Json() if json else _People()
    latest = LatestRevisions()
    following = False
    with _ctrl_c_is_clean(follow):
        for raw in records(connection(settings), topic, follow=follow):
            if raw is None:
                show.standing(latest.standing(wanted))
                following = True
                continue
            try:
                envelope = decode_event(raw)
            except ValueError as error:
                err.print(f"a record of {topic!r} is no alert: {error}", markup=False)
                continue
            if latest.take(envelope, raw) and following and wanted(envelope.alert):
                show.event(LatestRevision(envelope, raw))


class _Json:
    """CloudEvents, one per line."""

    def standing(self, rows: list[LatestRevision]) -> None:
        for row in rows:
            self.event(row)

    def event(self, known: LatestRevision) -> None:
        sys.stdout.buffer.write(known.raw + b"\n")
        sys.stdout.buffer.flush()


class _People:
    """A table of the latest revisions, then a line for each event."""

    def __init__(self) -> None:
        self._out = out

    def standing(self, rows: list[LatestRevision]) -> None:
        table = Table("State", "Severity", "Entity", "Signal", box=None, pad_edge=False)
        for heading in ("Observed", "Expected", "Ratio"):
            table.add_column(heading, justify="right")
        table.add_column("Since")
        table.add_column("Alert")
        for row in rows:
            table.add_row(*_cells(row.envelope.alert))
        counts = Counter(row.envelope.alert.state for row in rows)
        if rows:
            self._out.print(table)
        by_state = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        err.print(
            f"{len(rows)} alert{'s' * (len(rows) != 1)}{': ' if by_state else ''}{by_state}",
            highlight=False,
        )

    def event(self, known: LatestRevision) -> None:
        alert = known.envelope.alert
        line = Text.assemble(
            known.envelope.time,
            " ",
            (f"{alert.event:<9}", _STYLES[alert.event]),
            " ",
            printable(alert.summary),
        )
        self._out.print(line, soft_wrap=True)


def _cells(alert: Alert) -> list[Text | str]:
    # Text, since a sender's id may look like markup.
    return [
        Text(alert.state, _STYLES[alert.state]),
        alert.severity,
        plain(f"{alert.entity.level}/{alert.entity.id}"),
        alert.signal if alert.kind is None else f"{alert.signal}: {alert.kind}",
        f"{alert.observed:g}",
        f"{alert.expected:.3g}",
        f"{alert.ratio:.3g}",
        alert.onset,
        f"{alert.alert_id}.{alert.revision}",
    ]


@contextlib.contextmanager
def _ctrl_c_is_clean(clean: bool) -> Iterator[None]:
    """End with status 0 on Ctrl-C or SIGTERM where the command runs until stopped."""
    if not clean:
        yield
        return
    with contextlib.suppress(KeyboardInterrupt):
        yield
