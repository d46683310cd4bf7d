"""A clock that stands still while what it watches waits for a processor.

A busy machine makes everything late and breaks nothing. So the tests do not measure by the wall:
they measure the time that this process and its descendants had, as if nobody else were there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_NS = 1e-9


class Use(NamedTuple):
    """What threads have had of the processors, in seconds: `ran` on one, `queued` for one."""

    ran: float
    queued: float


class OwnClock:
    """Tells how long this process and its descendants have had.

    It goes on with the wall while they sleep and while they run alone. While they queue for a
    processor it goes on only with the time that they run. Where the system does not tell
    (there is no ``/proc``), it is the wall's.
    """

    def __init__(self) -> None:
        self._elapsed_s = 0.0
        self._look()

    def _look(self) -> None:
        self._at = time.monotonic()
        self._uses = dict(_uses())

    def elapsed_s(self) -> float:
        """How long they have had since the clock was made."""
        at, uses = self._at, self._uses
        self._look()
        grown = [_since(uses.get(thread), use) for thread, use in self._uses.items()]
        self._elapsed_s += own_s(
            self._at - at,
            Use(sum(use.ran for use in grown), sum(use.queued for use in grown)),
        )
        return self._elapsed_s


def own_s(wall_s: float, use: Use) -> float:
    """How much of a stretch of time was theirs.

    Examples
    --------
    They sleep; one runs all the time; one of ten that want the same processor:

    >>> own_s(10.0, Use(0.0, 0.0)), own_s(10.0, Use(10.0, 0.0)), own_s(10.0, Use(1.0, 9.0))
    (10.0, 10.0, 1.0)
    """
    return max(wall_s - use.queued, min(use.ran, wall_s))


def _since(before: Use | None, now: Use) -> Use:
    ran, queued = before or Use(0.0, 0.0)
    return Use(now.ran - ran, now.queued - queued)


def _uses() -> Iterator[tuple[int, Use]]:
    """What each thread of this process and of its descendants has had so far."""
    for process in descendants(os.getpid()):
        with suppress(OSError):  # who has just ended
            for task in (_PROC / str(process) / "task").iterdir():
                ran, queued, _ = (task / "schedstat").read_text().split()
                yield int(task.name), Use(int(ran) * _NS, int(queued) * _NS)


def descendants(ancestor: int) -> list[int]:
    """List a process and all that it has started, directly or not, and that still run."""
    children: dict[int, list[int]] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name before the parenthesis may hold anything; then the state and the parent.
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found = [ancestor]
    for process in found:
        found += children.get(process, [])
    return found
