"""Has imported the product, and becomes a command when it is told to: a fork, and no imports.

It forks twice: its child ends at once, so the grandchild becomes a child of whoever asked (who is
its next ancestor that takes orphans in).
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from streams.cli.commands import COMMANDS

LIMIT = 1_000_000
MODULES = (
    *(f"streams.cli.{module}" for module in COMMANDS.values() if "analysis" not in module),
    "streams.counts.process",
    "streams.detection.worker.local_state",
    "streams.detection.worker.process",
    "streams.delivery.process",
)
"""Commands, and what those import late that tests start most."""


def main() -> None:
    """Take requests until nobody can make one any more; in a new process, run the command."""
    link = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in MODULES:
        import_module(name)
    run = import_module("streams.cli.main").main
    gc.collect()
    gc.freeze()
    while True:
        message, files, _, _ = socket.recv_fds(link, LIMIT, 3)
        if not message:
            return
        child = os.fork()
        if child == 0:
            command = os.fork()
            if command:
                link.send(str(command).encode())
                os._exit(0)
            link.close()
            _become(json.loads(message), files)
            run()
            return
        os.waitpid(child, 0)
        for file in files:
            os.close(file)
        link.send(b"it is yours")


def _become(request: dict[str, Any], files: list[int]) -> None:
    """Be as if started with these arguments, streams, folder and environment."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    if request["session"]:
        os.setsid()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environ"])
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[1:] = request["arguments"]
    patch(request["patched"])


def patch(values: Mapping[str, Any]) -> None:
    """Set values of modules, by ``module:name``."""
    for place, value in values.items():
        module, _, name = place.partition(":")
        assert hasattr(import_module(module), name)
        setattr(import_module(module), name, value)


if __name__ == "__main__":
    main()
