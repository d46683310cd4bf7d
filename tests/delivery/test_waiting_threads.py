"""A name that is looked up for ever takes no thread from others, and holds up no stop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from streams.delivery.waiting_threads import WaitingThreads


def test_many_stuck_calls_hold_up_no_other() -> None:
    """A hundred calls do not come back: the next one does, and the program ends."""
    stuck = threading.Event()

    async def run() -> str:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(WaitingThreads())
        calls = [asyncio.create_task(asyncio.to_thread(stuck.wait)) for _ in range(100)]
        while sum(thread.name == "waiting" for thread in threading.enumerate()) < 100:
            await asyncio.sleep(0.001)
        found = await asyncio.to_thread(str, "answer")
        for call in calls:
            call.cancel()
        return found

    try:
        # Without a thread that is left alone this would never return.
        assert asyncio.run(run()) == "answer"
        assert not stuck.is_set()
    finally:
        stuck.set()


def test_results_and_errors_come_back() -> None:
    """As of any executor; a call that was cancelled before it began is not made."""

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(WaitingThreads())
        assert await asyncio.to_thread(int, "12") == 12
        with pytest.raises(ValueError, match="invalid literal"):
            await asyncio.to_thread(int, "x")

    asyncio.run(run())
