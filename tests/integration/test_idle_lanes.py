"""A backlog in one lane while others have nothing: what is idle holds up no reading."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from confluent_kafka import Producer

from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import Recipe
from streams.broker.topics.offsets import remaining_work
from streams.items import Send, Sender
from streams.sources.event_json import encode_event
from tests.integration.pipeline import Pipeline, pipeline
from tests.waiting.clock import OwnClock

EVENTS = 60_000
WITHIN_S = 30.0
LIVE = """
name = "idle"
timezone = "UTC"
[count]
bucket = "60s"
lateness = "5s"
idle_after = "1s"
levels = ["all"]
[sources.many]
kind = "send"
partitions = 12
"""
START = 1_772_409_600


def test_a_backlog_is_read_at_full_speed_beside_idle_lanes(apache: Recipe, tmp_path: Path) -> None:
    """60,000 events of a day in one lane, 19 idle beside it: counted within 30 s, not minutes."""
    with pipeline(apache, tmp_path, LIVE) as running:
        running.start("count")
        # Lanes are idle only after a while; the backlog comes then.
        running.wait(lambda: (tmp_path / "count-one.log").read_text().count("counting ") > 0)
        time.sleep(2.0)
        _write(running)
        clock = OwnClock()
        # What the last bucket still holds open is not committed.
        running.wait(lambda: remaining_work(running.place, running.config)[0] < 100)
        took_s = clock.elapsed_s()
        assert running.stop() == {"count-one": 0}
    assert took_s < WITHIN_S


def _write(running: Pipeline) -> None:
    producer = Producer({**for_confluent(running.place), "queue.buffering.max.messages": EVENTS})
    for number in range(EVENTS):
        at = dt.datetime.fromtimestamp(START + number * 86_400 // EVENTS, dt.UTC)
        event = Send(1, str(number), at, "sms", Sender("steady"), "test")
        producer.produce("many", encode_event(event), partition=0)
    assert producer.flush() == 0
