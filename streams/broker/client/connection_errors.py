"""Connection errors as librdkafka reports them: logged once a minute, or asked for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent

REPEAT_AFTER_S = 60.0
_ANSWER_S = 3.0


class _ClientError(Protocol):
    def code(self) -> int: ...
    def str(self) -> str: ...


class ConnectionErrorLog:
    """The ``error_cb`` of a confluent-kafka client: logs each kind of error once a minute.

    While a broker is away, librdkafka tries 20 times a second and reports every attempt.

    Parameters
    ----------
    log
        Takes the warnings.
    clock
        A monotonic clock, in seconds.
    """

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._clock = log, clock
        self._logged_at_s: dict[int, float] = {}

    def __call__(self, error: _ClientError) -> None:
        """Log an error, unless one of its kind was logged within the last minute."""
        now_s = self._clock()
        last_s = self._logged_at_s.get(error.code())
        if last_s is None or now_s - last_s >= REPEAT_AFTER_S:
            self._logged_at_s[error.code()] = now_s
            self._log.warning("Kafka: %s", error.str())


def log_settings(log: logging.Logger) -> dict[str, Any]:
    """Return the settings that send a confluent-kafka client's messages to a log only."""
    # The callback gets the errors: a log level above 2 would log them a second time.
    return {"error_cb": ConnectionErrorLog(log), "logger": log, "log_level": 2}


def refusal_cause(connection: Connection) -> str | None:
    """Connect with librdkafka and return why the broker refuses; None where it does not.

    kafka-python often finds a TLS connection closed before it can read why. With a wrong password
    it gave the cause in 1 of 13 attempts, librdkafka in 8 of 8.
    """
    causes: list[str] = []

    def take(error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # only a consequence
            causes.append(error.str())

    settings: dict[str, Any] = {**for_confluent(connection), "error_cb": take, "log_level": 0}
    client = AdminClient(settings)
    try:
        client.list_topics(timeout=_ANSWER_S)
    except KafkaException as error:
        client.poll(0)  # calls `take` for the errors that are queued
        return (causes or [error.args[0].str()])[0]
    return None
