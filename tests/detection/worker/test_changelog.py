"""Waiting for writes: one that the client gives up is an error with a sentence, no cancellation."""

from __future__ import annotations

import asyncio

import pytest

from streams.detection.worker.changelog import WriteDropped, arrivals


def test_what_arrives_comes_in_order() -> None:
    """The answers of all writes, in the order in which they were sent."""

    async def waits() -> list[int]:
        loop = asyncio.get_running_loop()
        sent = [loop.create_future() for _ in range(3)]
        for number in (2, 0, 1):
            sent[number].set_result(number)
        return await arrivals(sent)

    assert asyncio.run(waits()) == [0, 1, 2]


def test_a_write_that_the_client_drops_is_an_error() -> None:
    """A cancelled future must not look like a task that was told to end."""

    async def waits() -> None:
        dropped = asyncio.get_running_loop().create_future()
        dropped.cancel()
        await arrivals([dropped])

    with pytest.raises(WriteDropped, match="has dropped a write"):
        asyncio.run(waits())


def test_a_task_that_is_told_to_end_ends() -> None:
    """A rebalance cancels the task itself: this stays a cancellation."""

    async def waits() -> bool:
        task = asyncio.create_task(_wait_for_ever())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(waits())


async def _wait_for_ever() -> None:
    await arrivals([asyncio.get_running_loop().create_future()])
