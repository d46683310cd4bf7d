"""The whole way through a real Kafka: what comes out is what a replay of the same gives."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import Recipe
from streams.broker.topics.offsets import committed
from streams.broker.topics.plan import count_group
from streams.items import Send, Sender
from streams.sources.event_json import encode_event
from tests.integration.pipeline import Pipeline, pipeline

DEMO = """
name = "it"
timezone = "America/New_York"
[detect]
checkpoint_every = "1s"
shards = {shards}
[sources.ftc]
kind = "complaint"
format = "csv"
time = "day"
sender = "sender"
bucket = "1d"
daily = true
[sources.mail]
kind = "send"
format = "csv"
time = "epoch_s"
sender = "sender"
bucket = "1h"
lateness = "0s"
"""

SENDERS = 16
LIVE = """
name = "live"
timezone = "UTC"
[count]
bucket = "5s"
lateness = "1s"
idle_after = "2s"
[detect]
checkpoint_every = "1s"
min_count = 5
"""


def _produce(running: Pipeline, topic: str, values: list[bytes | None], partition: int = 0) -> None:
    producer = Producer(for_confluent(running.place))
    for value in values:
        producer.produce(topic, value, partition=partition)
    assert producer.flush() == 0


def test_kafka_and_replay_give_the_same_bytes_whatever_is_killed(
    apache: Recipe, tmp_path: Path, mail: Path, complaints: Path
) -> None:
    """Shipped recordings: count and detect killed with -9 on the way, and started again."""
    with pipeline(apache, tmp_path, DEMO.format(shards=1)) as running:
        running.start("count", "detect")
        running.ingest("mail", mail)
        time.sleep(1.0)
        running.kill("count")
        running.start("count")
        running.ingest("ftc", complaints)
        running.kill("detect")
        running.start("detect")
        running.wait(lambda: len(running.alerts()) > 20)
        running.kill("count")
        running.kill("detect")
        running.start("count", "detect")
        running.drain()
        live, replayed = running.firm(), running.replay(f"ftc={complaints}", f"mail={mail}")
        statuses = running.stop()
    assert len(live) > 20
    assert live == replayed
    assert set(statuses.values()) == {0}


def test_two_shards_judge_every_entity_once(apache: Recipe, tmp_path: Path, mail: Path) -> None:
    """With two workers, too, the alerts are those of a replay with two shards."""
    with pipeline(apache, tmp_path, DEMO.format(shards=2)) as running:
        running.start("count", "detect")
        running.start("detect", instance="two")
        running.ingest("mail", mail)
        running.drain()
        live, replayed = running.firm(), running.replay(f"mail={mail}")
    assert len(live) > 5
    assert live == replayed
    numbers = [json.loads(line)["data"]["feed_no"] for line in live]
    assert len(numbers) > len(set(numbers))  # each shard numbers its own


def test_garbage_is_rejected_and_stops_nobody(apache: Recipe, tmp_path: Path, mail: Path) -> None:
    """Poison in a raw topic, in counts and in alerts: each is passed over, none is lost."""
    with pipeline(apache, tmp_path, DEMO.format(shards=1)) as running:
        garbage: list[bytes | None] = [None, b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"v":1}']
        _produce(running, "mail", garbage)
        counts = running.config.topic("counts")
        running.start("count")
        # A group without positions beside records of counts would be one that was away for long.
        group = count_group(running.config)
        running.wait(lambda: bool(committed(running.place, group)), "count has begun")
        _produce(running, counts, garbage)
        running.start("detect")
        running.ingest("mail", mail)
        running.drain()
        rejects = _records(running, running.config.topic("rejects"))
        assert running.firm() == running.replay(f"mail={mail}")
    from_raw = [r for r in rejects if r["topic"] == "mail"]
    assert [r["offset"] for r in from_raw] == [0, 1, 2, 3, 4, 5]
    assert from_raw[0]["reason"] == "tombstone"
    from_counts = {r["offset"] for r in rejects if r["topic"] == counts}
    assert from_counts == {1, 2, 3, 4, 5}  # a tombstone in counts says nothing


def test_live_a_burst_alerts_early_and_silent_lanes_hold_nothing(
    apache: Recipe, tmp_path: Path
) -> None:
    """Events in one of four lanes: buckets close; a burst is told before its bucket has closed.

    On a busy machine an open bucket may close before it is looked at: then another sender bursts.
    """
    alerts_of: dict[str, list[dict[str, Any]]] = {}
    with pipeline(apache, tmp_path, LIVE) as running:
        running.start("count", "detect")
        began = time.time()
        while not (early := _confirmed_early(alerts_of)) and time.time() - began < 180:
            now = time.time()
            bursting = (now - began - 25) // 8 if (now - began - 25) % 8 < 3 else -1
            sends: list[bytes | None] = [
                _send(now, f"steady{n}", 400 if n == bursting else 2) for n in range(SENDERS)
            ]
            _produce(running, "sends", sends)
            alerts_of.clear()
            for event in map(json.loads, running.alerts()) if now - began > 25 else ():
                alerts_of.setdefault(event["subject"], []).append(event)
            time.sleep(0.5)
    assert early, "no early alert was confirmed"
    assert early[0]["id"].endswith(".0")
    assert early[0]["data"]["feed_no"] is None


def _confirmed_early(alerts_of: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the alerts of the first sender of which an early one was confirmed."""
    for subject in sorted(alerts_of):
        kinds = [event["type"].rpartition(".")[2] for event in alerts_of[subject][:2]]
        if subject.startswith("sender/") and kinds == ["early", "opened"]:
            return alerts_of[subject]
    return []


def _send(now: float, sender: str, count: int) -> bytes:
    return encode_event(
        Send(
            v=1,
            event_id=f"{sender}-{now}",
            event_time=dt.datetime.fromtimestamp(now, dt.UTC),
            channel="sms",
            sender=Sender(sender),
            source="test",
            count=count,
        )
    )


def _records(running: Pipeline, topic: str) -> list[dict[str, object]]:
    consumer = Consumer(
        {**for_confluent(running.place), "group.id": "reader", "enable.partition.eof": True}
    )
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        found: list[dict[str, object]] = []
        while True:
            message = consumer.poll()
            assert message is not None
            if message.error():
                return found
            found.append(json.loads(message.value() or b""))
    finally:
        consumer.close()


def test_the_stand_in_carries_the_same_way(noida: Recipe, tmp_path: Path, mail: Path) -> None:
    """Where there is no Java, the same file gives the same alerts."""
    with pipeline(noida, tmp_path, DEMO.format(shards=1)) as running:
        running.start("count", "detect")
        running.ingest("mail", mail)
        running.drain()
        assert running.firm() == running.replay(f"mail={mail}")
