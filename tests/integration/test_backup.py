"""All that a monitor keeps on Kafka is lost and brought back: it goes on as if nothing had been."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient

from streams.alerts.label import encode_label, make_label
from streams.backup.backup import as_stored, backup
from streams.backup.contents import (
    BackupUnusable,
    Contents,
    StoredPartition,
    StoredPosition,
    StoredRecord,
    read_contents,
    write_records,
)
from streams.backup.restore import restore
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.topics.ensure import existing
from streams.broker.topics.offsets import committed, end_offsets
from streams.broker.topics.plan import (
    changelog_topic,
    count_group,
    detect_group,
    registry_group,
    topic_plan,
)
from streams.broker.topics.records import read_records
from streams.delivery.channels.table import group_id
from streams.registry.sequencing import folded
from streams.registry.topic_rows import TopicRow
from streams.sources.event_json import encode_event
from tests.events_of import send
from tests.integration.pipeline import Pipeline
from tests.waiting.progress import until

TEXT = """
name = "{name}"
timezone = "UTC"
[count]
bucket = "60s"
lateness = "0s"
levels = ["sender", "all"]
[detect]
checkpoint_every = "1s"
budget_per_day = 500.0
min_count = 5
[sources.events]
kind = "send"
topic = "events-{name}"
[[webhooks]]
name = "ops"
url = "http://127.0.0.1:9/"
"""
HALF, WHOLE = 60, 120
BURSTS = {(3, 40), (3, 41), (5, 58), (5, 59), (5, 60), (5, 61), (7, 100)}


def _events(path: Path, begin: int, stop: int) -> Path:
    """Twenty quiet senders, and bursts: one of them is under way in the middle."""
    chance = random.Random(begin)
    lines = [
        encode_event(send(60 * minute + sender, f"s{sender}", event_id=f"{minute}-{sender}-{n}"))
        for minute in range(begin, stop)
        for sender in range(20)
        for n in range(chance.randrange(3) + 60 * ((sender, minute) in BURSTS))
    ]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def _command(running: Pipeline, *words: str) -> str:
    options = ["--config", str(running.path), "--bootstrap", running.place.bootstrap]
    command = [sys.executable, "-m", "streams.cli.main", *words, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _lose(running: Pipeline, names: list[str]) -> None:
    """Delete topics and groups, as if the cluster were another one, and the local state."""
    client = AdminClient({**for_confluent(running.place), "log_level": 2})
    groups = [of(running.config) for of in (detect_group, count_group, registry_group)]

    def no_group() -> bool:
        answers = client.delete_consumer_groups(groups)
        for group, answer in answers.items():
            try:
                answer.result(30)
            except KafkaException as error:
                if error.args[0].name() != "GROUP_ID_NOT_FOUND":
                    return False  # it still has the member that was killed
            groups.remove(group)
        return not groups

    until(no_group, "the groups are gone")
    for answer in client.delete_topics(names).values():
        answer.result(30)
    until(lambda: not existing(running.place, names), "the topics are gone")
    shutil.rmtree(running.config.state_dir)


@pytest.fixture
def running(kafka: str, tmp_path: Path) -> Pipeline:
    """A monitor of the test's own, not started."""
    return Pipeline(kafka, tmp_path, TEXT.format(name=tmp_path.name.replace("_", "-")))


def test_a_restored_monitor_goes_on_as_if_nothing_had_been(
    running: Pipeline, tmp_path: Path
) -> None:
    """Backed up while it runs, with a burst under way; all is lost; then the events go on."""
    first = _events(tmp_path / "first.jsonl", 0, HALF)
    second = _events(tmp_path / "second.jsonl", HALF, WHOLE)
    at = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    label = encode_label(make_label("true", at, alert_id="0" * 16))
    names = [spec.name for spec in topic_plan(running.config)]
    _write(running.place, running.config.topic("labels"), label)
    running.ingest("events", first, end=False)
    running.start("count", "detect")
    state = changelog_topic(running.config)
    (tmp_path / "codes.csv").write_text("kind,id\ncode,10690001\ncode,10690002\n")
    _command(running, "registry", "import", str(tmp_path / "codes.csv"))
    rows = registry_group(running.config)
    running.wait(
        lambda: (
            bool(running.alerts())
            and _written(running.place, state)
            and bool(committed(running.place, rows))
        ),
        "a state",
    )
    _command(running, "backup", str(tmp_path / "kept"))
    before = dict.fromkeys(running.alerts())
    running.kill("count")
    running.kill("detect")
    _lose(running, names)
    contents = read_contents(tmp_path / "kept")
    kept = {one.topic: one.records for one in contents.partitions if one.records}
    assert {f"events-{running.config.name}", running.config.topic("labels")} < kept.keys()
    assert kept[running.config.topic("registry")] == 2
    for _ in range(2):  # a second run changes nothing
        _command(running, "restore", str(tmp_path / "kept"))
    for one in contents.partitions:
        if one.topic != state:
            assert end_offsets(running.place, [one.topic])[one.topic, one.number] == one.end
    assert committed(running.place, rows) == {(running.config.topic("registry"), 0): 2}
    running.start("count", "detect")
    running.ingest("events", second)
    running.drain()
    assert set(running.stop().values()) == {0}
    both = tmp_path / "both.jsonl"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    assert running.firm() == running.replay(f"events={both}")
    assert len(running.firm()) > len(before) > 0


def test_what_is_compacted_is_restored_and_rows_of_the_registry_keep_their_offsets(
    running: Pipeline, tmp_path: Path
) -> None:
    """Control records name rows of the registry by offset; nothing names those of the users."""
    place, config, kept = running.place, running.config, tmp_path / "kept"
    registry, users = config.topic("registry"), config.topic("users")
    held = {registry: ([3, 5], 8), users: ([2, 9], 12)}
    partitions = [StoredPartition(name, 0, len(at), end) for name, (at, end) in held.items()]
    for one, (offsets, _) in zip(partitions, held.values(), strict=True):
        records = [StoredRecord(at, None, b"signature/%d" % at, b"{}", []) for at in offsets]
        write_records(kept / one.file, records)
    Contents(config.name, partitions, []).write(kept)
    for _ in range(2):  # a second run changes nothing
        restore(place, config, kept)
    found = [as_stored(message) for message in read_records(place, registry, 0, 0)]
    assert [one.offset for one in found if one.value == b"{}"] == [3, 5]
    rows = folded([TopicRow(one.offset, one.key, one.value) for one in found if not one.value], 8)
    assert [row.entry for row in rows] == [None] * 6
    assert {row.key for row in rows}.isdisjoint({"signature/3", "signature/5"})
    assert end_offsets(place, [registry, users]) == {(registry, 0): 8, (users, 0): 2}


def _write(place: Connection, topic: str, value: bytes) -> None:
    producer = Producer(for_confluent(place))
    producer.produce(topic, value)
    assert producer.flush(30) == 0


def _written(place: Connection, topic: str) -> bool:
    return any(end_offsets(place, [topic]).values())


class Ended(Exception):
    """Stands for whatever ends the command."""


def test_a_restore_that_was_ended_goes_on_and_mixes_nothing(
    running: Pipeline, tmp_path: Path
) -> None:
    """Ended after a partition and run again; then refused, since the topic has other records."""
    place, config, kept = running.place, running.config, tmp_path / "kept"
    alerts, labels = config.topic("alerts"), config.topic("labels")
    partitions = [StoredPartition(alerts, 0, 30, 230), StoredPartition(labels, 0, 2, 2)]
    for one in partitions:
        begin = one.end - one.records
        write_records(
            kept / one.file,
            [StoredRecord(n, None, b"k", b"%d" % n, []) for n in range(begin, one.end)],
        )
    queue = StoredPosition(group_id(config.name, config.programs[0]), alerts, 0, 217)
    Contents(config.name, partitions, [queue]).write(kept)

    def end(_: object) -> None:
        raise Ended

    with pytest.raises(Ended):
        restore(place, config, kept, end)
    restore(place, config, kept)
    found = [as_stored(message) for message in read_records(place, alerts, 0, 0)]
    assert [(one.offset, one.value) for one in found] == [(n, b"%d" % n) for n in range(200, 230)]
    assert committed(place, queue.group) == {(alerts, 0): 217}
    _write(place, labels, b"another")
    with pytest.raises(BackupUnusable, match=r"labels, partition 0: must be empty, or hold"):
        restore(place, config, kept)
    assert end_offsets(place, [labels])[labels, 0] == 3
    with pytest.raises(BackupUnusable, match="must be a new or an empty folder"):
        backup(place, config, [], kept)
