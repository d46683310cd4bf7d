"""The commands of ``weathervane``: each is imported when it is run, since all take two seconds."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from streams import version

COMMANDS = {
    "demo": "run.demo",
    "broker": "setup.broker",
    "init": "setup.init",
    "check-config": "setup.check_config",
    "rules": "setup.rules",
    "try": "setup.try_source",
    "topics": "setup.topics",
    "carry-over": "setup.carry_over",
    "backup": "setup.backup",
    "restore": "setup.restore",
    "warm": "setup.warm",
    "reshape": "setup.reshape",
    "up": "run.up",
    "count": "run.count",
    "detect": "run.detect",
    "serve": "run.serve",
    "status": "run.status",
    "ingest": "data.ingest",
    "alerts": "alerts.alerts",
    "ack": "actions.ack",
    "unack": "actions.unack",
    "assign": "actions.assign",
    "note": "actions.note",
    "snooze": "actions.snooze",
    "silence": "actions.silence",
    "silences": "actions.silences",
    "unsilence": "actions.unsilence",
    "actions": "actions.actions",
    "case": "cases.case",
    "label": "alerts.label",
    "notifications": "alerts.notifications",
    "redeliver": "alerts.redeliver",
    "route-test": "alerts.route_test",
    "user": "access.user",
    "token": "access.token",
    "registry": "registry.registry",
    "feed": "feed.feed",
    "record": "data.record",
    "replay": "analysis.replay",
    "explain": "analysis.explain",
    "diff": "analysis.diff",
    "report": "analysis.report",
    "bulletin": "bulletin.bulletin",
    "progress": "bulletin.progress",
    "tune": "analysis.tune",
    "simulate": "data.simulate",
}
"""Each command, in the order of the help, to its module in `streams.cli`, which is called as its
function is."""

UNTIL_STOPPED = {"broker", "up", "count", "detect", "serve"}
"""Commands that run until they are stopped: a stop is no failure, while they start neither."""

_HELP = {"help_option_names": ["-h", "--help"]}


class _OnDemand(Mapping[str, Any]):
    """Commands by name, imported on demand."""

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS

    def __getitem__(self, name: str) -> Any:
        return _command(name)


@cache
def _command(name: str) -> Any:
    module = import_module(f"streams.cli.{COMMANDS[name]}")
    alone = typer.Typer(add_completion=False, context_settings=_HELP)
    alone.command(name)(getattr(module, COMMANDS[name].rpartition(".")[2]))
    return typer.main.get_command(alone)


class _CommandGroup(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = _OnDemand()

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)


app = typer.Typer(
    name="weathervane",
    cls=_CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=_HELP,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"weathervane {version()}")
        raise typer.Exit


@app.callback()
def weathervane(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Monitor senders of messages: find bursts of sends and complaints.

    Begin with: weathervane demo
    """


def run() -> None:
    """Run the command line; Ctrl-C ends with 130 where a command does not end cleanly by it.

    SIGTERM is what a service manager sends for Ctrl-C, so it ends a command in the same way. The
    processes that run until stopped set handlers of their own.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(0 if sys.argv[1:2] and sys.argv[1] in UNTIL_STOPPED else 130)
    except OSError as error:
        # A failed write to standard output names no file; the commands report their own files.
        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        sys.stderr.write(
            f"standard output, or a file of the command's, must be writable; {error.strerror}\n"
        )
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())  # for what Python flushes at exit
        sys.exit(1)
