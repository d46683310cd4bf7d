"""A receiver's queue goes on whatever happens: each alert is accepted, or undelivered, in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, NoOffsetForPartitionError

from streams.delivery.channels.channel import Refusal, Send
from streams.delivery.channels.webhook import Webhook
from streams.delivery.courier import Backoff, Courier
from streams.delivery.meters import ServeMetrics
from streams.delivery.queue import DeliveryQueue
from streams.delivery.topic_writer import NotWritten
from streams.delivery.undelivered.record import Redelivered, Undelivered
from streams.delivery.undelivered.writer import UndeliveredWriter
from tests.alerts.examples import numbered, raw
from tests.delivery.poison import POISONS, SECRET, poison_receiver

PLACE = TopicPartition("alerts", 0)
QUICK = Backoff(first_s=0.001, longest_s=0.002)
WITHOUT_END = [kind for kind in POISONS if not kind.startswith(("slow", "endless"))]
"""Answers that are over soon."""


@dataclass
class Log:
    """The topic, the group's position and the topic of what is undelivered, in memory."""

    alerts: list[bytes]
    age_s: float = 0.0
    position: int = 0
    undelivered: list[Undelivered] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    """Each is raised once by the next read."""
    began: bool = True
    """Whether there is a position."""
    refusals: int = 0
    """How often the broker will not take an undelivered alert."""

    def done(self) -> bool:
        return self.position == len(self.alerts)


class Consumer:
    """Reads the log as aiokafka's consumer would."""

    def __init__(self, log: Log) -> None:
        self._log, self._next = log, log.position

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def subscribe(self, topics: list[str], listener: object) -> None: ...

    async def beginning_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, len(self._log.alerts))

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._next = offset

    async def getmany(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(0.001)
        if not self._log.began:
            raise NoOffsetForPartitionError(PLACE)
        if self._log.faults:
            raise self._log.faults.pop()
        first, self._next = self._next, len(self._log.alerts)
        stamp = int(1000 * (time.time() - self._log.age_s))
        return {
            PLACE: [
                SimpleNamespace(
                    value=alert, offset=offset, topic="alerts", partition=0, timestamp=stamp
                )
                for offset, alert in enumerate(self._log.alerts[first:], first)
            ]
        }

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        if self._log.began:
            assert offsets[PLACE] == self._log.position + 1
        self._log.began = True
        self._log.position = offsets[PLACE]


class Writer(UndeliveredWriter):
    """Takes undelivered alerts, and refuses some."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def write(self, record: Undelivered | Redelivered) -> None:
        assert isinstance(record, Undelivered)
        if self._log.refusals:
            self._log.refusals -= 1
            raise NotWritten("the broker is away")
        self._log.undelivered.append(record)


@dataclass
class Scripted:
    """A channel whose sending is a function."""

    kind: ClassVar[str] = "scripted"
    name: str
    send: Callable[[bytes], Refusal | None]
    give_up_after: float = 86400.0
    begin: Literal["oldest", "newest"] = "oldest"
    monitor: bool = False
    broken_openings: int = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Send]:
        if self.broken_openings:
            self.broken_openings -= 1
            raise RuntimeError("no connection with the token")

        async def send(alert: bytes) -> Refusal | None:
            return self.send(alert)

        yield send


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.delivery.queue._RESTART_AFTER_S", 0.001)
    monkeypatch.setattr("streams.delivery.courier.TRIED_AT_LEAST_S", 0.02)


def deliver(receiver: Any, log: Log) -> ServeMetrics:
    """Let a queue run until the log is done."""
    metrics = ServeMetrics()

    async def run() -> None:
        courier = Courier(receiver, metrics, backoff=QUICK)
        consumer, writer = partial(Consumer, log), Writer(log)
        queue = DeliveryQueue(receiver, "alerts", consumer, courier, writer, metrics)
        task = asyncio.create_task(queue.run())
        while not log.done():
            assert not task.done(), task.exception()
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    return metrics


def count(metrics: ServeMetrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(f"weathervane_webhook_{name}_total", labels) or 0.0


ALERTS = [numbered(number) for number in range(1, 13)]
MIXED = [*ALERTS[:4], raw(alert_id="e" * 16, event="early", revision=0, feed_no=None), b"\xff{"]


@pytest.mark.parametrize("seed", range(4))
def test_a_poison_receiver_gets_each_alert_or_it_is_undelivered(seed: int) -> None:
    """Hostile answers of any kind: nothing is lost, nothing stops, each has its reason."""
    chance = Random(seed)
    kinds = chance.sample(WITHOUT_END, 6)
    log = Log(MIXED * 2, age_s=1e6)
    with poison_receiver(*kinds, seed=seed) as ops:
        hook = Webhook.model_validate(
            {"name": "ops", "url": ops.url, "timeout": "60s", "give_up_after": "1s"}
        )
        metrics = deliver(hook, log)
    lost = [record.payload for record in log.undelivered]
    got = [alert for alert in log.alerts if alert in set(ops.accepted)]
    assert set(lost) | set(got) == set(log.alerts)
    assert count(metrics, "given_up_alerts", receiver="ops") == len(lost)
    settled = sum(
        count(metrics, name, receiver="ops") for name in ("deliveries", "repeats_dropped")
    )
    assert settled == len(log.alerts) - len(lost)
    for record in log.undelivered:
        assert record.reason
        assert SECRET not in record.detail
        assert log.alerts[record.offset] == record.payload


def test_one_alert_that_is_rejected_for_ever_holds_up_no_other() -> None:
    """403 for one: when it is old enough it is given up, and the queue goes on, in order."""
    log = Log(ALERTS, age_s=1e6)
    with poison_receiver() as ops:
        ops.rejects = lambda alert: alert in ALERTS[3:5]
        hook = Webhook.model_validate({"name": "ops", "url": ops.url})
        metrics = deliver(hook, log)
    assert ops.accepted == [*ALERTS[:3], *ALERTS[5:]]
    assert [record.payload for record in log.undelivered] == ALERTS[3:5]
    assert {record.detail for record in log.undelivered} == {"HTTP 403 Forbidden"}
    assert log.undelivered[0].alert == f"{4:016x}.1"
    assert count(metrics, "given_up_alerts", receiver="ops") == 2


def test_a_named_status_gives_up_at_once() -> None:
    """An alert of this moment is given up after one attempt; another status is not."""
    log = Log(ALERTS)
    with poison_receiver() as ops:
        ops.rejects = lambda alert: alert == ALERTS[0]
        hook = Webhook.model_validate({"name": "ops", "url": ops.url, "give_up_on": [403, 413]})
        deliver(hook, log)
    assert [(one.reason, one.attempts) for one in log.undelivered] == [("403", 1)]
    assert ops.accepted == ALERTS[1:]


def test_a_receiver_cannot_put_off_the_giving_up() -> None:
    """It asks for an hour; the alert is given up when it is old, and not an hour later."""
    busy = Refusal("503", "HTTP 503", retry_after_s=3600.0, answered=True)
    log = Log(ALERTS[:1], age_s=1e7)
    deliver(Scripted("ops", lambda _: busy), log)
    assert [(one.reason, one.attempts) for one in log.undelivered] == [("503", 2)]


def test_an_old_alert_is_tried_for_a_while_too() -> None:
    """After an outage of serve all alerts are old; a receiver that stumbles loses none."""
    stumbles = iter([Refusal("503", "HTTP 503"), Refusal("503", "HTTP 503")])
    log = Log(ALERTS[:1], age_s=1e7)
    deliver(Scripted("ops", lambda _: next(stumbles, None)), log)
    assert log.undelivered == []


def test_an_unforeseen_error_is_counted_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever sending, opening or reading raises: it ends nothing, and its text is not shown."""
    raised = iter([ValueError("token"), MemoryError(), asyncio.CancelledError(), None] * 12)

    def send(_: bytes) -> None:
        error = next(raised)
        if error is not None:
            raise error

    log = Log(ALERTS, faults=[KeyError("token"), KafkaConnectionError(), RecursionError()])
    metrics = deliver(Scripted("ops", send, broken_openings=2), log)
    assert log.undelivered == []
    for error, times in {
        "ValueError": 12, "MemoryError": 12, "CancelledError": 12, "KeyError": 1,
        "RecursionError": 1, "RuntimeError": 2,
    }.items():  # fmt: skip
        assert count(metrics, "unforeseen_errors", receiver="ops", error=error) == times
    assert count(metrics, "failures", receiver="ops", reason="ValueError") == 12
    assert "token" not in caplog.text


def test_what_cannot_be_called_holds_up_only_itself() -> None:
    """An address that passed the check and still cannot be called is a refusal by kind."""
    hook = Webhook.model_construct(
        name="ops", url="http://xn--\xff:99999/", timeout=1.0, give_up_after=0.01, give_up_on=[]
    )
    log = Log(ALERTS[:2], age_s=1e6)
    deliver(hook, log)
    assert len(log.undelivered) == 2


def test_an_alert_that_cannot_be_given_up_stays_in_the_queue() -> None:
    """While the topic undelivered takes nothing, the position does not move past the alert."""
    log = Log(ALERTS[:2], age_s=1e6, refusals=3)
    refused = Refusal("403", "HTTP 403 Forbidden", answered=True, final=True)
    deliver(Scripted("ops", lambda alert: refused if alert == ALERTS[0] else None), log)
    assert [record.payload for record in log.undelivered] == ALERTS[:1]
    assert log.refusals == 0


def test_what_is_published_again_is_not_sent_again() -> None:
    """Before a restart of serve or after it: a repeat is known by its id, and counted."""
    sent: list[bytes] = []
    receiver = Scripted("ops", sent.append)
    log = Log(ALERTS[:3] + ALERTS[1:3])
    metrics = deliver(receiver, log)
    assert sent == ALERTS[:3]
    assert count(metrics, "repeats_dropped", receiver="ops") == 2
    log.alerts += [*ALERTS[:2], ALERTS[3]]
    metrics = deliver(receiver, log)
    assert sent == ALERTS[:4]
    assert count(metrics, "repeats_dropped", receiver="ops") == 2


@pytest.mark.parametrize(("begin", "expected"), [("oldest", ALERTS[:3]), ("newest", [])])
def test_a_queue_without_a_position_begins_as_configured_and_says_so(
    begin: Literal["oldest", "newest"], expected: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """It is stored at once, and the log says what it means: a first start, or one that expired."""
    sent: list[bytes] = []
    log = Log(ALERTS[:3], began=False)
    deliver(Scripted("ops", sent.append, begin=begin), log)
    assert sent == expected
    assert "no position is stored in partition 0 of alerts" in caplog.text
    assert "As its key `begin` says" in caplog.text
