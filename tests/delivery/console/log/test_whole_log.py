"""Slow downloads of the log keep nobody from its pages for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from streams.actions.action import encode_action
from streams.broker.client.connection import Connection
from streams.delivery.console.log import whole_log
from streams.delivery.console.log.whole_log import AT_ONCE, WholeLog
from streams.delivery.standing_records import TopicUnread
from tests.access.known import NOW
from tests.actions.examples import acknowledge


async def _standing(*_: Any) -> AsyncIterator[Any]:
    for number in range(1, 6):
        yield SimpleNamespace(
            value=encode_action(acknowledge(number)), timestamp=int(NOW.timestamp() * 1000)
        )


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> WholeLog:
    """A log of five actions."""
    monkeypatch.setattr(whole_log, "standing_records", _standing)
    return WholeLog(cast("Connection", None), "actions", {})


def test_who_finds_no_place_is_told_so(log: WholeLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """And has one as soon as a reader ends, also one that goes away in the middle."""
    monkeypatch.setattr(whole_log, "PLACE_WAIT_S", 0.01)

    async def read() -> None:
        slow = [log.actions() for _ in range(AT_ONCE)]
        for each in slow:
            await anext(each)
        with pytest.raises(TopicUnread, match="2 others read all of it now"):
            await anext(log.actions())
        await cast("Any", slow[0]).aclose()
        assert len([action async for action in log.actions()]) == 5

    asyncio.run(read())


def test_a_reader_that_takes_too_long_loses_its_place(
    log: WholeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However little it takes at a time."""
    monkeypatch.setattr(whole_log, "PLACE_WAIT_S", 0.01)
    monkeypatch.setattr(whole_log, "MOST_S", -1.0)

    async def read() -> None:
        for _ in range(AT_ONCE + 1):
            with pytest.raises(TopicUnread, match="must be read in"):
                await anext(log.actions())

    asyncio.run(read())
