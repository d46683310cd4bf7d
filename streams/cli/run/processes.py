"""``weathervane count`` and ``weathervane detect``: one process each."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from streams.broker.client.errors import RightsError
from streams.broker.topics.rights import count_rights, detect_rights, require_rights
from streams.cli.console import (
    BootstrapOption,
    ConfigOption,
    connection,
    fail,
    read_config,
    start_logging,
    stop_on_signals,
)
from streams.health.exporter import PortBusy, serve_metrics

InstanceOption = Annotated[
    str | None,
    typer.Option(
        "--instance",
        help="A name of this process's own among its kind: it then gets its partitions back"
        " at once after a restart (static membership).",
    ),
]


def count(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    instance: InstanceOption = None,
) -> None:
    """Count events: raw topics in, the topic counts out. Runs until stopped.

    Example: weathervane count --config weathervane.toml
    """
    from confluent_kafka import KafkaException

    from streams.counts.process import CountFailed, CountProcess

    settings = read_config(config, bootstrap)
    start_logging("count")
    stop = stop_on_signals()
    # What is counted makes no cycles: to look for them among it costs as much as counting it.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        require_rights(connection(settings), count_rights(settings))
        process = CountProcess(settings, connection(settings), instance)
        metrics = settings.metrics
        serve_metrics(
            process.meters.registry,
            metrics.host,
            metrics.count_port,
            "metrics.count_port",
            config=settings.hash,
        )
        process.run(stop)
    except KafkaException as error:
        fail(f"Kafka at {settings.kafka.bootstrap}: {error.args[0].str()}")
    except (CountFailed, PortBusy, RightsError) as error:
        fail(str(error))


def detect(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    instance: InstanceOption = None,
) -> None:
    """Detect bursts: the topic counts in, the topic alerts out. Runs until stopped.

    Example: weathervane detect --config weathervane.toml
    """
    from streams.detection.process import DetectProcess

    settings = read_config(config, bootstrap, judges=True)
    start_logging("detect")
    state = settings.data_dir / "detect" / (instance or "worker")
    try:
        require_rights(connection(settings), detect_rights(settings))
        status = DetectProcess(settings, connection(settings), state, instance).run()
    except (PortBusy, RightsError) as error:
        fail(str(error))
    raise typer.Exit(status)
