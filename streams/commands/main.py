"""The command ``weathervane``."""

from __future__ import annotations

import sys

import typer

from streams.commands.alerts import alerts
from streams.commands.broker import broker
from streams.commands.check_config import check_config
from streams.commands.demo import demo
from streams.commands.diff import diff
from streams.commands.explain import explain
from streams.commands.ingest import ingest
from streams.commands.init import init
from streams.commands.label import label
from streams.commands.processes import count, detect
from streams.commands.record import record
from streams.commands.replay import replay
from streams.commands.report import report
from streams.commands.serve import serve
from streams.commands.simulate import simulate
from streams.commands.status import status
from streams.commands.topics import topics
from streams.commands.tune import tune
from streams.commands.up import up

app = typer.Typer(
    name="weathervane",
    help="A stream monitor for message abuse: sends and complaints in, alerts and a feed out.\n\n"
    "Begin with: weathervane demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo)
app.command()(broker)
app.command()(init)
app.command()(check_config)
app.command()(topics)
app.command()(up)
app.command()(count)
app.command()(detect)
app.command()(serve)
app.command()(status)
app.command()(ingest)
app.command()(alerts)
app.command()(label)
app.command()(record)
app.command()(replay)
app.command()(explain)
app.command()(diff)
app.command()(report)
app.command()(tune)
app.command()(simulate)


def main() -> None:
    """Run the command line; Ctrl-C ends with 130 where a command does not stop by itself."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
