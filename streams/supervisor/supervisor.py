"""Runs several commands: starts them together, restarts those that end, stops them together."""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.supervisor.child_process import ChildProcess

log = logging.getLogger(__name__)

GRACE_S = 20.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
FAILURES, WITHIN_S = 5, 120.0
"""That many failures within that time end everything: another restart would not help."""

OPTIONAL_WAIT_S = 600.0
"""How long an optional command waits after so many failures: the others go on."""

_WRONG_USAGE = 2


class KeepsFailing(Exception):
    """A command ends again and again."""


@dataclass(slots=True)
class _Command:
    name: str
    arguments: list[str]
    output: Path | None
    optional: bool = False
    process: ChildProcess | None = None
    restart_at_s: float = 0.0
    wait_s: float = FIRST_WAIT_S
    failed_at_s: deque[float] = field(default_factory=lambda: deque(maxlen=FAILURES))


class Supervisor:
    """Runs ``weathervane`` commands and restarts those that end.

    It is a context manager: at the end it stops all commands, with SIGTERM first. They also end
    with this process, even if it is killed.

    Parameters
    ----------
    commands
        Arguments of each ``weathervane`` command, by name.
    output
        Files for standard output and standard error, by name; a command without a file writes to
        this process's standard error.
    away
        Whether something that all commands need is missing, such as the broker. Meanwhile they
        are restarted without end, and failures do not count.
    optional
        Names of commands that the others do not need: if one fails too often, the log says so, and
        it is tried again after a while.
    """

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        output: Mapping[str, Path] | None = None,
        *,
        away: Callable[[], bool] = lambda: False,
        optional: Collection[str] = (),
    ) -> None:
        output = output or {}
        self._away = away
        program = [sys.executable, "-m", "streams.cli.main"]
        self._commands = [
            _Command(name, [*program, *arguments], output.get(name), name in optional)
            for name, arguments in commands.items()
        ]

    def __enter__(self) -> Supervisor:
        for command in self._commands:
            self._start(command)
        return self

    def __exit__(self, *_: object) -> None:
        # In reverse, so that a reader does not fail because its writer has gone.
        for command in reversed(self._commands):
            if command.process is not None:
                command.process.stop()
                command.process = None

    def look(self) -> None:
        """Restart what has ended; call it about once a second.

        Raises
        ------
        KeepsFailing
            Where one command has failed too often.
        """
        now_s = time.monotonic()
        for command in self._commands:
            if command.process is None:
                if now_s >= command.restart_at_s:
                    self._start(command)
                continue
            status = command.process.exit_status
            if status is None:
                continue
            command.process.stop()
            command.process = None
            try:
                self._note_failure(command, now_s, status)
            except KeepsFailing as error:
                if not command.optional:
                    raise
                log.error("%s; the rest goes on without it", error)
                command.wait_s = OPTIONAL_WAIT_S
            log.warning("%s ended with %s; again in %.0f s", command.name, status, command.wait_s)
            command.restart_at_s = now_s + command.wait_s
            if command.wait_s < OPTIONAL_WAIT_S:
                command.wait_s = min(command.wait_s * 2, LONGEST_WAIT_S)

    def _note_failure(self, command: _Command, now_s: float, status: int) -> None:
        if status == _WRONG_USAGE:
            raise KeepsFailing(f"{command.name} cannot start; its log is {_log_of(command)}")
        failed_at_s = command.failed_at_s
        if self._away():
            failed_at_s.clear()
        else:
            failed_at_s.append(now_s)
        if len(failed_at_s) == FAILURES and now_s - failed_at_s[0] <= WITHIN_S:
            raise KeepsFailing(
                f"{command.name} has ended {FAILURES} times within {WITHIN_S:.0f} s,"
                f" last with status {status}; its log is {_log_of(command)}"
            )
        if len(failed_at_s) > 1 and now_s - failed_at_s[-2] > WITHIN_S:
            command.wait_s = FIRST_WAIT_S

    def _start(self, command: _Command) -> None:
        command.process = ChildProcess(command.arguments, output=command.output, grace_s=GRACE_S)


def _log_of(command: _Command) -> str:
    return "above" if command.output is None else str(command.output)
