"""What a process must be allowed to do, asked of the broker before it starts.

Clients differ in what they say where a right is missing: Faust without its consumer group's
waits for ever without a word, librdkafka without a topic's warns and goes on without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from streams.broker.client.connection import Connection
from streams.broker.client.errors import RightsError
from streams.broker.client.settings import for_confluent
from streams.broker.topics.plan import changelog_topic, count_group, detect_group
from streams.config.model import Config

Rights = Mapping[tuple[str, str], tuple[str, ...]]
"""Kind of a resource, ``topic`` or ``group``, and its name to operations on it."""

_WAIT_S = 5.0
_REFUSED = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)


def count_rights(config: Config) -> Rights:
    """What a counting process does."""
    return {
        **{("topic", source.topic): ("Read",) for source in config.sources.values()},
        ("group", count_group(config)): ("Read",),
        ("topic", "counts"): ("Write",),
        ("topic", "rejects"): ("Write",),
    }


def detect_rights(config: Config) -> Rights:
    """What a detect worker does; Faust asks for its changelog to be made though it is there."""
    return {
        ("topic", "counts"): ("Read",),
        ("group", detect_group(config)): ("Read",),
        ("topic", changelog_topic(config)): ("Read", "Write", "Create"),
        ("topic", "alerts"): ("Write",),
        ("topic", "rejects"): ("Write",),
    }


def record_rights(config: Config, *, events: bool = False) -> Rights:
    """What a recorder does, with the sources' topics where it records events; it has no group."""
    topics = [source.topic for source in config.sources.values()] if events else []
    return {("topic", topic): ("Read",) for topic in ("counts", "alerts", "labels", *topics)}


def require_rights(connection: Connection, rights: Rights) -> None:
    """See to it that this user has the rights, as far as the broker tells.

    A broker that does not answer, or knows no rights, is none of this check's business.

    Raises
    ------
    RightsError
        Where it has not; every right that is missing is named.
    """
    missing = list(_missing(connection, rights))
    if missing:
        raise RightsError(
            f"Kafka at {connection.bootstrap}: this user must be allowed to"
            f" {', and to '.join(missing)}; it may not: operations/README.md, Least privilege,"
            " lists all rights"
        )


def _missing(connection: Connection, rights: Rights) -> Iterator[str]:
    settings = {**for_confluent(connection), "error_cb": lambda _: None, "log_level": 0}
    client = AdminClient(settings)
    told: dict[str, Any] = {"include_authorized_operations": True, "request_timeout": _WAIT_S}

    def topic(name: str) -> Any:
        return client.describe_topics(TopicCollection([name]), **told)[name]

    def group(name: str) -> Any:
        return client.describe_consumer_groups([name], **told)[name]

    ask: dict[str, Callable[[str], Any]] = {"topic": topic, "group": group}
    asked = [(kind, name, ask[kind](name), needed) for (kind, name), needed in rights.items()]
    for kind, name, answer, needed in asked:
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
