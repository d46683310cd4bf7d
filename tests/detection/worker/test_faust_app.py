"""Where Faust's consumer goes back to when partitions have moved."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

from faust.types import TP

from streams.detection.worker.faust_app import HandedOn, WholeConsumer


class _Thread:
    """What the consumer asks of its client's thread."""

    def __init__(self, committed: dict[TP, int | None]) -> None:
        self.committed, self.sought = committed, list[TP]()

    async def seek_to_committed(self) -> dict[TP, int | None]:
        return self.committed

    async def seek_to_beginning(self, *partitions: TP) -> None:
        self.sought += partitions


def test_what_is_not_committed_is_read_from_the_beginning() -> None:
    """Faust drops what it holds; its client alone would go on behind that."""
    counts, changelog = "weathervane.counts", "weathervane.detect-state-changelog"
    committed = {
        TP(counts, 0): 0,
        TP(counts, 1): None,
        TP(counts, 2): 7,
        TP(changelog, 0): None,
    }
    consumer: Any = WholeConsumer.__new__(WholeConsumer)  # its own would start a thread's loop
    consumer.app = SimpleNamespace(counts_topic=counts)
    consumer._thread = thread = _Thread(committed)
    consumer._read_offset = consumer._committed_offset = defaultdict[TP, int | None](lambda: None)
    asyncio.run(consumer.perform_seek())
    assert thread.sought == [TP(counts, 0), TP(counts, 1)]
    assert consumer._read_offset[TP(counts, 2)] == 7


def test_repeats_of_counts_are_handed_on() -> None:
    """Faust notes what it has handed on after it has gone back: it would pass over the rest."""
    counts, changelog = TP("weathervane.counts", 0), TP("weathervane.changelog", 0)
    handed_on = HandedOn(counts.topic)
    handed_on[counts] = handed_on[changelog] = 4
    handed_on.update({counts: 5})
    assert handed_on[counts] is None
    assert handed_on[changelog] == 4
    assert handed_on[TP("weathervane.changelog", 1)] is None
