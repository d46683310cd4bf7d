"""Waits that end when no progress is made any more, however slow the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from tests.waiting.clock import OwnClock

STILL_S: Final = 120.0
"""So long may nothing change that is looked at, by the clock of those who are waited for."""
LOOK_EVERY_S = 5.0
"""What shows progress is looked at only so often: it may ask a broker."""
_TAIL = 3000
_PAUSE = 4.0


class Stalled(AssertionError):
    """No progress was made for long; the message tells what was seen last, and the logs' ends."""


def until(
    done: Callable[[], object],
    what: str = "what is waited for",
    *,
    seen: Callable[[], object] = lambda: None,
    logs: Callable[[], Iterable[Path]] = lambda: (),
    every_s: float = 0.05,
) -> None:
    """Wait until something is so.

    Parameters
    ----------
    done
        Whether it is.
    what
        What it is, for the message: ``"serve is ready"``.
    seen
        What shows progress: whatever it gives, another value than the last one is progress.
    logs
        Files whose ends are in the message. That they grow is no progress: who fails again and
        again says so each time.
    every_s
        How often `done` is asked, where asking costs little: at most a fifth of a processor is for
        that, since a test that asks brokers and logs all the time slows what it waits for.

    Raises
    ------
    Stalled
        Where what is seen has not changed for `STILL_S`, and it is still not done.
    """
    last: object = None
    clock: OwnClock | None = None
    look_at = time.monotonic() + LOOK_EVERY_S
    while True:
        began_s = time.thread_time()
        if done():
            return
        asking_s = time.thread_time() - began_s
        if time.monotonic() >= look_at:
            look_at = time.monotonic() + LOOK_EVERY_S
            now = seen()
            if clock is None or now != last:
                last, clock = now, OwnClock()
            elif (still_s := clock.elapsed_s()) >= STILL_S:
                raise Stalled(_told(what, still_s, last, logs()))
        time.sleep(max(every_s, _PAUSE * asking_s))


def sizes(*paths: Path) -> list[int]:
    """Of files that grow with progress, for what is `seen`; 0 where one is not there yet."""
    return [path.stat().st_size if path.exists() else 0 for path in paths]


def _told(what: str, still_s: float, last: object, logs: Iterable[Path]) -> str:
    ends = [
        f"--- {path}\n{path.read_bytes()[-_TAIL:].decode(errors='replace')}"
        for path in logs
        if path.exists()
    ]
    said = f"{what}: must make progress within {STILL_S:g} s; none for {still_s:.0f} s"
    return "\n".join([f"{said}; seen last: {last}", *ends])
