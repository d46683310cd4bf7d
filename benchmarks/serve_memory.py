"""Memory of serve's state: ``python -m benchmarks.serve_memory [--alerts N] [--actions N]``.

Feeds, board and actions of one process, filled by the functions that serve fills them with, and
with all that serve imports. Prints one JSON object: the resident memory in MB, before and after.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

import orjson

import streams.delivery.process
from streams.actions.action import AcknowledgeAlert
from streams.actions.state import ActionState
from streams.alerts.cloudevent import decode_event
from streams.delivery.api.board import Board, OffsetPlace
from streams.delivery.feed.pages import Feeds
from tests.alerts.examples import raw

_NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def resident_mb() -> float:
    """Return the resident memory of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def main() -> None:
    """Fill the state, and print what it takes."""
    assert streams.delivery.process  # what serve imports counts
    parser = argparse.ArgumentParser()
    parser.add_argument("--alerts", type=int, default=100_000)
    parser.add_argument("--actions", type=int, default=10_000)
    asked = parser.parse_args()
    before = resident_mb()
    feeds, board, state = Feeds(asked.alerts), Board(asked.alerts), ActionState()
    for number in range(1, asked.alerts + 1):
        # A copy of the size that a client of Kafka gives; an encoder's has room to grow.
        text = bytes(memoryview(raw(alert_id=f"{number:016x}", feed_no=number)))
        envelope = decode_event(text)
        feeds.add(0, envelope, text)
        board.take(envelope, text, _NOW.timestamp(), OffsetPlace(0, number))
    for number in range(asked.actions):
        state.take(
            AcknowledgeAlert(
                v=1,
                id=f"{number:032x}",
                at=_NOW,
                by="wang",
                alert_id=f"{number:016x}",
                severity="warning",
            )
        )
    said = {
        "alerts": len(board),
        "actions": asked.actions,
        "before_mb": round(before, 1),
        "after_mb": round(resident_mb(), 1),
    }
    sys.stdout.write(orjson.dumps(said).decode() + "\n")


if __name__ == "__main__":
    main()
