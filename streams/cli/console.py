"""What all commands share: configuration, logging, errors to exit codes, Ctrl-C."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from streams.broker.client.errors import SettingsError
from streams.broker.client.settings import Connection, for_confluent
from streams.config.detect import DetectorCheck
from streams.config.load import ConfigError, load_config
from streams.config.model import Config

log = logging.getLogger(__name__)

DEFAULT_CONFIG = Path("weathervane.toml")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Configuration file. Default: weathervane.toml where it exists, else the defaults.",
        show_default=False,
    ),
]
BootstrapOption = Annotated[
    str | None,
    typer.Option(
        "--bootstrap", help="Kafka brokers, host:port[,...]; overrides the configuration."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]

out = Console()
if not out.is_terminal:
    out = Console(width=160)  # a file has no width of its own
err = Console(stderr=True)


def fail(message: str, status: int = 1) -> NoReturn:
    """Say what is wrong on standard error, and end with `status`."""
    if _logs_json():
        # The last line of a process is the one that its log is searched for.
        log.error("%s", message)
        raise typer.Exit(status)
    for line in message.splitlines():
        # Not wrapped: a line that a log or a pipe takes stays one line, so that it can be searched.
        err.print(
            line,
            style="red" if err.is_terminal else None,
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    raise typer.Exit(status)


def read_config(path: Path | None, bootstrap: str | None = None, *, judges: bool = False) -> Config:
    """Read the configuration, or end with status 2 and every problem.

    Parameters
    ----------
    path, bootstrap
        The file, and a broker's address that overrides the file's.
    judges
        Whether the command judges counts: only then are the river detectors that the file names
        imported and tried.
    """
    check: DetectorCheck | None = None
    if judges:
        from streams.detection.plugins import river_detector as check
    try:
        config = load_config(
            path or DEFAULT_CONFIG, must_exist=path is not None, detector_check=check
        )
    except ConfigError as error:
        fail(str(error), 2)
    if bootstrap is None:
        return config
    kafka = config.kafka.model_copy(update={"bootstrap": bootstrap})
    return config.model_copy(update={"kafka": kafka})


def connection(config: Config) -> Connection:
    """Build the broker's address and settings, or end with status 2."""
    found = Connection(config.kafka.bootstrap, config.kafka.client)
    try:
        for_confluent(found)
    except SettingsError as error:
        fail(str(error), 2)
    return found


class _JsonLines(logging.Formatter):
    """A line that programs read; a traceback, too, is within it."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def start_logging(process: str) -> None:
    """Log to standard error: lines for people on a terminal, JSON elsewhere."""
    handler = logging.StreamHandler(sys.stderr)
    if sys.stderr.isatty():
        handler.setFormatter(logging.Formatter(f"%(asctime)s {process} %(levelname)s %(message)s"))
    else:
        handler.setFormatter(_JsonLines())
        sys.excepthook = _log_crash
    logging.captureWarnings(True)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("streams").setLevel(logging.INFO)
    # A broker that is away fills pages; what follows from it is told by ourselves.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


def _logs_json() -> bool:
    handlers = logging.getLogger().handlers
    return any(isinstance(handler.formatter, _JsonLines) for handler in handlers)


def _log_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log.critical("%s ends it: %s", kind.__name__, error, exc_info=(kind, error, trace))


def stop_on_signals() -> threading.Event:
    """Make SIGTERM and Ctrl-C set an event: a clean stop, not a traceback."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
