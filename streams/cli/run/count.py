"""``weathervane count``: one counting process."""

from __future__ import annotations

import gc
from typing import Annotated

import msgspec
import typer

from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.needed import await_topics, topics_of
from streams.broker.topics.rights import count_rights, require_rights
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    InstanceOption,
    connection,
    read_config,
    topics_key,
)
from streams.cli.console import fail, start_logging, stop_on_signals
from streams.counts.mark import Begin
from streams.health.exporter import PortBusy, metrics_address, serve_metrics
from streams.health.look import STRAYS
from streams.health.presence import present


def count(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    instance: InstanceOption = None,
    begin: Annotated[
        Begin | None,
        typer.Option(
            "--begin",
            help="Where to go on once if a position, or the record there, is gone: with the oldest"
            " record that is kept, or with what comes. Without it count ends with a sentence.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Count events, until stopped.

    It reads the sources' topics and writes the topics counts and rejects.

    Example: weathervane count --config weathervane.toml
    """
    from confluent_kafka import KafkaException

    from streams.counts.process import CountFailed, CountProcess

    settings = read_config(config, bootstrap)
    key = topics_key(settings)
    start_logging("count")
    stop = stop_on_signals()
    # Counts hold no reference cycles, and a search for cycles would cost as much as counting.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        broker, rights = connection(settings), count_rights(settings)
        process = CountProcess(settings, broker, instance, begin=begin, hash_key=key)
        metrics = settings.metrics
        readiness = serve_metrics(
            process.meters.registry,
            metrics.host,
            metrics.count_port,
            "metrics.count_port",
            config=settings.hash,
            pages={STRAYS: lambda: msgspec.json.encode(process.strays)},
        )
        at = metrics_address(metrics.host, metrics.count_port)
        with present(settings.state_dir, "count", at) as run:
            readiness.restarted(run.restarted_s)
            if await_topics(broker, topics_of(rights, settings), stop, readiness.waits_for):
                require_rights(broker, rights)
                process.run(stop)
    except KafkaException as error:
        fail(f"Kafka at {settings.kafka.bootstrap}: {error.args[0].str()}")
    except (CountFailed, PortBusy, KafkaEdgeError) as error:
        fail(str(error))
