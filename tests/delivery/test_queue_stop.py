"""A queue that is told to stop: what is under way is ended, and nothing is sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from streams.delivery.channels.channel import Refusal, Send
from streams.delivery.courier import Backoff, Courier
from streams.delivery.meters import ServeMetrics
from streams.delivery.queue import DeliveryQueue
from tests.delivery.test_queue import ALERTS, QUICK, Consumer, Log, Scripted, Writer


def test_a_stop_waits_for_the_answer_under_way_and_commits_it() -> None:
    """What the receiver accepts after the stop began is not sent again after the next start."""
    asked, answer = asyncio.Event(), asyncio.Event()

    class Slow(Scripted):
        @asynccontextmanager
        async def open(self) -> AsyncIterator[Send]:
            async def send(alert: bytes) -> Refusal | None:
                asked.set()
                await answer.wait()
                return None

            yield send

    async def run(log: Log) -> None:
        receiver, metrics = Slow("ops", lambda _: None), ServeMetrics()
        courier = Courier(receiver, metrics, backoff=QUICK)
        consumer = partial(Consumer, log)
        queue = DeliveryQueue(receiver, "alerts", consumer, courier, Writer(log), metrics)
        task = asyncio.create_task(queue.run())
        await asked.wait()
        task.cancel()
        await asyncio.sleep(0)
        assert log.position == 0
        answer.set()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    log = Log(ALERTS[:2])
    asyncio.run(run(log))
    assert log.position == 1


def test_a_stop_ends_a_wait_at_once() -> None:
    """A receiver that refuses is not tried again, and the position stays before its alert."""

    async def run(log: Log) -> None:
        refused, tries = Refusal("503", "HTTP 503"), []

        def send(alert: bytes) -> Refusal:
            tries.append(alert)
            return refused

        receiver, metrics = Scripted("ops", send), ServeMetrics()
        courier = Courier(receiver, metrics, backoff=Backoff(first_s=1e6, longest_s=1e6))
        consumer = partial(Consumer, log)
        queue = DeliveryQueue(receiver, "alerts", consumer, courier, Writer(log), metrics)
        task = asyncio.create_task(queue.run())
        while not tries:
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert len(tries) == 1

    log = Log(ALERTS[:1])
    asyncio.run(run(log))
    assert log.position == 0
