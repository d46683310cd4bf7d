"""The follower beside a disk that is full, and a store that is another topic's or damaged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.topics.origin import Origin
from streams.delivery.entities import follower as follower_module
from streams.delivery.entities.asking import Asking
from streams.delivery.entities.follower import LEAST_FREE_BYTES, SeriesFollower
from streams.delivery.entities.library import Library
from streams.series.codec import encode_bucket
from streams.series.store.store import SeriesStore
from tests.access.known import NOW
from tests.delivery.entities.stored import SETTINGS
from tests.series.store.buckets import T0, block, bucket

SERIES, ALERTS = "series", "alerts"


class Record(NamedTuple):
    offset: int
    value: bytes


class Topics:
    """The topic `series` in memory; `alerts` is empty."""

    def __init__(self) -> None:
        self.values: list[bytes] = [b"rubbish"]
        self.origin, self.free = Origin("c", "t1"), 1 << 40
        self.seeks: list[int] = []

    def close(self, number: int) -> None:
        """Write so many buckets of the sender `a`."""
        for _ in range(number):
            start = T0 + 60 * len(self.values)
            found = bucket(start, block(["a"], [len(self.values)]), group="1d-UTC")
            self.values += [value for _, value in encode_bucket(found)]


class Reading:
    """A consumer of both."""

    def __init__(self, topics: Topics) -> None:
        self._topics, self._at = topics, 0

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    def assign(self, places: Sequence[TopicPartition]) -> None:
        pass

    async def beginning_offsets(
        self, places: Sequence[TopicPartition]
    ) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {place: len(self._topics.values) if place.topic == SERIES else 0 for place in places}

    def seek(self, place: TopicPartition, offset: int) -> None:
        if place.topic == SERIES:
            self._at = offset
            self._topics.seeks.append(offset)

    async def getmany(
        self, *places: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Record]]:
        await asyncio.sleep(0)
        values = self._topics.values[self._at : self._at + max_records]
        found = [Record(self._at + n, value) for n, value in enumerate(values)]
        self._at += len(found)
        return {places[0]: found} if found else {}


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> Topics:
    """Topics that the broker knows."""
    found = Topics()
    monkeypatch.setattr(follower_module, "origin_of", lambda *_: found.origin)
    monkeypatch.setattr(follower_module, "partition_count", lambda *_: 1)
    monkeypatch.setattr(follower_module, "_AGAIN_AFTER_S", 0.0)
    return found


def library() -> Library:
    """A library that asks nobody."""
    from streams.config.load import parse_config

    async def write(key: bytes, value: bytes) -> None:
        raise AssertionError

    return Library(parse_config(SETTINGS), Asking(write, 1, lambda: NOW))


def follower_of(topics: Topics, root: Path, into: Library) -> SeriesFollower:
    """What follows the topics."""
    return SeriesFollower(
        cast("Connection", None),
        lambda **_: cast("AIOKafkaConsumer", Reading(topics)),
        (SERIES, ALERTS),
        root,
        lambda folder: SeriesStore(folder, keep_s=1e9, most_bytes=1 << 30),
        into,
        lambda _: topics.free,
    )


def follow(
    topics: Topics, root: Path, *steps: Callable[[Library], object], into: Library | None = None
) -> Library:
    """Follow until each step, in its order, is so."""
    found = into or library()
    follower = follower_of(topics, root, found)

    async def run() -> None:
        task = asyncio.create_task(follower.run())
        for step in steps:
            while not step(found):
                assert not task.done()
                await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    return found


def rows(found: Library) -> list[float]:
    """Counts of the sender `a` in the store that is open."""
    if found.store is None:
        return []
    read = found.store.rows("1d-UTC", "sender", "a", -1e12, 1e12, 1000)
    return [row.entity.count for row in read]


def test_it_goes_on_where_it_was(topics: Topics, tmp_path: Path) -> None:
    """A record that cannot be read is passed over; nothing is read twice."""
    topics.close(3)
    follow(topics, tmp_path, lambda found: rows(found) == [1, 2, 3])
    topics.close(2)
    found = follow(topics, tmp_path, lambda found: rows(found) == [1, 2, 3, 4, 5])
    assert topics.seeks == [0, 4]
    assert found.problem is None or "closed" in str(found.problem)


def test_a_full_disk_is_said_and_what_is_there_is_shown(topics: Topics, tmp_path: Path) -> None:
    """It takes nothing more, answers from what it has, and goes on as soon as there is room."""
    topics.close(2)

    def fill(found: Library) -> bool:
        if rows(found) != [1, 2]:
            return False
        topics.free = LEAST_FREE_BYTES - 1
        topics.close(2)
        return True

    def is_said(found: Library) -> bool:
        return "must have 512 MB free" in (found.problem or "") and rows(found) == [1, 2]

    def free(_: Library) -> bool:
        topics.free = 1 << 40
        return True

    found = follow(topics, tmp_path, fill, is_said, free, lambda found: rows(found) == [1, 2, 3, 4])
    assert found.problem is None


def test_a_topic_that_was_made_anew_makes_the_store_anew(topics: Topics, tmp_path: Path) -> None:
    """What another topic held is shown no more."""
    topics.close(3)
    follow(topics, tmp_path, lambda found: rows(found) == [1, 2, 3])
    topics.values, topics.origin = [b"other rubbish"], Origin("c", "t2")
    topics.close(1)
    follow(topics, tmp_path, lambda found: rows(found) == [1])


def test_what_fails_is_tried_again(
    topics: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw ends neither serve nor the following."""
    topics.close(1)
    write = SeriesStore.write
    failures = [OSError(28, "No space left on device")] * 2

    def failing(self: SeriesStore, *given: Any) -> None:
        if failures:
            raise failures.pop()
        write(self, *given)

    monkeypatch.setattr(SeriesStore, "write", failing)
    follow(topics, tmp_path, lambda found: rows(found) == [1])
    assert failures == []


def test_how_long_it_stands_is_measured(
    topics: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it follows nothing adds up; on a full disk all time does, until there is room again."""
    clock = {"now_s": 1000.0}
    own_clock = SimpleNamespace(monotonic=lambda: clock["now_s"])  # the event loop has the real one
    monkeypatch.setattr(follower_module, "time", own_clock)
    found = library()
    follower = follower_of(topics, tmp_path, found)

    async def until(step: Callable[[], bool]) -> None:
        while not step():
            await asyncio.sleep(0.005)

    async def run() -> list[float]:
        task = asyncio.create_task(follower.run())
        topics.close(2)
        clock["now_s"] += 500.0
        await until(lambda: rows(found) == [1, 2] and follower.standing_s == 0.0)
        topics.free = LEAST_FREE_BYTES - 1
        topics.close(1)
        await until(lambda: "must have 512 MB free" in (found.problem or ""))
        clock["now_s"] += 300.0
        stood = [follower.standing_s]
        topics.free = 1 << 40
        await until(lambda: rows(found) == [1, 2, 3] and follower.standing_s == 0.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return stood

    assert asyncio.run(run()) == [300.0]
