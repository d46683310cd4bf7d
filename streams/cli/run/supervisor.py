"""Processes under one supervisor: started together, restarted, stopped together."""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.broker.local.child_process import KeptProcess

log = logging.getLogger(__name__)

GRACE_S = 20.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
FAILURES, WITHIN_S = 5, 120.0
"""So many failures within so long a time end everything: it will not get better."""


class KeepsFailing(Exception):
    """A process ends again and again."""


@dataclass(slots=True)
class _Child:
    name: str
    command: list[str]
    output: Path | None
    process: KeptProcess | None = None
    restart_at: float = 0.0
    wait_s: float = FIRST_WAIT_S
    failures: deque[float] = field(default_factory=lambda: deque(maxlen=FAILURES))


class Supervisor:
    """Runs ``weathervane`` commands and keeps them running.

    Use it as a context manager: on the way out all are stopped, gently first. They
    end with this process even if it is killed.

    Parameters
    ----------
    commands
        Arguments of each ``weathervane`` command, by name.
    output
        Where each one's standard output and error go, by name; what is not named goes to
        our own standard error.
    away
        Whether what all of them need is not there, such as the broker: they go on being
        started, and what fails meanwhile is no failure of theirs.
    """

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        output: Mapping[str, Path] | None = None,
        *,
        away: Callable[[], bool] = lambda: False,
    ) -> None:
        output = output or {}
        self._away = away
        self._children = [
            _Child(name, [sys.executable, "-m", "streams.cli.main", *arguments], output.get(name))
            for name, arguments in commands.items()
        ]

    def __enter__(self) -> Supervisor:
        for child in self._children:
            self._start(child)
        return self

    def __exit__(self, *_: object) -> None:
        # The readers first: what they would do with the others gone is fail.
        for child in reversed(self._children):
            if child.process is not None:
                child.process.stop()
                child.process = None

    def look(self) -> None:
        """Restart what has ended; call it about every second.

        Raises
        ------
        KeepsFailing
            Where one process has failed too often.
        """
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.restart_at:
                    self._start(child)
                continue
            status = child.process.exit_status
            if status is None:
                continue
            child.process.stop()
            child.process = None
            if status == 2:
                raise KeepsFailing(f"{child.name} cannot start; its log is {_place(child)}")
            if self._away():
                child.failures.clear()
            else:
                child.failures.append(now)
            if len(child.failures) == FAILURES and now - child.failures[0] <= WITHIN_S:
                raise KeepsFailing(
                    f"{child.name} has ended {FAILURES} times within {WITHIN_S:.0f} s,"
                    f" last with status {status}; its log is {_place(child)}"
                )
            if len(child.failures) > 1 and now - child.failures[-2] > WITHIN_S:
                child.wait_s = FIRST_WAIT_S
            log.warning("%s ended with %s; again in %.0f s", child.name, status, child.wait_s)
            child.restart_at = now + child.wait_s
            child.wait_s = min(child.wait_s * 2, LONGEST_WAIT_S)

    def _start(self, child: _Child) -> None:
        child.process = KeptProcess(child.command, output=child.output, grace_s=GRACE_S)


def _place(child: _Child) -> str:
    return "above" if child.output is None else str(child.output)
