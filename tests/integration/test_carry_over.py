"""Alerts and labels of an earlier version are carried over, each once, whatever ends it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.errors import TopicsError
from streams.broker.topics.carry_over import carry_over
from streams.broker.topics.ensure import ensure, existing
from streams.broker.topics.offsets import end_offsets
from streams.broker.topics.plan import TopicSpec, topic_plan
from streams.config.load import load_config
from streams.config.names import CARRIED_FROM, own_name
from tests.alerts.examples import numbered
from tests.delivery.receivers import receiver
from tests.integration.serving import Serve
from tests.waiting.progress import until

COMMAND = [sys.executable, "-m", "streams.cli.main", "carry-over"]
SHARDS = 2
MANY = 4000
DAY_AGO_MS = int(time.time() - 86400) * 1000


class Record(NamedTuple):
    """What a copy must keep."""

    key: bytes | None
    value: bytes | None
    written_ms: int
    headers: Sequence[tuple[str, object]]


def _write(place: Connection, topic: str, partition: int, values: Iterator[bytes]) -> None:
    producer = Producer({"bootstrap.servers": place.bootstrap, "linger.ms": 5})
    for number, value in enumerate(values):
        producer.produce(
            topic, value, b"k%d" % (number % 7), partition,
            timestamp=DAY_AGO_MS + number, headers=[("content-type", b"x")],
        )  # fmt: skip
    assert producer.flush(60) == 0


def _read(place: Connection, topic: str, partitions: int = SHARDS) -> list[list[Record]]:
    """What a topic holds, by partition, without the header that says what a copy is of."""
    found: list[list[Record]] = [[] for _ in range(partitions)]
    consumer = Consumer({"bootstrap.servers": place.bootstrap, "group.id": "reader"})
    try:
        for (_, partition), end in sorted(end_offsets(place, [topic]).items()):
            consumer.assign([TopicPartition(topic, partition, 0)])
            while len(found[partition]) < end:
                message = consumer.poll(30)
                assert message is not None
                assert message.error() is None
                given: Any = message.headers() or []
                headers = [pair for pair in given if pair[0] != CARRIED_FROM]
                found[partition].append(
                    Record(message.key(), message.value(), message.timestamp()[1], headers)
                )
    finally:
        consumer.close()
    return found


@pytest.fixture
def names(kafka: str, tmp_path: Path) -> tuple[Connection, str, str]:
    """A broker, and two topics of the test's own: one that is full, one for the copies."""
    place = Connection(kafka)
    old, new = f"old-{tmp_path.name}", own_name(tmp_path.name, "alerts")
    reports = ensure(place, [TopicSpec(name, SHARDS) for name in (old, new)])
    assert all(report.status == "created" for report in reports)
    return place, old, new


class Ended(Exception):
    """Stands for whatever ends the command."""


def test_a_run_that_was_ended_goes_on(names: tuple[Connection, str, str]) -> None:
    """Ended at any record, again and again: in the end each record is there once, in order."""
    place, old, new = names
    for partition in range(SHARDS):
        _write(place, old, partition, (b"%d/%d" % (partition, n) for n in range(300)))

    def end_at(copied: int) -> None:
        if copied in (1, 137):
            raise Ended

    for _ in range(2):
        with pytest.raises(Ended):
            carry_over(place, {old: new}, {}, end_at)
    (done,) = carry_over(place, {old: new}, {})
    assert done.copied + done.before == 2 * 300
    assert _read(place, new) == _read(place, old)
    (again,) = carry_over(place, {old: new}, {})
    assert (again.copied, again.before) == (0, 2 * 300)


def test_what_is_no_copy_stops_it(names: tuple[Connection, str, str]) -> None:
    """A monitor that has started already: nothing is mixed with what it has written."""
    place, old, new = names
    _write(place, old, 0, iter([b"1", b"2"]))
    _write(place, new, 0, iter([b"own"]))
    with pytest.raises(TopicsError, match="found a record that is no copy at offset 0"):
        carry_over(place, {old: new}, {})
    assert sum(end_offsets(place, [new]).values()) == 1


def test_the_numbers_of_partitions_must_agree(names: tuple[Connection, str, str]) -> None:
    """And a topic for the copies must be there; one that never was is left out."""
    place, old, new = names
    one = f"{new}-one"
    ensure(place, [TopicSpec(one, 1)])
    with pytest.raises(TopicsError, match=r"as many partitions as .*, which has 2; found 1"):
        carry_over(place, {old: one}, {})
    with pytest.raises(TopicsError, match="`weathervane topics` creates it"):
        carry_over(place, {old: f"{new}-none"}, {})
    assert carry_over(place, {f"{old}-none": new}, {}) == []


def test_the_command_killed_and_run_again(kafka: str, tmp_path: Path) -> None:
    """Killed midway and run again it has copied all, and the webhook goes on where it was.

    The regulator's feed does not take the copies: its numbers begin anew with the state.
    """
    place, name = Connection(kafka), tmp_path.name
    old = ["alerts", "labels"]
    ensure(place, [TopicSpec(topic, 1) for topic in old])
    assert set(existing(place, old)) == {*old}
    _write(place, "alerts", 0, (numbered(n) for n in range(1, MANY + 1)))
    _write(place, "labels", 0, iter([b"a", b"b"]))
    was = Consumer(
        {"bootstrap.servers": kafka, "group.id": f"weathervane-webhook-{name}-ops",
         "enable.auto.commit": False}
    )  # fmt: skip
    was.commit(offsets=[TopicPartition("alerts", 0, MANY - 2)], asynchronous=False)
    was.close()
    with receiver() as ops:
        serve = Serve(kafka, tmp_path, hooks=[("ops", ops.url)])
        path = serve.config
        config = load_config(path, must_exist=True, environ={})
        ensure(place, topic_plan(config))
        command = [*COMMAND, "--config", str(path)]
        alerts = config.topic("alerts")
        killed = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while killed.poll() is None and not end_offsets(place, [alerts])[alerts, 0]:
            pass
        killed.kill()
        killed.wait()
        for _ in range(2):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert f"0 records of alerts copied to {alerts}; {MANY:,} were copied before" in done.stdout
        for topic in old:
            new = config.topic("alerts" if topic == "alerts" else "labels")
            assert _read(place, new, 1) == _read(place, topic, 1)
        _write(place, alerts, 0, iter([numbered(1, alert_id="f" * 16)]))
        with serve.running():
            until(lambda: len(ops.accepted) == 3)
            assert serve.numbers() == [1]
    assert ops.accepted[:2] == [numbered(MANY - 1), numbered(MANY)]
