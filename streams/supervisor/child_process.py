"""A child process that cannot outlive its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Self

_GUARD = Path(__file__).with_name("process.py")


class ChildProcess:
    """A command under a guard process (`streams.supervisor.process`): it ends with this process.

    As a context manager it is stopped at the end.

    The command has a session of its own. So Ctrl-C on the terminal reaches this process only,
    and this process decides when the command stops.

    Parameters
    ----------
    command
        The program and its arguments.
    output
        The file for its standard output and standard error; None means this process's standard
        error.
    grace_s
        How long it may take to end after SIGTERM.
    share
        File descriptors (locks) that stay open as long as it runs.
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
        guard = [sys.executable, "-I", str(_GUARD), str(os.getpid()), str(grace_s)]
        with nullcontext(sys.stderr) if output is None else output.open("ab") as sink:
            self._guard = subprocess.Popen(
                [*guard, *command],
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=sink,
                pass_fds=share,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The guard's process id; the command is its child."""
        return self._guard.pid

    @property
    def exit_status(self) -> int | None:
        """The command's exit status, None while it runs."""
        return self._guard.poll()

    def stop(self) -> None:
        """End the command, with SIGTERM first; return when none of its processes is left."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        try:
            self._guard.wait(self._grace_s + 5)
        except subprocess.TimeoutExpired:
            # The guard leads the session's process group, so this kills the command as well.
            os.killpg(self._guard.pid, signal.SIGKILL)
            self._guard.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
