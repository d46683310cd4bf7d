"""kafka-python's administration client: opened, closed, and its failures explained."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import AuthorizationError, KafkaConnectionError, KafkaError, KafkaTimeoutError

from streams.broker.client.connection import Connection
from streams.broker.client.connection_errors import refusal_cause
from streams.broker.client.settings import for_kafka_python
from streams.broker.errors import RefusedError, TopicsError

_WAIT_S = 10.0
_RETRY_S = 0.2
_DEFAULT_PORT = 9092
_PROBE_GROUP = "weathervane-ready"


@contextmanager
def admin(connection: Connection, *, wait_s: float | None = None) -> Iterator[KafkaAdminClient]:
    """Open an administration client, and close it at the end.

    Raises
    ------
    SettingsError
        Where the connection's settings cannot be used.
    TopicsError
        Where no broker answers within `wait_s`, ten seconds if it is not given, or the broker
        refuses a request.
    """
    wait_s = _WAIT_S if wait_s is None else wait_s
    arguments = for_kafka_python(connection)
    started_s = time.monotonic()
    _await_listener(connection, wait_s)
    remaining_s = max(1.0, wait_s - (time.monotonic() - started_s))
    client = _connected(connection, arguments, remaining_s, wait_s)
    try:
        yield client
    except KafkaError as error:
        kind = RefusedError if isinstance(error, AuthorizationError) else TopicsError
        raise kind(
            f"kafka.bootstrap {connection.bootstrap}: refused: {type(error).__name__}: {error}"
        ) from error
    finally:
        client.close()


def listens(connection: Connection) -> bool:
    """Return whether one of the hosts accepts TCP connections."""
    return any(_refusal(address.strip()) is None for address in connection.bootstrap.split(","))


def is_ready(host: str, port: int) -> bool:
    """Return whether a client could join a consumer group on this broker now.

    A broker opens its port first, and then answers requests for metadata. Its group coordinator
    comes last, because the coordinator's topic is created on the first request for it. A worker
    that starts earlier fails with GroupCoordinatorNotAvailable.
    """
    if _refusal(f"{host}:{port}") is not None:
        return False
    with captured_errors():
        try:
            client = KafkaAdminClient(
                bootstrap_servers=f"{host}:{port}",
                client_id=_PROBE_GROUP,
                bootstrap_timeout_ms=2000,
                request_timeout_ms=5000,
            )
        except (KafkaError, OSError):
            return False
        try:
            client.list_topics()
            client.list_group_offsets(_PROBE_GROUP)
        except (KafkaError, OSError):
            return False
        finally:
            client.close()
    return True


class KafkaPythonErrors(logging.Handler):
    """Keeps the cause of the last failed connection: kafka-python only logs it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take the cause, which is an exception among the arguments of a log record."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        for argument in arguments:
            if isinstance(argument, KafkaTimeoutError):
                continue  # the client gives up: it comes last and does not say why
            if isinstance(argument, KafkaConnectionError) and self.last is not None:
                continue  # "socket disconnected", which follows the real cause
            if isinstance(argument, Exception):
                self.last = str(argument) or self.last


@contextmanager
def captured_errors() -> Iterator[KafkaPythonErrors]:
    """Capture kafka-python's errors for a while; they do not reach the log or the terminal."""
    logger = logging.getLogger("kafka")
    errors = KafkaPythonErrors()
    propagated, level = logger.propagate, logger.level
    logger.addHandler(errors)
    logger.propagate = False
    # A process may have silenced this logger; its warnings are needed here.
    logger.setLevel(logging.WARNING)
    try:
        yield errors
    finally:
        logger.propagate = propagated
        logger.setLevel(level)
        logger.removeHandler(errors)


def _connected(
    connection: Connection, arguments: dict[str, Any], remaining_s: float, wait_s: float
) -> KafkaAdminClient:
    networks = []

    def open_network(**config: Any) -> Any:
        networks.append(KafkaAdminClient.DEFAULT_CONFIG["kafka_client"](**config))
        return networks[-1]

    with captured_errors() as errors:
        try:
            return KafkaAdminClient(
                **arguments, kafka_client=open_network, bootstrap_timeout_ms=int(1000 * remaining_s)
            )
        except (KafkaError, OSError) as error:
            # A constructor that raises leaves its thread and sockets open.
            for network in networks:
                network.close()
            cause = refusal_cause(connection) or errors.last or str(error)
            raise _no_answer(connection, wait_s, cause) from error


def _await_listener(connection: Connection, wait_s: float) -> None:
    """Wait until one of the hosts accepts connections.

    kafka-python would wait as well. But it does not say what is wrong, and it leaks a socket
    with every attempt that fails.
    """
    deadline_s = time.monotonic() + wait_s
    while True:
        causes = []
        for address in connection.bootstrap.split(","):
            cause = _refusal(address.strip())
            if cause is None:
                return
            causes.append(cause)
        if time.monotonic() > deadline_s:
            raise _no_answer(connection, wait_s, "; ".join(dict.fromkeys(causes)))
        time.sleep(_RETRY_S)


def _refusal(address: str) -> str | None:
    """Return why ``host:port`` refuses a connection; None where it accepts one."""
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        host, port = address, str(_DEFAULT_PORT)
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=2).close()
    except (OSError, OverflowError) as error:
        return str(getattr(error, "strerror", None) or error)
    return None


def _no_answer(connection: Connection, wait_s: float, cause: str) -> TopicsError:
    return TopicsError(
        f"kafka.bootstrap {connection.bootstrap}: a broker must answer within {wait_s:g} s; none "
        f"does: {cause}; start one (`weathervane broker`), or name yours with --bootstrap"
    )
