"""What commands share: the terminal, errors and exit statuses, logging, signals."""

from __future__ import annotations

import faulthandler
import logging
import signal
import sys
import threading
import time
from types import TracebackType
from typing import NoReturn

import typer

from streams.cli.repeated_lines import OnceAMinute
from streams.cli.terminal import JsonLogLines, Terminal, TextLogLines

log = logging.getLogger(__name__)

out = Terminal()
if not out.is_terminal:
    out = Terminal(width=160)  # a file has no width of its own
err = Terminal(stderr=True)


def fail(message: str, status: int = 1) -> NoReturn:
    """Write what is wrong to standard error, and end the command with `status`."""
    if _logs_json():
        # The last line of a log is the one that people look for.
        log.error("%s", message)
        raise typer.Exit(status)
    for line in message.split("\n"):
        # Not wrapped: in a log or a pipe each line stays one line, so that it can be searched.
        err.print(
            line,
            style="red" if err.is_terminal else None,
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    raise typer.Exit(status)


def start_logging(process: str) -> None:
    """Log to standard error: text lines on a terminal, JSON lines elsewhere.

    Where a library in C or Rust crashes the process, the Python stack of each thread is written
    there too: nothing else would tell what it did.
    """
    if sys.__stderr__ is not None:
        faulthandler.enable(sys.__stderr__)
    handler = logging.StreamHandler(sys.stderr)
    if sys.stderr.isatty():
        handler.setFormatter(TextLogLines(process))
    else:
        handler.setFormatter(JsonLogLines())
        sys.excepthook = _log_crash
    # While a broker is away this library says so many times a second.
    handler.addFilter(OnceAMinute("aiokafka", time.monotonic))
    logging.captureWarnings(True)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("streams").setLevel(logging.INFO)
    # While a broker is away this logger fills pages; our own messages say what matters.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


def _logs_json() -> bool:
    handlers = logging.getLogger().handlers
    return any(isinstance(handler.formatter, JsonLogLines) for handler in handlers)


def _log_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log.critical("%s ends it: %s", kind.__name__, error, exc_info=(kind, error, trace))


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and Ctrl-C set, so that the process stops cleanly."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
