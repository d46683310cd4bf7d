"""The watch's events reach a real receiver; one that refuses gives up soon and holds up nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator

import msgspec
import orjson
import pytest

from streams.config.load import parse_config
from streams.delivery.channels.webhook import Webhook
from streams.delivery.courier import Backoff
from streams.delivery.meters import ServeMetrics
from streams.delivery.monitor.event import FoundSymptom, heartbeat, symptom_began, symptom_ended
from streams.delivery.monitor.sender import ATTEMPTS, MOST_WAITING, EventSender
from streams.delivery.monitor.shared_look import SharedLook, shared_look
from streams.delivery.monitor.watch import MonitorWatch
from streams.health.status import BrokerState, Endpoint, Health, health_of
from streams.health.symptoms import Symptom
from tests.access.known import NOW
from tests.delivery.receivers import Receiver, receiver
from tests.health.exposed import NOW_S, endpoints

CONFIG = parse_config({"monitor": {"look_every": "0.01s", "heartbeat": "0s"}})
QUICK = Backoff(first_s=0.001, longest_s=0.002)


def well() -> Health:
    return health_of(CONFIG, endpoints(CONFIG), BrokerState(), NOW_S)


def without_detect() -> Health:
    ends = [
        Endpoint(one.at, one.expected, error="refused") if one.expected == "detect" else one
        for one in endpoints(CONFIG)
    ]
    return health_of(CONFIG, ends, BrokerState(), NOW_S)


def sender(name: str, url: str, metrics: ServeMetrics) -> EventSender:
    return EventSender(Webhook(name=name, url=url), metrics, backoff=QUICK)


def events(metrics: ServeMetrics, name: str, fate: str) -> float:
    found = metrics.registry.get_sample_value(
        "weathervane_monitor_events_total", {"receiver": name, "fate": fate}
    )
    return found or 0.0


def shared(look: Callable[[], Health]) -> SharedLook:
    return shared_look(CONFIG, look, lambda: NOW)


async def watched(watch: MonitorWatch, done: Callable[[], bool]) -> None:
    task = asyncio.create_task(watch.run())
    try:
        while not done():
            assert not task.done()
            await asyncio.sleep(0.002)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def ops() -> Iterator[Receiver]:
    """A receiver that accepts all but the first."""
    with receiver(503) as one:
        yield one


def of_detect(got: Receiver) -> list[str]:
    found = [orjson.loads(body) for body in got.accepted]
    return [one["type"] for one in found if one["subject"].startswith("detect at")]


def test_a_heartbeat_goes_to_who_waits_for_it_and_all_else_to_everybody(ops: Receiver) -> None:
    """By the event's own type, whatever a symptom says."""
    began = FoundSymptom(Symptom("rejects_rise", 'a "heartbeat"', "it", "look"), NOW)
    edges = [symptom_began("mall", began, NOW), symptom_ended("mall", began, NOW)]
    beat = heartbeat("mall", [began], NOW, 3600.0)

    async def sent_to(one: EventSender) -> None:
        task = asyncio.create_task(one.run())
        for event in (beat, *edges):
            one.offer(event)
        while len(ops.accepted) < expected:
            await asyncio.sleep(0.002)
        task.cancel()

    hook, metrics = Webhook(name="ops", url=ops.url), ServeMetrics()
    expected = 2
    asyncio.run(sent_to(EventSender(hook, metrics, heartbeats=False, backoff=QUICK)))
    assert ops.accepted == edges
    expected = 5
    asyncio.run(sent_to(EventSender(hook, metrics, backoff=QUICK)))
    assert ops.accepted[2:] == [beat, *edges]


def test_a_receiver_is_told_what_begins_and_ends(ops: Receiver) -> None:
    """Detect goes and comes back; one that refuses is given up, one that is not ours gets none."""
    metrics = ServeMetrics()
    with receiver(*[500] * 1000) as refusing, receiver() as others:
        posts = [
            (sender("ops", ops.url, metrics), lambda: True),
            (sender("refusing", refusing.url, metrics), lambda: True),
            (sender("others", others.url, metrics), lambda: False),
        ]

        def look() -> Health:
            return well() if len(of_detect(ops)) else without_detect()

        done = ["weathervane.monitor.symptom_began", "weathervane.monitor.symptom_ended"]

        def all_told() -> bool:
            # The receiver has it before its answer is read and counted.
            counted = events(metrics, "ops", "accepted") == len(ops.accepted)
            given_up = events(metrics, "refusing", "given_up") > 1
            return of_detect(ops) == done and counted and given_up

        asyncio.run(watched(MonitorWatch(CONFIG, shared(look), posts), all_told))
        assert len(ops.asked) == len(ops.accepted) + 1
        assert ops.asked[0] == ops.asked[1], "what is tried again is the same, with the same id"
        assert refusing.asked.count(refusing.asked[0]) == ATTEMPTS
        assert others.asked == []
    assert ops.content_types == {"application/cloudevents+json; charset=UTF-8"}


def test_missing_rights_are_said_once_and_are_no_symptom(
    ops: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the right to ask the broker, what the processes show is told all the same."""
    refused = {"broker_error": "not allowed", "broker_refused": True}
    posts = [(sender("ops", ops.url, ServeMetrics()), lambda: True)]
    looks = list[int]()

    def look() -> Health:
        looks.append(1)
        return msgspec.structs.replace(without_detect(), **refused)

    with caplog.at_level(logging.WARNING):
        watch = MonitorWatch(CONFIG, shared(look), posts)
        asyncio.run(watched(watch, lambda: len(looks) > 5 and bool(of_detect(ops))))
    assert [line for line in caplog.messages if "Least privilege" in line] == [
        line for line in caplog.messages if "not allowed" in line
    ]
    assert len([line for line in caplog.messages if "not allowed" in line]) == 1
    assert b"broker_away" not in b"".join(ops.accepted)


def test_a_look_that_fails_ends_nothing(ops: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody foresaw is said once, and the next looks go on."""
    looks = list[int]()

    def look() -> Health:
        looks.append(1)
        if len(looks) < 4:
            raise ZeroDivisionError
        return without_detect()

    posts = [(sender("ops", ops.url, ServeMetrics()), lambda: True)]
    asyncio.run(watched(MonitorWatch(CONFIG, shared(look), posts), lambda: bool(of_detect(ops))))
    assert len([line for line in caplog.messages if "ZeroDivisionError" in line]) == 1


def test_what_waits_is_bounded() -> None:
    """Where a receiver takes none, the oldest event gives way, and is counted."""
    metrics = ServeMetrics()
    one = sender("ops", "http://127.0.0.1:1/", metrics)
    for number in range(MOST_WAITING + 3):
        one.offer(b"%d" % number)
    assert events(metrics, "ops", "given_up") == 3
