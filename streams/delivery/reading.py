"""How the consumers of serve read: from where they are told, and without storing where they are."""

from __future__ import annotations

from typing import Any

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka


def reading(connection: Connection) -> dict[str, Any]:
    """Return the settings of a consumer, for aiokafka."""
    return {
        **for_aiokafka(connection),
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        # While a broker is away aiokafka logs each attempt: at its 100 ms, 80 lines a second.
        "retry_backoff_ms": 1000,
        # The answer of one fetch is in memory at once, for each consumer.
        "fetch_max_bytes": 4 * 2**20,
    }
