"""kafka-python's complaints while it connects: kept off the terminal, and kept to be told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import KafkaConnectionError, KafkaTimeoutError


class Complaints(logging.Handler):
    """Remembers why the last connection failed; kafka-python tells its log alone."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take the reason, an exception among the arguments, from a line of the log."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        for argument in arguments:
            if isinstance(argument, KafkaTimeoutError):
                continue  # its own giving up, which comes last and tells nothing
            if isinstance(argument, KafkaConnectionError) and self.last is not None:
                continue  # "socket disconnected", after the reason for it
            if isinstance(argument, Exception):
                self.last = str(argument) or self.last


@contextmanager
def collected() -> Iterator[Complaints]:
    """Collect them for a while, instead of showing them."""
    logger = logging.getLogger("kafka")
    complaints = Complaints()
    shown, level = logger.propagate, logger.level
    logger.addHandler(complaints)
    logger.propagate = False
    logger.setLevel(logging.WARNING)  # where the process keeps it quiet, its reasons count still
    try:
        yield complaints
    finally:
        logger.propagate = shown
        logger.setLevel(level)
        logger.removeHandler(complaints)
