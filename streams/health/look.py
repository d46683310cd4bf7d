"""Looks at the whole monitor: asks the processes for their metrics, and the broker for the rest."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec

from streams.broker.client.connection import Connection
from streams.broker.errors import KafkaEdgeError, RefusedError, UnseenTopicError
from streams.broker.topics.needed import missing_topics
from streams.broker.topics.offsets import consumer_group_states
from streams.broker.topics.plan import count_group, detect_group, topic_plan
from streams.config.model import Config
from streams.delivery.channels.table import group_id
from streams.health.exporter import metrics_address
from streams.health.recordings import recordings
from streams.health.status import BrokerState, Consumers, Endpoint, Health, health_of
from streams.strays import SourceStrays

_dict_str_source_strays = msgspec.json.Decoder(dict[str, SourceStrays])

TIMEOUT_S = 3.0

STRAYS = "/strays"
"""Where count says whose events are late or ahead: ids are no labels of metrics."""

Address = tuple[str, str | None]
"""``host:port`` of a process's metrics, and the kind of process that is expected there."""


def look(config: Config, broker: Connection, addresses: Sequence[Address]) -> Health:
    """Return the monitor's state now."""
    endpoints = [_scrape(address, expected) for address, expected in addresses]
    found, kept = _broker_state(config, broker), recordings(config.state_dir)
    return health_of(config, endpoints, found, time.time(), kept)


def addresses(config: Config) -> list[Address]:
    """Return where the processes listen: as `monitor.processes` says, else as `metrics` does."""
    if config.monitor.processes:
        return [(address, None) for address in config.monitor.processes]
    metrics = config.metrics
    ports = {
        "count": metrics.count_port,
        "detect": metrics.detect_port,
        "serve": metrics.serve_port,
    }
    return [(metrics_address(metrics.host, port), process) for process, port in ports.items()]


def _scrape(address: str, expected: str | None) -> Endpoint:
    # httpx takes long to import, and most commands that read this package do not need it.
    import httpx

    try:
        # A proxy from the environment is not meant for the monitor's own processes.
        answer = httpx.get(f"http://{address}/metrics", timeout=TIMEOUT_S, trust_env=False)
        answer.raise_for_status()
        strays = _strays(address) if 'process="count"' in answer.text else {}
    except httpx.HTTPStatusError as error:
        return Endpoint(address, expected, error=f"HTTP {error.response.status_code}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Endpoint(address, expected, error=str(error) or type(error).__name__)
    return Endpoint(address, expected, text=answer.text, strays=strays)


def _strays(address: str) -> dict[str, SourceStrays]:
    """Return what a counting process says; nothing where it has no such page, or no answer."""
    import httpx

    try:
        answer = httpx.get(f"http://{address}{STRAYS}", timeout=TIMEOUT_S, trust_env=False)
        return _dict_str_source_strays.decode(answer.content)
    except (httpx.HTTPError, msgspec.DecodeError):
        return {}


def _broker_state(config: Config, broker: Connection) -> BrokerState:
    try:
        missing = missing_topics(broker, [spec.name for spec in topic_plan(config)])
        read = {
            group: [topic for topic in topics if topic not in missing]
            for group, topics in _topics_by_group(config).items()
        }
        found = consumer_group_states(broker, read)
    except KafkaEdgeError as error:
        # A topic that is not missing and not seen either is one that this user may not see.
        refused = isinstance(error, RefusedError | UnseenTopicError)
        return BrokerState(error=str(error), refused=refused)
    consumers = [Consumers(group, one.members, one.uncommitted) for group, one in found.items()]
    return BrokerState(consumers, missing)


def _topics_by_group(config: Config) -> Mapping[str, list[str]]:
    alerts = config.topic("alerts")
    return {
        count_group(config): list(config.by_topic),
        detect_group(config): [config.topic("counts")],
        **{group_id(config.name, receiver): [alerts] for receiver in config.programs},
    }
