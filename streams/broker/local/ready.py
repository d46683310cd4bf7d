"""Whether a broker answers: not its port alone, but its metadata and its coordinator."""

from __future__ import annotations

import socket

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from streams.broker.client.connection_log import collected

_PROBE_GROUP = "weathervane-ready"


def answers(host: str, port: int) -> bool:
    """Tell whether a client could now join a consumer group on this broker.

    The port opens first, the cluster's metadata comes next, and the group coordinator
    last, because its topic is made when it is first asked for: a worker that starts
    before sees GroupCoordinatorNotAvailable.
    """
    if not _listens(host, port):
        return False
    with collected():
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


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
