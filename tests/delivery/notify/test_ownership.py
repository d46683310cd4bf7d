"""Who sends is known to a broker that allows no short session, too."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import InvalidSessionTimeoutError

from streams.delivery.notify.ownership import QUICK_SESSION, Ownership


class Consumer:
    """Is refused by the group as aiokafka says it, where its session is short."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings

    async def start(self) -> None:
        """Connects."""

    def subscribe(self, topics: list[str], listener: object) -> None:
        assert topics == ["notifications"]

    async def getmany(self, timeout_ms: int) -> dict[str, Any]:
        assert timeout_ms > 0
        if self._settings:
            raise InvalidSessionTimeoutError
        await asyncio.sleep(3600)
        return {}

    async def stop(self) -> None:
        """Disconnects."""


def test_a_broker_that_allows_no_short_session_is_asked_with_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once, and not each few seconds for ever."""
    monkeypatch.setattr("streams.delivery.notify.ownership._RESTART_AFTER_S", 0.001)
    made: list[dict[str, Any]] = []

    def new_consumer(**settings: Any) -> AIOKafkaConsumer:
        made.append(settings)
        return cast("AIOKafkaConsumer", Consumer(settings))

    async def lose() -> None:
        """Nothing was gained."""

    async def belong() -> None:
        owner = Ownership(new_consumer, "notifications", lambda: None, lose)
        task = asyncio.create_task(owner.run())
        while len(made) < 2:
            assert not task.done()
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(belong(), 10))
    assert made == [dict(QUICK_SESSION), {}]
