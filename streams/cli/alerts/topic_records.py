"""Reads a topic for a command; an error of the broker ends the command with a message."""

from __future__ import annotations

from collections.abc import Iterator

from kafka.errors import KafkaError

from streams.broker.client.connection import Connection
from streams.broker.errors import KafkaEdgeError, SettingsError
from streams.cli.console import fail
from streams.delivery.tail import WrittenRecord, tail


def records(broker: Connection, topic: str, *, follow: bool = False) -> Iterator[bytes | None]:
    """Yield a topic's records, and None once: where the topic ended when the command started."""
    for record in written_records(broker, topic, follow=follow):
        yield None if record is None else record.value


def written_records(
    broker: Connection, topic: str, *, follow: bool = False
) -> Iterator[WrittenRecord | None]:
    """Yield what `records` yields, each with its timestamp."""
    try:
        yield from tail(broker, follow=follow, topic=topic)
    except SettingsError as error:
        fail(str(error), 2)
    except KafkaEdgeError as error:
        fail(str(error))
    except KafkaError as error:
        fail(
            f"kafka.bootstrap must be reachable and let {topic!r} be read;"
            f" {broker.bootstrap}: {error!r}"
        )
