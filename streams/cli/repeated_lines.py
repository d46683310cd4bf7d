"""Keeps a library's repeated log lines from filling a log: equal ones pass once a minute."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

EVERY_S: Final = 60.0
MOST_KNOWN: Final = 500
"""Messages that are known to have passed: the last ones."""

LONGEST: Final = 500
"""Characters by which messages are told apart."""


class OnceAMinute(logging.Filter):
    """Lets a message of some loggers pass, and an equal one only a minute later.

    It is for a handler: a logger's filter sees nothing of the loggers below it.

    Parameters
    ----------
    library
        The name with which these loggers' names begin.
    clock
        Gives seconds that only grow.
    """

    def __init__(self, library: str, clock: Callable[[], float]) -> None:
        super().__init__()
        self._library, self._clock = library, clock
        self._passed: dict[tuple[str, str], tuple[float, int]] = {}  # when, and how many since
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is logged; how many were not is said with the next one."""
        if not record.name.startswith(self._library):
            return True
        message = record.getMessage()
        key = (record.name, message[:LONGEST])
        with self._lock:
            now_s = self._clock()
            passed_s, held = self._passed.get(key, (-EVERY_S, 0))
            if now_s - passed_s < EVERY_S:
                self._passed[key] = (passed_s, held + 1)
                return False
            self._passed.pop(key, None)
            self._passed[key] = (now_s, 0)
            if len(self._passed) > MOST_KNOWN:
                del self._passed[next(iter(self._passed))]
        if held:
            record.msg, record.args = f"{message} (and {held:,} times since this was said)", ()
        return True
