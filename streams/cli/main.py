"""The command ``weathervane``."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "demo": "run.demo",
    "broker": "setup.broker",
    "init": "setup.init",
    "check-config": "setup.check_config",
    "topics": "setup.topics",
    "up": "run.up",
    "count": "run.count",
    "detect": "run.detect",
    "serve": "run.serve",
    "status": "run.status",
    "ingest": "data.ingest",
    "alerts": "alerts.alerts",
    "label": "alerts.label",
    "record": "data.record",
    "replay": "analysis.replay",
    "explain": "analysis.explain",
    "diff": "analysis.diff",
    "report": "analysis.report",
    "tune": "analysis.tune",
    "simulate": "data.simulate",
}
"""Each command, in the order of the help, and the module of this package that has it."""

_HELP = {"help_option_names": ["-h", "--help"]}


class _OnDemand(Mapping[str, Any]):
    """Commands by name; a module is imported when its command is wanted: all take two seconds."""

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
    alone.command(name)(getattr(module, name.replace("-", "_")))
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


@app.callback()
def weathervane() -> None:
    """A stream monitor for message abuse: sends and complaints in, alerts and a feed out.

    Begin with: weathervane demo
    """


def main() -> None:
    """Run the command line; Ctrl-C ends with 130 where a command does not stop by itself."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        # A write that fails says not of what; most commands tell of their own files by name.
        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        sys.stderr.write(
            f"standard output, or a file of the command's, must be writable; {error.strerror}\n"
        )
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())  # what is left to flush
        sys.exit(1)


if __name__ == "__main__":
    main()
