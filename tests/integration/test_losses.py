"""What the broker no longer has is never skipped silently: counting and judging stop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from confluent_kafka import Producer
from kafka import TopicPartition

from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import Recipe
from streams.broker.topics.admin import admin
from streams.broker.topics.offsets import end_offsets
from streams.counts.wire import encode_counts
from streams.items import Counts
from streams.sources.event_json import encode_event
from tests.events_of import send
from tests.integration.pipeline import Pipeline, pipeline
from tests.integration.test_pipeline import DEMO, MAIL
from tests.waiting.programs import run


def _lose(on: Pipeline, topic: str, value: bytes) -> None:
    """Write five records that nobody reads in time, and one more."""
    producer = Producer(for_confluent(on.place))
    for _ in range(6):
        producer.produce(topic, value, partition=0)
    assert producer.flush() == 0
    end = end_offsets(on.place, [topic])[topic, 0]
    with admin(on.place) as client:
        client.delete_records({TopicPartition(topic, 0): end - 1})


def _run(on: Pipeline, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streams.cli.main", name, "--config", str(on.path)]
    place = ["--bootstrap", on.place.bootstrap, "--instance", "one"]
    return run([*command, *place])


def test_records_that_expired_stop_the_work(apache: Recipe, tmp_path: Path) -> None:
    """Status 1, and a line that says how many records are gone and what accepts that."""
    with pipeline(apache, tmp_path, DEMO.format(shards=1)) as on:
        on.start("count", "detect")
        on.ingest("mail", MAIL)
        on.drain()
        on.stop()
        _lose(on, "mail", encode_event(send(0)))
        _lose(on, on.config.topic("counts"), encode_counts(Counts("mail", 0, 4, 3600)))
        counting, judging = _run(on, "count"), _run(on, "detect")
    assert counting.returncode == 1
    assert "mail partition 0: counting must go on at offset" in counting.stderr
    assert "5 records are gone. Reset the group weathervane.it.count" in counting.stderr
    assert judging.returncode == 1
    assert "counts partition 0: detect must go on at offset" in judging.stderr
    assert "5 records are gone. Raise the retention of counts" in judging.stderr
