"""An end for a process that was told to stop and does not come to it.

A client whose broker has gone waits for it, for minutes or for ever, before it lets go of its
group; who stops a service waits for so long and then kills it. Nothing is lost by ending: what
came after the last checkpoint is read again.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

STOP_WITHIN_S = 15.0
"""Less than `weathervane up` waits, and than most that stop services do."""

LOOK_EVERY_S = 0.2


def end_if_late(told_to_stop: Callable[[], bool], within_s: float = STOP_WITHIN_S) -> None:
    """End the process, with status 1, where it still runs so long after it was told to stop.

    By a thread of its own, since the event loop may be what is stuck.

    Parameters
    ----------
    told_to_stop
        Asked several times a second.
    within_s
        How long it may take.
    """
    threading.Thread(target=_watch, args=(told_to_stop, within_s), daemon=True).start()


def _watch(told_to_stop: Callable[[], bool], within_s: float) -> None:
    never = threading.Event()
    while not told_to_stop():
        never.wait(LOOK_EVERY_S)
    never.wait(within_s)
    log.error(
        "stopping must take %.0f s at most; Kafka has not answered for so long, so this ends"
        " without it. Nothing is lost: a start goes on from the last checkpoint",
        within_s,
    )
    for handler in logging.getLogger().handlers:
        handler.flush()
    os._exit(1)
