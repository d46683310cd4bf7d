"""Why a broker lets nobody in, by librdkafka.

kafka-python mostly finds a TLS connection closed before it has read why: of 13 attempts
with a wrong password one told so, of librdkafka's all 8.
"""

from __future__ import annotations

from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent

_WAIT_S = 3.0


def reason_of(connection: Connection) -> str | None:
    """Try once more, and say what was wrong; None where nothing was."""
    told: list[str] = []

    def note(error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # which follows from the rest
            told.append(error.str())

    settings: dict[str, Any] = {**for_confluent(connection), "error_cb": note, "log_level": 0}
    client = AdminClient(settings)
    try:
        client.list_topics(timeout=_WAIT_S)
    except KafkaException as error:
        client.poll(0)  # calls `note` with what came meanwhile
        return (told or [error.args[0].str()])[0]
    return None
