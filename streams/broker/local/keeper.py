"""Keep one child process, and end it when the process that asked for it is gone.

Run as a script, by path, with the standard library alone::

    python -I keeper.py PARENT_PID GRACE_S COMMAND...

The parent holds the other end of standard input and never writes to it. However the
parent ends, ``kill -9`` included, the kernel closes that end, and the keeper stops the
child: SIGTERM, `GRACE_S` seconds, SIGKILL. A fork of the parent may hold the pipe open
beyond the parent's death, so the keeper also looks whether it has been orphaned.

Why a process between the two: ``PR_SET_PDEATHSIG`` alone acts when the *thread* that
started the child ends, gives the child no time to close its files, and exists on Linux
only. Here it guards the last gap: should the keeper itself be killed, the child follows.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from types import FrameType

_LOOK_EVERY_S = 0.2
_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> int:
    """Run the command until it ends, or until the parent does; return its exit status."""
    parent, grace_s, command = int(argv[0]), float(argv[1]), argv[2:]
    signal.signal(signal.SIGTERM, _leave)
    die_with_keeper = _die_with_keeper() if sys.platform == "linux" else None
    try:
        # close_fds=False: the child shares the locks that the parent passed down.
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, close_fds=False, preexec_fn=die_with_keeper
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]}: cannot be started: {error.strerror}\n")
        return 127
    try:
        while child.poll() is None and _wanted(parent):
            pass
    finally:
        _stop(child, grace_s)
    return child.returncode


def _wanted(parent: int) -> bool:
    """Wait a moment; whether the parent still holds its end of standard input."""
    readable, _, _ = select.select([0], [], [], _LOOK_EVERY_S)
    closed = bool(readable) and not os.read(0, 4096)
    return not closed and os.getppid() == parent


def _stop(child: subprocess.Popen[bytes], grace_s: float) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _die_with_keeper() -> Callable[[], None]:
    # Resolved before the fork: nothing may be imported or loaded between fork and exec.
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask


def _leave(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
