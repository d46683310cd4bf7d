"""The state is deleted: the old feeds end all the same, and `warm` makes another state."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from streams.broker.topics.contents import make_anew
from streams.broker.topics.instances import members_left
from streams.broker.topics.plan import changelog_topic, count_group, detect_group, topic_plan
from streams.sources.event_json import encode_event
from tests.events_of import send
from tests.integration.pipeline import Pipeline, in_order
from tests.launch.launch import COMMAND, start
from tests.waiting.programs import run

pytestmark = pytest.mark.kafka

TEXT = """
name = "reset"
timezone = "UTC"
[count]
bucket = "60s"
lateness = "0s"
levels = ["sender", "all"]
[detect]
checkpoint_every = "1s"
budget_per_day = 500.0
min_count = 5
shards = 2
[sources.events]
kind = "send"
topic = "events-reset"
"""
HALF, WHOLE = 60, 110
BURSTS = {(3, 40), (3, 41), (5, 57), (5, 58), (5, 59), (5, 60), (5, 61), (7, 58), (7, 59), (7, 100)}

Event = dict[str, Any]


def _events(path: Path, begin: int, stop: int) -> Path:
    """Twenty quiet senders, and bursts: two of them are under way in the middle."""
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
    done = run([*COMMAND, *words, "--config", str(running.path)], start=start)
    assert done.returncode == 0, done.stderr
    return done.stderr


def _reset(running: Pipeline) -> None:
    """Do what the operations guide says (Reset detect)."""
    assert not members_left(
        running.place, (count_group(running.config), detect_group(running.config))
    )
    client = KafkaAdminClient(bootstrap_servers=running.place.bootstrap)
    client.delete_groups([detect_group(running.config)])
    client.close()
    topic = changelog_topic(running.config)
    make_anew(running.place, [spec for spec in topic_plan(running.config) if spec.name == topic])
    shutil.rmtree(running.config.state_dir / "detect")


def _ended(running: Pipeline) -> list[Event]:
    found = [json.loads(line) for line in running.alerts()]
    return [event for event in found if event["type"] == "weathervane.feed.ended"]


def _of_epoch(running: Pipeline, epoch: int) -> list[Event]:
    found = [json.loads(line) for line in running.firm()]
    return [event for event in found if event["data"]["epoch"] == epoch]


def _is_open(event: Event) -> bool:
    return bool(event["data"]["state"] == "open")


@pytest.fixture
def running(kafka: str, tmp_path: Path) -> Iterator[Pipeline]:
    """A monitor of the test's own, not started; what it leaves behind is killed."""
    found = Pipeline(kafka, tmp_path, f'{TEXT}[kafka]\nbootstrap = "{kafka}"\n')
    yield found
    for name in list(found._running):
        found.kill(*name.split("-"))


def test_a_reset_ends_the_feeds_and_warm_begins_others(running: Pipeline, tmp_path: Path) -> None:
    """Without `warm` nothing goes on; with it, all is as in a replay that begins so."""
    first, second = (
        _events(tmp_path / name, *span)
        for name, span in (("first.jsonl", (0, HALF)), ("second.jsonl", (HALF, WHOLE)))
    )
    running.start("count", "detect")
    running.ingest("events", first, end=False)
    running.wait(lambda: any(_is_open(event) for event in _of_epoch(running, 1)[-2:]))
    assert set(running.stop().values()) == {0}
    assert _ended(running) == []

    _reset(running)
    running.start("detect")
    running.wait(lambda: bool(_of_epoch(running, 2)), "it judges again what counts hold")
    assert set(running.stop().values()) == {0}
    running.start("detect")
    running.wait(lambda: "restored, goes on" in (tmp_path / "detect-one.log").read_text())
    assert set(running.stop().values()) == {0}
    names = [event["id"] for event in _ended(running)]
    assert len(names) == len({*names}) > 0  # the second start found a state, and ended nothing
    old = _of_epoch(running, 1)
    for event in _ended(running):
        assert event["data"]["epoch"] == 1
        named = {(feed["group"], feed["shard"]) for feed in event["data"]["successors"]}
        assert {(event["data"]["group"], shard) for shard in (0, 1)} <= named
        assert {feed["epoch"] for feed in event["data"]["successors"]} == {2}
    left = {event["data"]["alert_id"]: event["data"] for event in old}
    assert {data["state"] for data in left.values()} == {"resolved"}
    assert any(data.get("reason") == "moved" for data in left.values())
    assert not any(data.get("moved_to") for data in left.values())
    assert _of_epoch(running, 2) != []

    _reset(running)
    _command(running, "record", str(tmp_path / "archive"), f"events={first}")
    assert "epoch 3 begins" in _command(running, "warm", str(tmp_path / "archive"))
    running.ingest("events", second)
    running.start("count", "detect")
    running.drain()
    assert set(running.stop().values()) == {0}
    out = tmp_path / "replayed.jsonl"
    files = (f"events={first}", f"events={second}")
    warmed = ("--warm", str(tmp_path / "archive"), "--epoch", "3", "--alerts", str(out), "--json")
    _command(running, "replay", *files, *warmed)
    replayed = [json.loads(line) for line in in_order(out.read_bytes().splitlines())]
    live = _of_epoch(running, 3)
    # A replay does not know the feeds before: which alert of theirs goes on.
    moved = [event["data"].pop("moved_from") for event in live if "moved_from" in event["data"]]
    assert sorted(map(str, live)) == sorted(map(str, replayed)) != []
    assert moved != []
