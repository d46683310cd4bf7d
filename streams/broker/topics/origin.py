"""Which topic of which cluster a topic is: its name alone does not say that."""

from __future__ import annotations

from typing import Any

import msgspec
from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.errors import TopicsError

_WAIT_S = 10.0


class Origin(msgspec.Struct, frozen=True):
    """A topic as its cluster knows it.

    Attributes
    ----------
    cluster
        The cluster's id; None where the broker has none.
    topic
        The topic's id, another one after it was deleted and made again; None where there is no such
        topic, or the broker gives it no id.
    """

    cluster: str | None = None
    topic: str | None = None
    v: int = 1

    def differs(self, other: Origin) -> bool:
        """Whether both are known and are not the same."""
        pairs = ((self.cluster, other.cluster), (self.topic, other.topic))
        return any(None not in pair and pair[0] != pair[1] for pair in pairs)


def origin_of(connection: Connection, topic: str) -> Origin:
    """Ask the broker.

    Raises
    ------
    TopicsError
        Where it does not answer.
    """
    quiet: dict[str, Any] = {"log_level": 0, "error_cb": lambda _: None}
    client = AdminClient({**for_confluent(connection), **quiet})
    try:
        cluster = client.list_topics(topic, timeout=_WAIT_S).cluster_id
    except KafkaException as error:
        raise TopicsError(
            f"Kafka at {connection.bootstrap}: must say which cluster it is; {error.args[0].str()}"
        ) from None
    asked = client.describe_topics(TopicCollection([topic]), request_timeout=_WAIT_S)[topic]
    try:
        found = str(asked.result(_WAIT_S + 1).topic_id)
    except (KafkaException, TimeoutError):
        found = None  # there is no such topic, or the broker does not answer this request
    return Origin(cluster, found)
