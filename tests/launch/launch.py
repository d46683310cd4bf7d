"""Starts commands of the product: where Linux allows it, by a fork of what has imported them.

Imports take 0.7 s of a processor for ``count`` and 2 s for ``detect``; the tests start hundreds of
processes. What is started so is a process like any other: a child of the tests', with streams, a
folder and an environment of its own. Only its hash seed and its command line are those of the
process that it was forked from. So where a command line is looked at, or bytes are to be the same
whatever the hash seed, commands are started as users do.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.launch.server import LIMIT

COMMAND = (sys.executable, "-m", "streams.cli.main")
"""How a user starts one."""

ROOT = Path(__file__).parents[2]
_PATCHING = """
import json, sys
from tests.launch.server import patch
patch(json.loads(sys.argv.pop(1)))
from streams.cli.main import main
main()
"""
_TAKE_ORPHANS_IN = 36  # PR_SET_CHILD_SUBREAPER of Linux
_one_at_a_time = threading.Lock()


def start(
    command: Sequence[str | Path], *, patched: Mapping[str, Any] | None = None, **options: Any
) -> subprocess.Popen[bytes]:
    """Start a program; one of `COMMAND` by a fork.

    Parameters
    ----------
    command
        The program and its arguments.
    patched
        Values of the product's modules for this process, by ``module:name``; only for `COMMAND`.
    options
        Of `subprocess.Popen`: ``stdin``, ``stdout``, ``stderr``, ``cwd``, ``env``.
    """
    is_ours = tuple(command[: len(COMMAND)]) == COMMAND
    assert is_ours or not patched
    if is_ours and sys.platform == "linux":
        return _Forked(command, patched or {}, **options)
    if patched:
        command = [sys.executable, "-c", _PATCHING, json.dumps(patched), *command[len(COMMAND) :]]
    return subprocess.Popen(command, **options)


class _Forked(subprocess.Popen[bytes]):
    """Makes the streams as its base does, and has the process forked."""

    def __init__(self, command: Sequence[Any], patched: Mapping[str, Any], **options: Any) -> None:
        self._patched = patched
        super().__init__(command, **options)

    def _execute_child(self, args: Sequence[Any], *rest: Any) -> None:
        # Positions of its parameters have been the same from Python 3.11 to 3.13.
        (_, _, _, _, folder, environ, _, _, _, *pipes, _, _, _, _, _, session, _) = rest
        given, _, _, out, _, errors = pipes
        streams = [
            stream if stream >= 0 else number for number, stream in enumerate((given, out, errors))
        ]
        request = {
            "arguments": [str(word) for word in args[len(COMMAND) :]],
            "folder": str(folder or Path.cwd()),
            "environ": dict(os.environ if environ is None else environ),
            "session": bool(session),
            "patched": self._patched,
        }
        self.pid = _ask(json.dumps(request).encode(), streams)
        self._child_created = True
        ends: Any = self
        ends._close_pipe_fds(*pipes)


def _ask(request: bytes, streams: list[int]) -> int:
    """Have a process forked, and take it in as a child; its id."""
    sys.stdout.flush()
    sys.stderr.flush()
    with _one_at_a_time:
        link = _link()
        libc = ctypes.CDLL(None)
        libc.prctl(_TAKE_ORPHANS_IN, 1, 0, 0, 0)
        try:
            socket.send_fds(link, [request], streams)
            pid = int(link.recv(LIMIT))
            assert link.recv(LIMIT)
        finally:
            libc.prctl(_TAKE_ORPHANS_IN, 0, 0, 0, 0)
        return pid


_servers: list[tuple[socket.socket, subprocess.Popen[bytes]]] = []


def _link() -> socket.socket:
    """The way to the server, which is started when it is first needed."""
    if not _servers:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "tests.launch.server", str(theirs.fileno())]
            server = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
            )
        _servers.append((ours, server))
        atexit.register(_end)
    return _servers[0][0]


def _end() -> None:
    link, server = _servers.pop()
    link.close()
    server.wait()
