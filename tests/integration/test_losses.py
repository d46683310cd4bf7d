"""What the broker no longer has is never skipped silently: counting and judging stop."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from kafka import TopicPartition

from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import Recipe
from streams.broker.topics.admin import admin
from streams.broker.topics.offsets import committed, end_offsets
from streams.broker.topics.plan import count_group, detect_group
from streams.counts.wire import encode_counts
from streams.items import Counts
from streams.sources.event_json import encode_event
from tests.events_of import send
from tests.integration.pipeline import Pipeline, pipeline
from tests.integration.test_pipeline import DEMO
from tests.launch.launch import COMMAND, start
from tests.waiting.programs import run

pytestmark = pytest.mark.timeout(3000)


def _lose(on: Pipeline, topic: str, value: bytes) -> None:
    """Write five records that nobody reads in time, and one more."""
    producer = Producer(for_confluent(on.place))
    for _ in range(6):
        producer.produce(topic, value, partition=0)
    assert producer.flush() == 0
    end = end_offsets(on.place, [topic])[topic, 0]
    with admin(on.place) as client:
        client.delete_records({TopicPartition(topic, 0): end - 1})


def _forget_positions(on: Pipeline, group: str) -> None:
    """Do as the broker does when a group has been away for too long."""
    client = AdminClient(for_confluent(on.place))

    def forgotten() -> bool:
        try:  # while a member's session has not run out the group is not empty
            client.delete_consumer_groups([group])[group].result()
        except KafkaException:
            return False
        return True

    on.wait(forgotten)
    assert committed(on.place, group) == {}


def _run(on: Pipeline, name: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, name, "--config", str(on.path)]
    place = ["--bootstrap", on.place.bootstrap, "--instance", "one"]
    return run([*command, *place], start=start)


def test_records_that_expired_stop_the_work(apache: Recipe, tmp_path: Path, mail: Path) -> None:
    """Status 1, and a line that says how many records are gone and what accepts that."""
    with pipeline(apache, tmp_path, DEMO.format(shards=1)) as on:
        on.start("count", "detect")
        on.ingest("mail", mail)
        on.drain()
        on.stop()
        _lose(on, "mail", encode_event(send(0)))
        _lose(on, on.config.topic("counts"), encode_counts(Counts("mail", 0, 4, 3600)))
        counting, judging = _run(on, "count"), _run(on, "detect")
    assert counting.returncode == 1
    assert "mail partition 0: counting must go on at offset" in counting.stderr
    assert "5 records are gone. To accept that, go on once with" in counting.stderr
    assert "`weathervane count --begin oldest`" in counting.stderr
    assert judging.returncode == 1
    assert "counts partition 0: detect must go on at offset" in judging.stderr
    assert "5 records are gone. Raise the retention of counts" in judging.stderr


def test_positions_that_expired_never_mean_oldest_or_newest(
    apache: Recipe, tmp_path: Path, mail: Path
) -> None:
    """A sentence ends count, which goes on as it is told once; detect has its place stored."""
    with pipeline(apache, tmp_path, DEMO.format(shards=1)) as on:
        on.start("count", "detect")
        on.ingest("mail", mail)
        on.drain()
        on.stop()
        alerts, read = on.alerts(), committed(on.place, count_group(on.config))
        for group in (count_group, detect_group):
            _forget_positions(on, group(on.config))
        refused = _run(on, "count")
        assert committed(on.place, count_group(on.config)) == {}
        on.start("count", options=["--begin", "oldest"])
        on.start("detect")
        on.drain()
        on.stop()
        assert committed(on.place, count_group(on.config)) == read, "what was counted is read again"
        log = tmp_path / "count-one.log"
        begun = log.read_text().count("mail/0, mail/1")
        on.start("count")  # no option any more
        on.wait(lambda: log.read_text().count("mail/0, mail/1") > begun, "it counts")
        on.drain()
        assert set(on.stop().values()) == {0}
        again = on.alerts()
    assert refused.returncode == 1
    assert "its positions must be stored, since" in refused.stderr
    assert "`weathervane count --begin oldest`" in refused.stderr
    assert again == alerts
    assert "there is no position to go on at; counting begins with the oldest record" in (
        log.read_text()
    )


def test_counts_that_go_before_the_first_checkpoint_stop_detect(
    apache: Recipe, tmp_path: Path, mail: Path
) -> None:
    """Killed before a checkpoint was due, it knows where it began, and takes no other place."""
    text = DEMO.format(shards=1).replace('"1s"', '"1h"')
    with pipeline(apache, tmp_path, text) as on:
        on.start("count", "detect")
        on.ingest("mail", mail)
        on.wait(lambda: bool(on.alerts()))
        on.kill("detect")
        assert not any(committed(on.place, detect_group(on.config)).values())
        on.kill("count")
        _lose(on, on.config.topic("counts"), encode_counts(Counts("mail", 0, 4, 3600)))
        judging = _run(on, "detect")
    assert judging.returncode == 1
    assert "counts partition 0: detect must go on at offset 0; the first record" in judging.stderr
