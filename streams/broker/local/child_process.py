"""A child process that cannot outlive this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Self

_KEEPER = Path(__file__).with_name("keeper.py")


class KeptProcess:
    """A command under a keeper (see `streams.broker.local.keeper`): it ends when we do.

    As a context manager it is stopped at the end.

    It has a session of its own, so that a terminal's Ctrl-C reaches us alone and we
    decide when the command stops.

    Parameters
    ----------
    command
        The program and its arguments.
    output
        The file that takes its standard output and standard error; None is our own
        standard error.
    grace_s
        How long it may take to end after SIGTERM.
    share
        File descriptors that stay open as long as it runs (locks).
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        output: Path | None,
        grace_s: float,
        share: Sequence[int] = (),
    ) -> None:
        self._grace_s = grace_s
        keep = [sys.executable, "-I", str(_KEEPER), str(os.getpid()), str(grace_s)]
        with nullcontext(sys.stderr) if output is None else output.open("ab") as sink:
            self._keeper = subprocess.Popen(
                [*keep, *command],
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=sink,
                pass_fds=share,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The keeper's process id: the command is below it."""
        return self._keeper.pid

    @property
    def exit_status(self) -> int | None:
        """The command's exit status, None while it runs."""
        return self._keeper.poll()

    def stop(self) -> None:
        """End it, gently first; return when nothing of it is left."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        try:
            self._keeper.wait(self._grace_s + 5)
        except subprocess.TimeoutExpired:
            # The keeper leads the session's group: this reaches the command as well.
            os.killpg(self._keeper.pid, signal.SIGKILL)
            self._keeper.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
