"""``weathervane alerts``: lists the latest revision of each alert, and follows what happens."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from streams.actions.action import decode_action
from streams.actions.kafka_desk import sources_of
from streams.actions.state import ActionState
from streams.alerts.cloudevent import AlertState, decode_event
from streams.alerts.label import decode_label
from streams.alerts.latest import AlertFilter, AlertOrder, LatestRevision, LatestRevisions
from streams.cli.alerts.alerts_view import as_csv, as_published, for_people, what_happened
from streams.cli.alerts.topic_records import records, written_records
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    connection,
    parse_entity,
    read_config,
)
from streams.cli.console import err, fail
from streams.cli.csv_table import CsvOption, one_form
from streams.cli.language import reader
from streams.config.model import Config
from streams.items import LEVELS
from streams.language.catalogue import Catalogue

KNOWN_LEVELS = (*LEVELS, "source")


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
    order: Annotated[
        AlertOrder,
        typer.Option(
            "--sort",
            help="What comes first among those in progress, and then among the others: the alert"
            " furthest beyond chance, or the one that was opened or changed last.",
        ),
    ] = "beyond",
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """List the latest revision of each alert, with what people have done about it.

    With --json each line is a CloudEvent as it was published.

    Example: weathervane alerts --state open
    """
    wanted = AlertFilter(
        state, None if entity is None else parse_entity("--entity", entity, KNOWN_LEVELS)
    )
    one_form(json=json, csv=csv)
    if csv and follow:
        fail("--csv and --follow exclude each other: --json --follow goes on with what comes", 2)
    settings = read_config(config, bootstrap)
    topic = settings.topic("alerts")
    words = reader()
    latest = LatestRevisions()
    following = False
    with _ctrl_c_is_clean(follow):
        for raw in records(connection(settings), topic, follow=follow):
            if raw is None:
                _show(latest.standing(wanted, order), settings, words, json=json, csv=csv)
                following = True
                continue
            try:
                envelope = decode_event(raw)
            except ValueError as error:
                err.print(f"a record of {topic!r} is no alert: {error}", markup=False)
                continue
            if latest.take(envelope, raw) and following and wanted(envelope.alert):
                row = LatestRevision(envelope, raw)
                as_published(row) if json else what_happened(row, words)


def _show(
    rows: list[LatestRevision], settings: Config, words: Catalogue, *, json: bool, csv: bool
) -> None:
    if json:
        for row in rows:
            as_published(row)
        return
    now = dt.datetime.now(dt.UTC)
    acted = _acted(settings)
    if csv:
        as_csv(rows, acted, now)
    else:
        for_people(rows, acted, now, ZoneInfo(settings.timezone), words)


def _acted(settings: Config) -> ActionState:
    """Read what people have done so far."""
    broker, state = connection(settings), ActionState(sources_of(settings))
    for raw in records(broker, settings.topic("labels")):
        with contextlib.suppress(ValueError):  # `weathervane label --list` reports it
            state.take_label(decode_label(raw or b""))
    for record in written_records(broker, settings.topic("actions")):
        if record is None:
            break
        with contextlib.suppress(ValueError):  # `weathervane actions` reports it
            state.take(decode_action(*record))
    return state


@contextlib.contextmanager
def _ctrl_c_is_clean(clean: bool) -> Iterator[None]:
    """End with status 0 on Ctrl-C or SIGTERM where the command runs until stopped."""
    if not clean:
        yield
        return
    with contextlib.suppress(KeyboardInterrupt):
        yield
