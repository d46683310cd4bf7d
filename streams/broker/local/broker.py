"""A local broker: Apache Kafka where Java and Maven are found, otherwise a stand-in."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import time
from pathlib import Path
from typing import Self

from streams.broker.client.errors import BrokerError
from streams.broker.local.apache import ApacheKafka
from streams.broker.local.child_process import KeptProcess
from streams.broker.local.port_and_folder import (
    LOOPBACK,
    await_release,
    lock_data_dir,
    require_free,
)
from streams.broker.local.ready import answers
from streams.broker.local.recipe import Recipe
from streams.broker.local.standin import StandIn

log = logging.getLogger(__name__)

DEFAULT_PORT = 9092

_OUTPUT = "output.log"
_START_S = 90.0
_LOOK_EVERY_S = 0.05
_TAIL_BYTES = 64 * 1024
# The controller's port is chosen free a second or two before it is opened.
_ATTEMPTS = 3


class LocalBroker:
    """A broker of our own on the loopback address, started and stopped with us.

    Use it as a context manager. It ends with this process, however that ends.

    Parameters
    ----------
    recipe
        Which broker, and how it is started.
    data_dir
        Where its data stay between runs; each kind of broker has a directory in it.
    port
        Where clients connect.
    """

    def __init__(self, recipe: Recipe, *, data_dir: Path, port: int = DEFAULT_PORT) -> None:
        self._recipe = recipe
        self._home = data_dir.absolute() / type(recipe).__name__.lower()
        self._port = port
        self._process: KeptProcess | None = None
        self._logs = (self._home / _OUTPUT, recipe.log_file(self._home))
        self._marks: dict[Path, int] = {}

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
        """Whether it has been started and has not ended."""
        return self._process is not None and self._process.exit_status is None

    def start(self) -> None:
        """Start it, and return when a consumer group could be joined.

        Raises
        ------
        PortBusyError
            Where another program has the port.
        BrokerError
            Where it cannot be started for another reason.
        """
        if self._process is not None:
            raise RuntimeError("the broker has been started already")
        lock = lock_data_dir(self._home)
        try:
            self._start(lock)
        finally:
            os.close(lock)

    def stop(self) -> None:
        """Stop it, and return when nothing of it runs; harmless where it never started."""
        if self._end():
            await_release(self._home)

    def failure(self) -> str:
        """Say why it ended by itself: the last error of its log, and where that is."""
        problems = re.findall(r"(?:ERROR|FATAL|error:)\s+(.+)", self._log_tail())
        found = problems[-1].strip() if problems else "it did not say why"
        return f"{self.kind} has ended: {found}; its log is {self._recipe.log_file(self._home)}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _end(self) -> bool:
        """End its process; whether it had one."""
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
                why, taken = self.failure(), "address already in use" in self._log_tail().lower()
            except BaseException:
                self._end()
                raise
            self._end()
            if not taken or attempt == _ATTEMPTS:
                raise BrokerError(why)
            # Either somebody was quicker on our port, which the next check will say, or on
            # the controller's, and then the next attempt picks another.

    def _launch(self, lock: int) -> None:
        command = self._recipe.prepare(self._home, self._port)
        self._marks = {path: path.stat().st_size if path.exists() else 0 for path in self._logs}
        self._process = KeptProcess(
            command,
            output=self._home / _OUTPUT,
            grace_s=self._recipe.grace_s,
            share=[lock],
        )

    def _answers_in_time(self) -> bool:
        """Wait until it answers (true) or has ended by itself (false)."""
        started = time.monotonic()
        while self.running:
            if answers(LOOPBACK, self._port):
                log.info("%s answers on %s", self.kind, self.bootstrap)
                return True
            if time.monotonic() - started > _START_S:
                raise BrokerError(
                    f"{self.kind}: must answer within {_START_S:.0f} s; it does not; its log is "
                    f"{self._recipe.log_file(self._home)}"
                )
            time.sleep(_LOOK_EVERY_S)
        return False

    def _log_tail(self) -> str:
        """Return what the broker has said since this start, or the end of it."""
        texts = []
        for path, mark in self._marks.items():
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                # A log that is smaller than it was has been rolled over.
                file.seek(max(mark if mark <= size else 0, size - _TAIL_BYTES))
                texts.append(file.read().decode(errors="replace"))
        return "\n".join(texts)


def choose_broker(
    *, data_dir: Path, port: int = DEFAULT_PORT, stand_in: bool | None = None
) -> LocalBroker:
    """Return the local broker that this machine can run, not started yet.

    Parameters
    ----------
    data_dir
        Where its data stay between runs.
    port
        Where clients connect.
    stand_in
        Whether it is to be the stand-in; None takes Apache Kafka where it can run (its
        jars are fetched on the first use), otherwise the stand-in.

    Raises
    ------
    BrokerError
        Where the one asked for, or both, cannot run; it tells the remedies.
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
