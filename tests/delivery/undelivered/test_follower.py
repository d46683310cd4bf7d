"""The topic is followed whatever happens: after any error it is read anew."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import Gauge

from streams.delivery.undelivered.follower import UndeliveredCount, follow
from streams.delivery.undelivered.record import encode_record
from tests.alerts.examples import numbered
from tests.delivery.undelivered.test_record import lost

PLACE = TopicPartition("undelivered", 0)


class Consumer:
    """Gives two records; then, and when it stops, it fails if it is to."""

    def __init__(self, fails: bool) -> None:
        self._fails, self._reads = fails, 0

    async def start(self) -> None: ...

    def assign(self, places: list[TopicPartition]) -> None:
        assert places == [PLACE]

    async def seek_to_beginning(self, *places: TopicPartition) -> None: ...

    async def getmany(self, **_: int) -> dict[TopicPartition, list[Any]]:
        self._reads += 1
        await asyncio.sleep(0)
        if self._reads > 1 and self._fails:
            raise KeyError
        if self._reads > 1:
            await asyncio.sleep(0.001)
            return {}
        values = [encode_record(lost(numbered(number))) for number in (1, 2)]
        return {PLACE: [SimpleNamespace(value=value) for value in values]}

    async def stop(self) -> None:
        if self._fails:
            raise RuntimeError


def test_errors_end_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A consumer that cannot be made, reading that fails, stopping that fails."""
    monkeypatch.setattr("streams.delivery.undelivered.follower._RESTART_AFTER_S", 0.001)
    gauge = Gauge("undelivered", "", ["receiver"], registry=None)
    made = iter([None, Consumer(fails=True), Consumer(fails=True), Consumer(fails=False)])
    lasting: list[Consumer] = []

    def new_consumer() -> Consumer:
        consumer = next(made)
        if consumer is None:
            raise ValueError
        lasting.append(consumer)
        return consumer

    async def run() -> None:
        count = UndeliveredCount({"ops": gauge})
        task = asyncio.create_task(follow(new_consumer, [PLACE], count))
        while len(lasting) < 3 or lasting[-1]._reads < 3:
            assert not task.done()
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert gauge.labels("ops")._value.get() == 2
