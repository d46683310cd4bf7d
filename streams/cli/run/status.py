"""``weathervane status``: shows what the processes and the broker report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import orjson
import typer

from streams.cli.arguments import (
    DEFAULT_CONFIG,
    BootstrapOption,
    ConfigOption,
    JsonOption,
    connection,
    read_config,
)
from streams.cli.console import err, fail, out
from streams.cli.csv_table import CsvOption, one_form, write_documents
from streams.cli.language import reader
from streams.cli.run.status_view import figures, show
from streams.demo.running import DEFAULT_DATA, demo_that_runs
from streams.health.look import Address, addresses, look
from streams.health.symptoms import symptoms


def status(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="HOST:PORT",
            help="Address of a process's metrics; give it once for each process. Default:"
            " monitor.processes, else the three addresses in the table `metrics`.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Show whether the processes work, and what is wrong.

    The last lines say what is wrong, and what to do; then the exit status
    is 1. It also works while processes are down: the broker knows how many
    records wait for them. Without a configuration file it shows the demo
    that runs here.

    Example: weathervane status --at host-1:9101 --at host-2:9101 --at host-1:9102
    """
    one_form(json=as_json, csv=as_csv)
    settings = read_config(config if at else _or_the_demo(config), bootstrap)
    where = _addresses(at) if at else addresses(settings)
    found = look(settings, connection(settings), where)
    wrong = symptoms(settings, found)
    if as_json:
        document = {
            "ok": not wrong,
            "problems": [one.sentence for one in wrong],
            "symptoms": [one.document() for one in wrong],
            **msgspec.to_builtins(found),
        }
        out.print(orjson.dumps(document).decode(), soft_wrap=True, highlight=False, markup=False)
    elif as_csv:
        write_documents(figures(found, wrong))
    else:
        show(found, wrong, reader())
    if wrong:
        raise typer.Exit(1)


def _addresses(at: list[str]) -> list[Address]:
    for address in at:
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            fail(
                f"--at must be host:port of a process's metrics, such as host-1:9101;"
                f" got {address}",
                2,
            )
    return [(address, None) for address in at]


def _or_the_demo(config: Path | None) -> Path | None:
    """Return the demo's configuration where a demo runs here, and no other file is meant."""
    demo = demo_that_runs(DEFAULT_DATA)
    if config is not None or demo is None:
        return config
    if DEFAULT_CONFIG.exists():
        err.print(f"a demo runs here too: weathervane status --config {demo}", highlight=False)
        return None
    err.print(f"of the demo that runs here (--config {demo})", highlight=False)
    return demo
