"""``weathervane detect``: one detect worker."""

from __future__ import annotations

from functools import cache

import typer

from streams.analysis.new_epoch import first_epoch
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.needed import await_topics, topics_of
from streams.broker.topics.origin import origin_of
from streams.broker.topics.plan import changelog_topic
from streams.broker.topics.rights import detect_rights, require_rights
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    InstanceOption,
    connection,
    read_config,
)
from streams.cli.console import fail, start_logging, stop_on_signals
from streams.health.exporter import PortBusy, metrics_address, serve_metrics
from streams.health.presence import present


def detect(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    instance: InstanceOption = None,
) -> None:
    """Judge counts and publish alerts, until stopped.

    It reads the topic counts and writes the topic alerts.

    Example: weathervane detect --config weathervane.toml
    """
    from streams.detection.worker.local_state import claim
    from streams.detection.worker.process import DetectProcess

    settings = read_config(config, bootstrap, judges=True)
    start_logging("detect")
    stop = stop_on_signals()
    state = settings.state_dir / "detect" / (instance or "worker")

    @cache
    def epoch() -> int:
        return first_epoch(broker, settings)

    try:
        broker, rights = connection(settings), detect_rights(settings)
        process = DetectProcess(settings, broker, state, instance, epoch)
        metrics = settings.metrics
        readiness = serve_metrics(
            process.meters.registry,
            metrics.host,
            metrics.detect_port,
            "metrics.detect_port",
            config=settings.hash,
        )
        at = metrics_address(metrics.host, metrics.detect_port)
        with present(settings.state_dir, "detect", at) as run:
            readiness.restarted(run.restarted_s)
            # Faust would go on without a topic that is missing, and not look for it for minutes.
            if await_topics(broker, topics_of(rights, settings), stop, readiness.waits_for):
                require_rights(broker, rights)
                claim(state, origin_of(broker, changelog_topic(settings)))
                epoch()  # now: to ask in the event loop would hold a rebalance up
                if process.run(stop):
                    raise typer.Exit(1)
    except (PortBusy, KafkaEdgeError) as error:
        fail(str(error))
