"""SIGTERM under load, and what a restart says: no event lost, none counted twice."""

from __future__ import annotations

import datetime as dt
import json
import threading
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition

from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import Recipe
from streams.broker.topics.plan import count_group
from streams.counts.mark import decode_mark
from streams.counts.wire import decode_counts
from streams.items import Send, Sender
from streams.sources.event_json import encode_event
from tests.integration.pipeline import Pipeline, pipeline
from tests.waiting.clock import OwnClock

LIVE = """
name = "stopping"
timezone = "UTC"
[count]
bucket = "60s"
lateness = "5s"
levels = ["all"]
"""
WITHIN_S = 5.0
EVENTS_A_SECOND = 2000
LANES = 2
MINUTE = 1_772_409_600


def test_sigterm_commits_all_that_was_read_and_a_restart_says_what_it_recounts(
    apache: Recipe, tmp_path: Path
) -> None:
    """At 2,000 events a second: status 0 within 5 s, all that was read committed, none lost."""
    with pipeline(apache, tmp_path, LIVE) as running:
        load = _Load(running)
        with load:
            running.start("count")
            running.wait(lambda: load.events > 10 * EVENTS_A_SECOND)
            clock = OwnClock()
            assert running.stop() == {"count-one": 0}
            took_s = clock.elapsed_s()
            again = _recounted(running)
            running.start("count")
            running.wait(lambda: len(_printed(tmp_path, "counting ")) == 2)
        load.close_the_minute()
        running.wait(lambda: _counted(running) >= load.events)
        assert _counted(running) == load.events
        assert set(running.stop().values()) == {0}
    assert took_s < WITHIN_S
    # The minute is open all the time: what had been read of it is what is read again.
    assert EVENTS_A_SECOND < again <= load.events
    recount = f"a start recounts the {again} records of open buckets"
    assert recount in _printed(tmp_path, "stopped: all that was read is counted and committed")[0]
    first, second = _printed(tmp_path, "counting ")
    assert first.endswith("; 0 records of open buckets were read before and are recounted")
    assert second.endswith(f"; {again} records of open buckets were read before and are recounted")


class _Load:
    """Writes events of one minute to two lanes, at a steady pace, until left."""

    def __init__(self, running: Pipeline) -> None:
        self.events = 0
        self._producer = Producer(for_confluent(running.place))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert self._producer.flush() == 0

    def close_the_minute(self) -> None:
        """An event of a later minute in each lane: what follows is not held, it is near."""
        for lane in range(LANES):
            self._producer.produce("sends", _send("later", MINUTE + 90), partition=lane)
        assert self._producer.flush() == 0

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            for number in range(self.events, self.events + EVENTS_A_SECOND // 20):
                event = _send(str(number), MINUTE + number % 60)
                self._producer.produce("sends", event, partition=number % LANES)
            self.events += EVENTS_A_SECOND // 20
            self._producer.poll(0)


def _send(name: str, time_s: float) -> bytes:
    return encode_event(
        Send(
            v=1,
            event_id=name,
            event_time=dt.datetime.fromtimestamp(time_s, dt.UTC),
            channel="sms",
            sender=Sender("steady"),
            source="test",
            count=1,
        )
    )


def _recounted(running: Pipeline) -> int:
    """Records between what is committed and what had been read, by the commits themselves."""
    group = {**for_confluent(running.place), "group.id": count_group(running.config)}
    consumer = Consumer(group)
    try:
        places = consumer.committed([TopicPartition("sends", lane) for lane in range(LANES)], 30)
    finally:
        consumer.close()
    marks = [decode_mark(place.offset, place.metadata) for place in places]
    return sum(mark.read - mark.offset for mark in marks)


def _counted(running: Pipeline) -> int:
    """Events of the minute by the topic counts: the largest total of each lane, added."""
    consumer = Consumer(
        {**for_confluent(running.place), "group.id": "reader", "enable.partition.eof": True}
    )
    largest: dict[int, int] = {}
    try:
        consumer.assign([TopicPartition(running.config.topic("counts"), 0, 0)])
        while True:
            message = consumer.poll()
            assert message is not None
            if message.error():
                return sum(largest.values())
            counts = decode_counts(message.value() or b"")
            for total in counts.totals:
                if total.bucket == MINUTE:
                    largest[counts.lane] = max(total.count, largest.get(counts.lane, 0))
    finally:
        consumer.close()


def _printed(folder: Path, beginning: str) -> list[str]:
    """Lines of the counter's log that begin so."""
    lines = (folder / "count-one.log").read_text("utf-8").splitlines()
    messages = [json.loads(line)["message"] for line in lines if line.startswith("{")]
    return [message for message in messages if message.startswith(beginning)]
