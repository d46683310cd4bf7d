"""Ends a process that was told to stop and cannot: its broker may have gone."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

STOP_WITHIN_S = 15.0
"""Less than `weathervane up` waits, and less than most service managers wait."""

LOOK_EVERY_S = 0.2


def end_if_late(told_to_stop: Callable[[], bool], within_s: float = STOP_WITHIN_S) -> None:
    """End the process, with status 1, if it still runs this long after it was told to stop.

    A client whose broker has gone waits for it for minutes or for ever before it leaves its group.
    A service manager waits for some time and then kills the process. No record is lost if the
    process ends itself: records after the last checkpoint are read again. A separate thread does
    this, since the event loop may be stuck.

    Parameters
    ----------
    told_to_stop
        Asked several times a second.
    within_s
        How long it may take.
    """
    threading.Thread(target=_wait_and_end, args=(told_to_stop, within_s), daemon=True).start()


def _wait_and_end(told_to_stop: Callable[[], bool], within_s: float) -> None:
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
