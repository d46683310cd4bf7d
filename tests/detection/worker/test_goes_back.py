"""A worker that is handed a record before the one it needs goes back, unless that one is gone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams.broker.client.connection import Connection
from streams.config.load import parse_config
from streams.counts.wire import encode_counts
from streams.detection.protocol import ShardProtocol
from streams.detection.worker import process as worker
from streams.detection.worker.assigned import AssignedShard
from tests.detection.counts_of import counts
from tests.events_of import config

RECORD = encode_counts(counts({(0, "a"): 1}))


class _Consumer:
    """What the worker asks of Faust's consumer."""

    def __init__(self, first: int) -> None:
        self.first, self.sought = first, list[int]()

    async def earliest_offsets(self, at: TP) -> dict[TP, int]:
        return {at: self.first}

    async def go_back(self, _: TP, offset: int) -> None:
        self.sought.append(offset)


def _asked(
    tmp_path: Path, judging: ShardProtocol, first: int, offsets: list[int]
) -> tuple[list[bool], list[int]]:
    """Whether each offset comes too early, and where it went back to."""
    detect: Any = worker.DetectProcess(
        parse_config({}), Connection("127.0.0.1:1"), tmp_path, None, int
    )
    changelog: Any = None
    assigned = AssignedShard(judging, changelog, 1.0)
    consumer = _Consumer(first)
    detect.app = SimpleNamespace(consumer=consumer)

    async def all_of() -> list[bool]:
        return [await detect._comes_too_early(assigned, offset) for offset in offsets]

    return asyncio.run(all_of()), consumer.sought


def _judged(*offsets: int) -> ShardProtocol:
    judging = ShardProtocol(0, config(), {})
    for offset in offsets:
        list(judging.take(offset, RECORD, 0.0))
    return judging


def test_a_first_start_begins_with_the_first_record_that_is_there(tmp_path: Path) -> None:
    """Nothing is stored that would miss it: without this it would be lost in silence."""
    early, sought = _asked(tmp_path, _judged(), 3, [5, 6, 3])
    assert (early, sought) == ([True, True, False], [3])


def test_what_was_dropped_is_read_again(tmp_path: Path) -> None:
    """What was under way meanwhile is passed over; it comes again."""
    early, sought = _asked(tmp_path, _judged(3, 4), 0, [8, 9, 5])
    assert (early, sought) == ([True, True, False], [5])


def test_it_goes_back_again_where_that_was_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Partitions may move once more before it has come."""
    monkeypatch.setattr(worker, "SEEK_EVERY_S", 0.0)
    early, sought = _asked(tmp_path, _judged(3, 4), 0, [8, 9])
    assert (early, sought) == ([True, True], [5, 5])


def test_what_is_gone_is_not_waited_for(tmp_path: Path) -> None:
    """Then `ShardProtocol.take` says so, and the worker ends."""
    assert _asked(tmp_path, _judged(3, 4), 7, [8]) == ([False], [])
