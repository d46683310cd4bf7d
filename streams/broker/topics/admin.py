"""kafka-python's administration client, opened, closed, and its failures explained."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from streams.broker.client.connection import Connection
from streams.broker.client.connection_log import collected
from streams.broker.client.errors import TopicsError
from streams.broker.client.refusal import reason_of
from streams.broker.client.settings import for_kafka_python

_WAIT_S = 10.0
_LOOK_EVERY_S = 0.2
_DEFAULT_PORT = 9092


@contextmanager
def admin(connection: Connection, *, wait_s: float = _WAIT_S) -> Iterator[KafkaAdminClient]:
    """Open a client for administration; closed at the end.

    Raises
    ------
    SettingsError
        Where the connection's settings cannot be used.
    TopicsError
        Where no broker answers within `wait_s`, or it refuses what is asked meanwhile.
    """
    arguments = for_kafka_python(connection)
    started = time.monotonic()
    _await_listener(connection, wait_s)
    left_s = max(1.0, wait_s - (time.monotonic() - started))
    client = _bootstrapped(connection, arguments, left_s, wait_s)
    try:
        yield client
    except KafkaError as error:
        raise TopicsError(
            f"kafka.bootstrap {connection.bootstrap}: refused: {type(error).__name__}: {error}"
        ) from error
    finally:
        client.close()


def listens(connection: Connection) -> bool:
    """Whether one of the hosts takes connections; no more is asked of it."""
    return any(_refusal(address.strip()) is None for address in connection.bootstrap.split(","))


def _bootstrapped(
    connection: Connection, arguments: dict[str, Any], left_s: float, wait_s: float
) -> KafkaAdminClient:
    opened = []

    def open_network(**config: Any) -> Any:
        opened.append(KafkaAdminClient.DEFAULT_CONFIG["kafka_client"](**config))
        return opened[-1]

    with collected() as complaints:
        try:
            return KafkaAdminClient(
                **arguments, kafka_client=open_network, bootstrap_timeout_ms=int(1000 * left_s)
            )
        except (KafkaError, OSError) as error:
            # It raises from its constructor, and leaves its thread and sockets to us.
            for network in opened:
                network.close()
            found = reason_of(connection) or complaints.last or str(error)
            raise _no_answer(connection, wait_s, found) from error


def _await_listener(connection: Connection, wait_s: float) -> None:
    """Wait until one of the hosts listens.

    kafka-python would wait as well, but it cannot say what is wrong, and its client
    leaks a socket for each attempt in vain.
    """
    deadline = time.monotonic() + wait_s
    while True:
        reasons = []
        for address in connection.bootstrap.split(","):
            reason = _refusal(address.strip())
            if reason is None:
                return
            reasons.append(reason)
        if time.monotonic() > deadline:
            raise _no_answer(connection, wait_s, "; ".join(dict.fromkeys(reasons)))
        time.sleep(_LOOK_EVERY_S)


def _refusal(address: str) -> str | None:
    """Say why there is no connection to ``host:port``; None where there is one."""
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        host, port = address, str(_DEFAULT_PORT)
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=2).close()
    except (OSError, OverflowError) as error:
        return str(getattr(error, "strerror", None) or error)
    return None


def _no_answer(connection: Connection, wait_s: float, found: str) -> TopicsError:
    return TopicsError(
        f"kafka.bootstrap {connection.bootstrap}: a broker must answer within {wait_s:g} s; none "
        f"does: {found}; start one (`weathervane broker`), or name yours with --bootstrap"
    )
