"""What librdkafka says of its connections: to our log, each kind once a minute at most.

While a broker is away the client tries 20 times a second, and says so every time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

AGAIN_AFTER_S = 60.0


class _Error(Protocol):
    def code(self) -> int: ...
    def str(self) -> str: ...


class Trouble:
    """The ``error_cb`` of a client.

    Parameters
    ----------
    log
        Where it goes.
    clock
        Seconds that only grow.
    """

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._clock = log, clock
        self._told: dict[int, float] = {}

    def __call__(self, error: _Error) -> None:
        """Take what the client says."""
        now = self._clock()
        told = self._told.get(error.code())
        if told is None or now - told >= AGAIN_AFTER_S:
            self._told[error.code()] = now
            self._log.warning("Kafka: %s", error.str())


def told_to(log: logging.Logger) -> dict[str, Any]:
    """Return the settings with which a client of confluent-kafka tells a log, and nobody else."""
    # Below level 2 is nothing that the callback does not get.
    return {"error_cb": Trouble(log), "logger": log, "log_level": 2}
