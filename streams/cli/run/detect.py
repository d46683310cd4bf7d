"""``weathervane detect``: one detect worker."""

from __future__ import annotations

import typer

from streams.broker.errors import RightsError
from streams.broker.topics.rights import detect_rights, require_rights
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    InstanceOption,
    connection,
    read_config,
)
from streams.cli.console import fail, start_logging
from streams.health.exporter import PortBusy


def detect(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    instance: InstanceOption = None,
) -> None:
    """Judge counts and publish alerts, until stopped.

    It reads the topic counts and writes the topic alerts.

    Example: weathervane detect --config weathervane.toml
    """
    from streams.detection.process import DetectProcess

    settings = read_config(config, bootstrap, judges=True)
    start_logging("detect")
    state = settings.state_dir / "detect" / (instance or "worker")
    try:
        require_rights(connection(settings), detect_rights(settings))
        status = DetectProcess(settings, connection(settings), state, instance).run()
    except (PortBusy, RightsError) as error:
        fail(str(error))
    raise typer.Exit(status)
