"""A local broker: Apache Kafka where Java and Maven are found, otherwise a stand-in."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import time
from pathlib import Path
from typing import Protocol, Self

from streams.broker.errors import BrokerError
from streams.broker.local.apache import ApacheKafka
from streams.broker.local.port_and_folder import (
    LOOPBACK,
    await_release,
    lock_data_dir,
    require_free,
)
from streams.broker.local.standin import StandIn
from streams.broker.topics.admin import is_ready
from streams.supervisor.child_process import ChildProcess

log = logging.getLogger(__name__)

DEFAULT_PORT = 9092

_OUTPUT = "output.log"
_START_S = 300.0
_POLL_S = 0.05
_TAIL_BYTES = 64 * 1024
# Another program may take the controller's port between its choice and its use.
_ATTEMPTS = 3


class Recipe(Protocol):
    """How one kind of broker is started on a port and a data directory."""

    @property
    def kind(self) -> str:
        """What it is, for people: ``"Apache Kafka 4.1.1"``."""

    @property
    def grace_s(self) -> float:
        """How long it may take to stop."""

    def prepare(self, home: Path, port: int) -> list[str]:
        """Prepare the directory `home`, and return the command that starts the broker."""

    def log_file(self, home: Path) -> Path:
        """Return the file in which the broker says why it failed."""


class LocalBroker:
    """A broker on the loopback address that this process starts and stops.

    It is a context manager. The broker ends with this process, even if the process is killed.

    Parameters
    ----------
    recipe
        The kind of broker, and how it is started.
    data_dir
        Where its data stay between runs; each kind of broker has its own directory there.
    port
        The port for clients.
    """

    def __init__(self, recipe: Recipe, *, data_dir: Path, port: int = DEFAULT_PORT) -> None:
        self._recipe = recipe
        self._home = data_dir.absolute() / type(recipe).__name__.lower()
        self._port = port
        self._process: ChildProcess | None = None
        self._logs = (self._home / _OUTPUT, recipe.log_file(self._home))
        self._log_starts: dict[Path, int] = {}

    @property
    def kind(self) -> str:
        """What it is, for people: ``"Apache Kafka 4.1.1"``."""
        return self._recipe.kind

    @property
    def bootstrap(self) -> str:
        """The address for clients, ``host:port``."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def running(self) -> bool:
        """Whether it has started and has not ended."""
        return self._process is not None and self._process.exit_status is None

    def start(self) -> None:
        """Start it, and return when clients can join a consumer group.

        Raises
        ------
        PortBusyError
            Where another program uses the port.
        BrokerError
            Where it cannot start for another cause.
        """
        if self._process is not None:
            raise RuntimeError("the broker has been started already")
        lock = lock_data_dir(self._home)
        try:
            self._start(lock)
        finally:
            os.close(lock)

    def stop(self) -> None:
        """Stop it, and return when none of its processes runs; without a start it does nothing."""
        if self._end():
            await_release(self._home)

    def failure(self) -> str:
        """Say why it ended by itself: the last error of its log, and where the log is."""
        problems = re.findall(r"(?:ERROR|FATAL|error:)\s+(.+)", self._log_tail())
        found = problems[-1].strip() if problems else "it did not say why"
        return f"{self.kind} has ended: {found}; its log is {self._recipe.log_file(self._home)}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _end(self) -> bool:
        """End its process; return whether there was one."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()
        return process is not None

    def _start(self, lock: int) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            require_free(self._port)
            self._launch(lock)
            try:
                if self._answers_in_time():
                    return
                cause = self.failure()
                port_taken = "address already in use" in self._log_tail().lower()
            except BaseException:
                self._end()
                raise
            self._end()
            if not port_taken or attempt == _ATTEMPTS:
                raise BrokerError(cause)
            # Another program was quicker. If it took the clients' port, the next check says so; if
            # it took the controller's, the next attempt chooses another.

    def _launch(self, lock: int) -> None:
        command = self._recipe.prepare(self._home, self._port)
        self._log_starts = {
            path: path.stat().st_size if path.exists() else 0 for path in self._logs
        }
        self._process = ChildProcess(
            command,
            output=self._home / _OUTPUT,
            grace_s=self._recipe.grace_s,
            share=[lock],
        )

    def _answers_in_time(self) -> bool:
        """Wait until it answers (true) or ends by itself (false)."""
        started_s = time.monotonic()
        while self.running:
            if is_ready(LOOPBACK, self._port):
                log.info("%s answers on %s", self.kind, self.bootstrap)
                return True
            if time.monotonic() - started_s > _START_S:
                raise BrokerError(
                    f"{self.kind}: must answer within {_START_S:.0f} s; it does not; its log is "
                    f"{self._recipe.log_file(self._home)}"
                )
            time.sleep(_POLL_S)
        return False

    def _log_tail(self) -> str:
        """Return what the broker has logged since this start, at most the last 64 KiB a file."""
        texts = []
        for path, start in self._log_starts.items():
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                # A log that has become smaller has been rolled over.
                file.seek(max(start if start <= size else 0, size - _TAIL_BYTES))
                texts.append(file.read().decode(errors="replace"))
        return "\n".join(texts)


def choose_broker(
    *, data_dir: Path, port: int = DEFAULT_PORT, stand_in: bool | None = None
) -> LocalBroker:
    """Return a local broker that this machine can run; it is not started yet.

    Parameters
    ----------
    data_dir
        Where its data stay between runs.
    port
        The port for clients.
    stand_in
        Whether it must be the stand-in. None means Apache Kafka where it can run (its jars are
        fetched on first use), and otherwise the stand-in.

    Raises
    ------
    BrokerError
        Where no broker of the wanted kind can run; the message names the remedies.
    """
    if stand_in:
        return LocalBroker(StandIn(), data_dir=data_dir, port=port)
    try:
        return LocalBroker(ApacheKafka(), data_dir=data_dir, port=port)
    except BrokerError as error:
        if stand_in is False:
            raise
        no_apache = error
    try:
        broker = LocalBroker(StandIn(), data_dir=data_dir, port=port)
    except BrokerError as no_stand_in:
        raise BrokerError(
            "a local broker: must be Apache Kafka or the stand-in; found neither\n"
            f"  Apache Kafka: {no_apache}\n"
            f"  {no_stand_in}\n"
            "or use a broker that runs elsewhere: --bootstrap HOST:PORT"
        ) from None
    log.warning("no Apache Kafka here (%s)", no_apache)
    return broker
