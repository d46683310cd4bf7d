"""``weathervane topics``: creates the topics that are missing, checks those that exist."""

from __future__ import annotations

import dataclasses

import orjson
import typer
from rich.table import Table

from streams.alerts.terms import term
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import topic_plan
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption, connection, read_config
from streams.cli.console import fail, out
from streams.cli.language import reader
from streams.cli.terminal import plain
from streams.language.catalogue import mark_in

_STATUSES = {
    "created": mark_in("of a topic", "created"),
    "ok": mark_in("of a topic", "ok"),
    "problem": mark_in("of a topic", "problem"),
}


def topics(
    config: ConfigOption = None, bootstrap: BootstrapOption = None, as_json: JsonOption = False
) -> None:
    """Create the topics that are missing, and check the others.

    Exit status 1 if a topic is not as it must be. No topic is ever changed.

    Example: weathervane topics --bootstrap kafka-1:9092
    """
    settings = read_config(config, bootstrap)
    try:
        reports = ensure(connection(settings), topic_plan(settings))
    except KafkaEdgeError as error:
        fail(str(error))
    if as_json:
        rows = [dataclasses.asdict(report) for report in reports]
        out.print(orjson.dumps(rows).decode(), soft_wrap=True, highlight=False, markup=False)
    else:
        styles = {"created": "green", "ok": "", "problem": "red"}
        words = reader()
        table = Table(words.gettext("topic"), "", "")
        for report in reports:
            table.add_row(
                *map(plain, (report.name, term(words, _STATUSES, report.status), report.detail)),
                style=styles[report.status],
            )
        out.print(table)
    if any(report.status == "problem" for report in reports):
        raise typer.Exit(1)
