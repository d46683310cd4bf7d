"""The rights that each process needs; the broker is asked for them before a process starts.

The clients report a missing right badly. Faust without the right to its consumer group waits for
ever and logs nothing; librdkafka without the right to a topic logs a warning and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.errors import RightsError
from streams.broker.topics.plan import changelog_topic, count_group, detect_group, registry_group
from streams.config.model import Config

Rights = Mapping[tuple[str, str], tuple[str, ...]]
"""A resource's kind (``topic`` or ``group``) and name, to the operations on it."""

_WAIT_S = 5.0
_REFUSED = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)


def _registry_rights(config: Config) -> Rights:
    """Return the rights to the registry: without them all goes on, where nothing is judged by it.

    So a cluster that has no such topic yet, since an earlier version has made its topics, does.
    """
    if not config.detect.misuse.asks_registry:
        return {}
    return {
        ("topic", config.topic("registry")): ("Read",),
        ("group", registry_group(config)): ("Read",),
    }


def count_rights(config: Config) -> Rights:
    """Return the rights of a counting process."""
    return {
        **{("topic", topic): ("Read",) for topic in config.by_topic},
        ("group", count_group(config)): ("Read",),
        ("topic", config.topic("counts")): ("Write",),
        ("topic", config.topic("rejects")): ("Write",),
        **(
            {("topic", config.topic("schemas")): ("Read", "Write")}
            if config.asks_registries
            else {}
        ),
        **_registry_rights(config),
    }


def detect_rights(config: Config) -> Rights:
    """Return the rights of a detect worker; Faust tries to create its changelog at every start."""
    return {
        ("topic", config.topic("counts")): ("Read",),
        ("group", detect_group(config)): ("Read",),
        ("topic", changelog_topic(config)): ("Read", "Write", "Create"),
        ("topic", config.topic("alerts")): ("Read", "Write"),
        ("topic", config.topic("rejects")): ("Write",),
        **_registry_rights(config),
    }


def record_rights(config: Config, *, events: bool = False) -> Rights:
    """Return the rights of a recorder, which joins no consumer group.

    With `events` it also reads the sources' topics, and what was decided about their schemas.
    """
    read = [config.topic(what) for what in ("counts", "alerts", "labels", "actions")]
    if events:
        read += config.by_topic
        read += [config.topic("schemas")] * config.asks_registries
    return {**{("topic", topic): ("Read",) for topic in read}, **_registry_rights(config)}


def require_rights(connection: Connection, rights: Rights) -> None:
    """Check that this user has the rights, as far as the broker reports them.

    The check passes where the broker does not answer or has no access control.

    Raises
    ------
    RightsError
        Where rights are missing; the message names each of them.
    """
    missing = list(_missing_rights(connection, rights))
    if missing:
        raise RightsError(
            f"Kafka at {connection.bootstrap}: this user must be allowed to"
            f" {', and to '.join(missing)}; it may not: operations/README.md, Least privilege,"
            " lists all rights"
        )


def _missing_rights(connection: Connection, rights: Rights) -> Iterator[str]:
    settings = {**for_confluent(connection), "error_cb": lambda _: None, "log_level": 0}
    client = AdminClient(settings)
    options: dict[str, Any] = {"include_authorized_operations": True, "request_timeout": _WAIT_S}

    def topic(name: str) -> Any:
        return client.describe_topics(TopicCollection([name]), **options)[name]

    def group(name: str) -> Any:
        return client.describe_consumer_groups([name], **options)[name]

    ask: dict[str, Callable[[str], Any]] = {"topic": topic, "group": group}
    requests = [(kind, name, ask[kind](name), needed) for (kind, name), needed in rights.items()]
    for kind, name, answer, needed in requests:
        try:
            allowed = answer.result(_WAIT_S + 1).authorized_operations
        except TimeoutError:
            return
        except KafkaException as error:
            if error.args[0].code() not in _REFUSED:
                continue
            lacking = needed
        else:
            if not allowed:
                continue
            names = {operation.name for operation in allowed}
            lacking = tuple(each for each in needed if each.upper() not in names)
        if lacking:
            yield f"{' and '.join(lacking)} {kind} {name}"
