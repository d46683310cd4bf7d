"""The topic of alerts in memory, and what stands where consumers of it would."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.delivery.api.revisions import Revisions

TOPIC = "weathervane.alerts"


class Record(NamedTuple):
    offset: int
    value: bytes
    timestamp: int


class AlertsTopic:
    """One partition: its records by offset. `begins` is the first one that is kept."""

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.begins, self.end, self.batch = 0, 0, 3
        self.seeks: list[int] = []
        self.answers = True
        self.stopped = 0

    def add(self, raw: bytes, written_s: float = 0.0) -> int:
        """Write a record, and return its offset."""
        self.records[self.end] = Record(self.end, raw, int(written_s * 1000))
        self.end += 1
        return self.end - 1

    def revisions(self, **options: Any) -> Revisions:
        """Return what reads it."""
        return Revisions(TOPIC, lambda **_: cast("AIOKafkaConsumer", Reading(self)), **options)


class Reading:
    """A consumer of the topic; it gives a few records at a time."""

    def __init__(self, topic: AlertsTopic) -> None:
        self._topic, self._at = topic, 0

    async def start(self) -> None:
        if not self._topic.answers:
            await asyncio.Event().wait()

    async def stop(self) -> None:
        self._topic.stopped += 1

    def assign(self, places: Sequence[TopicPartition]) -> None:
        (self._place,) = places

    async def beginning_offsets(self, _: object) -> dict[TopicPartition, int]:
        return {self._place: self._topic.begins}

    async def end_offsets(self, _: object) -> dict[TopicPartition, int]:
        return {self._place: self._topic.end}

    def seek(self, _: TopicPartition, offset: int) -> None:
        self._topic.seeks.append(offset)
        self._at = offset

    async def getmany(self, place: TopicPartition, **_: Any) -> dict[TopicPartition, list[Record]]:
        found = [one for at, one in sorted(self._topic.records.items()) if at >= self._at]
        given = found[: self._topic.batch]
        if given:
            self._at = given[-1].offset + 1
        return {place: given}
