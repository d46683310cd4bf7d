"""``weathervane broker``: a local broker alone, in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.broker.errors import BrokerError
from streams.broker.local.broker import DEFAULT_PORT, choose_broker
from streams.cli.arguments import ConfigOption, read_config
from streams.cli.console import err, fail, stop_on_signals


def broker(
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=1, max=65535, help="The port for clients.")
    ] = DEFAULT_PORT,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Data directory. Default: `broker` in the configuration's data_dir.",
            show_default=False,
        ),
    ] = None,
    stand_in: Annotated[
        bool,
        typer.Option("--stand-in", help="Start the stand-in even if Apache Kafka can run here."),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Run a local broker until stopped: Apache Kafka, else a stand-in.

    Apache Kafka needs Java 17 or newer, and Maven to fetch it once.

    Example: weathervane broker --port 9092
    """
    settings = read_config(config)
    stop = stop_on_signals()
    try:
        local = choose_broker(
            data_dir=data or settings.data_dir / "broker", port=port, stand_in=stand_in or None
        )
        err.print(f"starting {local.kind} ...", highlight=False, soft_wrap=True)
        with local:
            note = f"{local.kind} at {local.bootstrap}   stop: Ctrl-C"
            err.print(note, highlight=False, soft_wrap=True)
            while not stop.wait(0.5):
                if not local.running:
                    fail(local.failure())
    except BrokerError as error:
        if not stop.is_set():  # Ctrl-C also reaches processes of the same terminal
            fail(str(error))
