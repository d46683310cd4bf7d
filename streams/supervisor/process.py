"""The guard process: it runs one command, and ends it when the guard's parent has ended.

It is run as a script, by path, and needs the standard library only::

    python -I process.py PARENT_PID GRACE_S COMMAND...

The parent holds the write end of the guard's standard input and never writes to it. When the
parent ends, even by ``kill -9``, the kernel closes that end. The guard then stops the command:
SIGTERM, `GRACE_S` seconds, SIGKILL. A fork of the parent may keep the pipe open after the parent's
death, so the guard also checks whether it still has the same parent.

``PR_SET_PDEATHSIG`` alone is not enough: it acts when the *thread* that started the child ends,
gives the child no time to close its files, and exists on Linux only. The guard sets it for the
command, so that the command ends even if the guard itself is killed.
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

_POLL_S = 0.2
_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> int:
    """Run the command until it or the parent ends; return the command's exit status."""
    parent, grace_s, command = int(argv[0]), float(argv[1]), argv[2:]
    signal.signal(signal.SIGTERM, _exit)
    die_with_guard = _die_with_guard() if sys.platform == "linux" else None
    try:
        # close_fds=False: the child inherits the locks that the parent passed on.
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, close_fds=False, preexec_fn=die_with_guard
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]}: cannot be started: {error.strerror}\n")
        return 127
    try:
        while child.poll() is None and _parent_lives(parent):
            pass
    finally:
        _stop(child, grace_s)
    return child.returncode


def _parent_lives(parent: int) -> bool:
    """Wait a moment; return whether the parent still holds its end of standard input."""
    readable, _, _ = select.select([0], [], [], _POLL_S)
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


def _die_with_guard() -> Callable[[], None]:
    # Resolved before the fork: nothing may be imported or loaded between fork and exec.
    prctl = ctypes.CDLL(None).prctl

    def request_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return request_signal


def _exit(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
