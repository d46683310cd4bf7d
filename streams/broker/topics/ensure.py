"""Creates the topics that are missing and checks the others; it never changes a topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import NoError, TopicAlreadyExistsError, for_code

from streams.broker.client.connection import Connection
from streams.broker.topics.admin import admin
from streams.broker.topics.check import ExistingTopic, TopicReport, problems_with, warnings_with
from streams.broker.topics.needed import missing_of
from streams.broker.topics.plan import TopicSpec

_MOST_REPLICAS = 3
_BROKER_DEFAULT = -1
ANOTHERS = (
    'it is another\'s (topic_format = "source"), so Weathervane never makes it: write `topic` as it'
    " is called there, or have its owner make it"
)


def ensure(connection: Connection, specs: Sequence[TopicSpec]) -> list[TopicReport]:
    """Create the topics that are missing, but for another's, and check those that exist.

    Returns
    -------
    list of TopicReport
        One for each spec, in their order.

    Raises
    ------
    TopicsError
        Where the cluster does not answer.
    """
    with admin(connection) as client:
        before = _existing(client, [spec.name for spec in specs])
        missing = [spec for spec in specs if spec.name not in before and not spec.only_read]
        created, refused = _create(client, missing)
        # Another process may have created some of them at the same time: read all again.
        client.wait_for_topics([spec.name for spec in missing if spec.name not in refused])
        after = _existing(client, [spec.name for spec in specs])
    return [
        _report(
            spec, after.get(spec.name), refused.get(spec.name), spec.name in created, connection
        )
        for spec in specs
    ]


def create_missing(connection: Connection, specs: Sequence[TopicSpec]) -> list[TopicReport]:
    """Create the topics that are missing, but for another's; leave the others unchecked.

    This needs no right but to create: one who may not even see a topic is not told that it is
    missing.

    Returns
    -------
    list of TopicReport
        One for each topic that was missing: created, or why not.

    Raises
    ------
    TopicsError
        Where the cluster does not answer.
    """
    with admin(connection) as client:
        ours = [spec.name for spec in specs if not spec.only_read]
        missing = set(missing_of(client, ours))
        wanted = [spec for spec in specs if spec.name in missing]
        _, refused = _create(client, wanted)
        client.wait_for_topics([spec.name for spec in wanted if spec.name not in refused])
    return [
        TopicReport(spec.name, "problem", refused[spec.name])
        if spec.name in refused
        else TopicReport(spec.name, "created", f"{spec.partitions} partitions, {spec.cleanup}")
        for spec in wanted
    ]


def existing(connection: Connection, names: Sequence[str]) -> dict[str, ExistingTopic]:
    """Return those of the named topics that exist."""
    with admin(connection) as client:
        return _existing(client, names)


def _report(
    spec: TopicSpec,
    found: ExistingTopic | None,
    refused: str | None,
    created: bool,
    connection: Connection,
) -> TopicReport:
    if found is None and spec.only_read:
        return TopicReport(spec.name, "problem", "must exist; " + ANOTHERS)
    if found is None:
        cause = refused or "it is gone again"
        remedy = "create it yourself, or let this user"
        return TopicReport(
            spec.name, "problem", f"must exist; could not be created: {cause}; {remedy}"
        )
    problems = list(problems_with(spec, found, connection.bootstrap))
    if problems:
        return TopicReport(spec.name, "problem", "; and ".join(problems))
    shape = f"{found.partitions} partition{'s' * (found.partitions != 1)}, {spec.cleanup}"
    shape += "; another's, only read" * spec.only_read
    detail = "; ".join([shape, *warnings_with(spec, found, connection.bootstrap)])
    return TopicReport(spec.name, "created" if created else "ok", detail)


def _existing(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, ExistingTopic]:
    if not names:
        return {}
    partitions: dict[str, int] = {}
    for topic in client.describe_topics(list(names)):
        # Any error counts as missing: if it is another error, the attempt to create says so.
        if for_code(topic["error_code"]) is NoError:
            partitions[topic["name"]] = len(topic["partitions"])
    configs = _configs(client, sorted(partitions))
    return {name: ExistingTopic(count, configs.get(name, {})) for name, count in partitions.items()}


def _configs(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: Mapping[str, Mapping[str, Any]] = client.describe_configs(resources, config_filter="all")
    return {
        name: {key: setting["value"] for key, setting in settings.items()}
        for name, settings in found.get("topic", {}).items()
    }


def _create(
    client: KafkaAdminClient, specs: Sequence[TopicSpec]
) -> tuple[set[str], dict[str, str]]:
    """Create topics; return those created, and why the broker refused each of the others."""
    if not specs:
        return set(), {}
    replicas = _replication(client)
    wanted = {
        spec.name: {
            "num_partitions": spec.partitions,
            "replication_factor": replicas,
            "configs": spec.settings(),
        }
        for spec in specs
    }
    answer = client.create_topics(wanted, raise_errors=False)
    created: set[str] = set()
    refused: dict[str, str] = {}
    for topic in answer["topics"]:
        error = for_code(topic["error_code"])
        if error is NoError:
            created.add(topic["name"])
        elif error is not TopicAlreadyExistsError:
            message = topic.get("error_message") or "no reason given"
            refused[topic["name"]] = f"{error.__name__}: {message}"
    return created, refused


def _replication(client: KafkaAdminClient) -> int:
    try:
        brokers = client.describe_cluster()["brokers"]
    except KeyError:
        # kafka-python 3.0.12 cannot read the answer of the stand-in and of brokers before
        # Kafka 3.7, which lacks a field. These brokers have a default of their own.
        return _BROKER_DEFAULT
    return min(_MOST_REPLICAS, len(brokers))
