"""A peer's process: its marks on standard output, and the processor time of its tree."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from streams.supervisor.child_process import ChildProcess

_TICKS = os.sysconf("SC_CLK_TCK")


class Running:
    """A process that is ended with us, and says ``{"at": ...}`` in lines of its output.

    As a context manager it is stopped at the end.
    """

    def __init__(self, command: Sequence[str], output: Path) -> None:
        self._output = output
        self._process = ChildProcess(command, output=output, grace_s=20.0)

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.exit_status is not None

    def mark(self, at: str) -> dict[str, Any] | None:
        """Return the line with this mark, None before it has come."""
        for line in self._output.read_bytes().splitlines():
            if at.encode() in line:
                with contextlib.suppress(ValueError):
                    # Faust puts a terminal's escape before it.
                    found = json.loads(line[line.index(b"{") :])
                    if found.get("at") == at or at in found.get("message", ""):
                        return dict(found)
        return None

    def cpu_s(self) -> float:
        """User and system time so far, of it and all below it."""
        return tree_cpu_s(self._process.pid)

    def last_words(self) -> str:
        """The end of what it said, in one line."""
        lines = self._output.read_text(errors="replace").strip().splitlines()
        wrong = [line for line in lines if "Error" in line or "Exception" in line]
        return (wrong or lines or ["nothing"])[-1].strip()[:300]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()


def tree_cpu_s(root: int) -> float:
    """User and system time of a process and all that descend from it, s."""
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue  # it has ended since
        # The name, in brackets, may hold anything.
        pid, rest = int(path.parent.name), text.rpartition(")")[2].split()
        children.setdefault(int(rest[1]), []).append(pid)
        # utime, stime and those of children that have been waited for.
        ticks[pid] = sum(map(int, rest[11:15]))
    total, todo = 0, [root]
    while todo:
        pid = todo.pop()
        total += ticks.get(pid, 0)
        todo += children.get(pid, [])
    return total / _TICKS
