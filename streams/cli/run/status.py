"""``weathervane status``: shows what the processes and the broker report."""

from __future__ import annotations

import time
from typing import Annotated

import httpx
import msgspec
import orjson
import typer

from streams.broker.client.connection import Connection
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.offsets import consumer_group_states
from streams.broker.topics.plan import count_group, detect_group
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption, connection, read_config
from streams.cli.console import fail, out
from streams.cli.run.status_view import show
from streams.config.model import Config
from streams.delivery.channels.table import group_id
from streams.health.status import Consumers, Endpoint, health_of
from streams.health.symptoms import symptoms

_TIMEOUT_S = 3.0


def status(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="HOST:PORT",
            help="Address of a process's metrics; give it once for each process. Default: the"
            " three addresses in the table `metrics` of the configuration.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show whether the processes work, and what is wrong.

    The last lines say what is wrong; then the exit status is 1. It also
    works while processes are down: the broker knows how many records wait
    for them.

    Example: weathervane status --at host-1:9101 --at host-2:9101 --at host-1:9102
    """
    settings = read_config(config, bootstrap)
    broker = connection(settings)
    endpoints = [_scrape(address, expected) for address, expected in _addresses(settings, at)]
    try:
        consumers, broker_error = _consumers(settings, broker), None
    except KafkaEdgeError as error:
        consumers, broker_error = [], str(error)
    found = health_of(settings, endpoints, consumers, broker_error, time.time())
    wrong = symptoms(settings, found)
    if as_json:
        document = {"ok": not wrong, "problems": wrong, **msgspec.to_builtins(found)}
        out.print(orjson.dumps(document).decode(), soft_wrap=True, highlight=False, markup=False)
    else:
        show(found, wrong)
    if wrong:
        raise typer.Exit(1)


def _addresses(settings: Config, at: list[str] | None) -> list[tuple[str, str | None]]:
    if at:
        for address in at:
            host, _, port = address.rpartition(":")
            if not host or not port.isdigit():
                fail(
                    f"--at must be host:port of a process's metrics, such as host-1:9101;"
                    f" got {address}",
                    2,
                )
        return [(address, None) for address in at]
    metrics = settings.metrics
    host = f"[{metrics.host}]" if ":" in metrics.host else metrics.host
    ports = {
        "count": metrics.count_port,
        "detect": metrics.detect_port,
        "serve": metrics.serve_port,
    }
    return [(f"{host}:{port}", process) for process, port in ports.items()]


def _scrape(address: str, expected: str | None) -> Endpoint:
    try:
        # A proxy from the environment is not meant for the monitor's own processes.
        answer = httpx.get(f"http://{address}/metrics", timeout=_TIMEOUT_S, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        return Endpoint(address, expected, error=f"HTTP {error.response.status_code}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Endpoint(address, expected, error=str(error) or type(error).__name__)
    return Endpoint(address, expected, text=answer.text)


def _consumers(settings: Config, broker: Connection) -> list[Consumers]:
    topics = {
        count_group(settings): [source.topic for source in settings.sources.values()],
        detect_group(settings): [settings.topic("counts")],
        **{
            group_id(settings.name, receiver): [settings.topic("alerts")]
            for receiver in settings.receivers
        },
    }
    return [
        Consumers(group, state.members, state.uncommitted)
        for group, state in consumer_group_states(broker, topics).items()
    ]
