"""``weathervane up``: count, detect and serve under one supervisor."""

from __future__ import annotations

from pathlib import Path

from streams.broker.topics.admin import listens
from streams.cli.arguments import BootstrapOption, ConfigOption, connection, read_config
from streams.cli.console import err, fail, start_logging, stop_on_signals
from streams.config.model import Config
from streams.supervisor.supervisor import KeepsFailing, Supervisor


def commands(config: Path | None, bootstrap: str) -> dict[str, list[str]]:
    """Return the arguments of the three commands; named instances restart quickly."""
    common = ["--bootstrap", bootstrap]
    if config is not None:
        common += ["--config", str(config)]
    return {
        "count": ["count", "--instance", "up", *common],
        "detect": ["detect", "--instance", "up", *common],
        "serve": ["serve", *common],
    }


def feed_url(settings: Config) -> str:
    """Return the address of the feed."""
    return f"http://{settings.serve.host}:{settings.serve.port}/feeds"


def up(config: ConfigOption = None, bootstrap: BootstrapOption = None) -> None:
    """Run count, detect and serve on the configured broker until stopped.

    Example: weathervane up --config weathervane.toml --bootstrap kafka-1:9092
    """
    settings = read_config(config, bootstrap, judges=True)
    broker = connection(settings)
    start_logging("up")
    stop = stop_on_signals()
    try:
        processes = commands(config, settings.kafka.bootstrap)
        with Supervisor(processes, away=lambda: not listens(broker)) as supervisor:
            err.print(f"feeds: {feed_url(settings)}   stop: Ctrl-C", highlight=False)
            while not stop.wait(1.0):
                supervisor.look()
    except KeepsFailing as error:
        fail(str(error))
