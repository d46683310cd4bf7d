"""A stranger's topic, by the quickstart: from ``init`` to an alert; nobody writes to the topic."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.errors import KafkaEdgeError
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.ensure import ensure
from streams.broker.topics.offsets import end_offsets
from streams.broker.topics.plan import TopicSpec
from streams.broker.topics.tail import last_records
from streams.config.load import load_config
from streams.delivery.tail import tail
from tests.waiting.programs import ended, run
from tests.waiting.progress import until

COMMAND = [sys.executable, "-m", "streams.cli.main"]
PHONE = "138001380"
BEGIN_MS = 1_700_000_000_123


def _records() -> Iterator[tuple[str, dict[str, Any]]]:
    """Forty quiet minutes of eight senders; one bursts in the thirtieth."""
    chance = random.Random(7)
    for minute in range(40):
        for second in range(60):
            sender = chance.randrange(8)
            if minute == 30 and second % 2:
                sender = 9 if second == 1 else 3
            for _ in range(20 if minute == 30 and sender == 3 else 1):
                yield (
                    f"{sender}",
                    {
                        "ts": BEGIN_MS + (minute * 60 + second) * 1000,
                        "src": f"106901234567{sender}",
                        "tpl_sign": f"【某某商城{sender}】",
                        "dst": f"{PHONE}{chance.randrange(100):02}",
                        "cust": f"c-{sender % 3}",
                        "stat": "DELIVRD",
                    },
                )


@pytest.fixture
def topic(kafka: str, tmp_path: Path) -> str:
    """A topic of somebody else, with records of his own shape, and one that is none."""
    name = "mt_log-" + tmp_path.name.replace("_", "-")[-40:]
    place = Connection(kafka)
    (report,) = ensure(place, [TopicSpec(name, 2)])
    assert report.status == "created", report
    producer = Producer({**for_confluent(place), "linger.ms": 5})
    now_ms = time.time_ns() // 1_000_000
    for key, record in _records():
        value = json.dumps(record, ensure_ascii=False).encode()
        producer.produce(name, value, key, partition=int(key) % 2, timestamp=now_ms)
    producer.produce(name, b'{"ts": "soon"}', partition=0, timestamp=now_ms + 1)
    assert not producer.flush(60)
    return name


def _weathervane(kafka: str, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    config = ["--config", str(tmp_path / "weathervane.toml")]
    return run([*COMMAND, *words, "--bootstrap", kafka, *config])


def _settings(tmp_path: Path, name: str) -> None:
    """What a test needs for itself in the file: ports, topics, a folder; and less patience."""
    path = tmp_path / "weathervane.toml"
    text = path.read_text("utf-8")
    text = text.replace('name = "local"', f'name = "{name}"')
    text = text.replace('".weathervane"', json.dumps(str(tmp_path / "state")))
    text = text.replace('idle_after = "30s"', 'idle_after = "1s"')
    text = re.sub(r"port = \d+", lambda found: f"{found[0][:-4]}{free_port()}", text)
    for ours, kind in (("sends", "send"), ("complaints", "complaint")):
        text += f'\n[sources.{ours}]\nkind = "{kind}"\ntopic = "{name}-{ours}"\n'
    path.write_text(text, "utf-8")


def test_a_stranger_comes_from_init_to_an_alert(kafka: str, topic: str, tmp_path: Path) -> None:
    """``init`` proposes, ``try`` shows, ``topics`` checks, ``up`` finds the burst."""
    before = end_offsets(Connection(kafka), [topic])
    path = tmp_path / "weathervane.toml"
    done = run([*COMMAND, "init", str(path), "--topic", topic, "--bootstrap", kafka])
    assert done.returncode == 0, done.stderr
    table = load_config(path).sources[topic].table
    assert (table.kind, table.topic, table.topic_format) == ("send", topic, "source")
    places = (table.time, table.sender, table.signature, table.recipient, table.account)
    assert places == ("$.ts", "$.src", "$.tpl_sign", "$.dst", "$.cust")
    assert (tmp_path / "hash.key").stat().st_mode & 0o777 == 0o600
    _settings(tmp_path, tmp_path.name.replace("_", "-")[-40:])

    tried = _weathervane(kafka, tmp_path, "try", topic, "--last", "50", "--json")
    assert tried.returncode == 1, "one of fifty is a reject"
    found = json.loads(tried.stdout)
    assert (found["items"], found["events"], found["rejects"]) == (50, 49, 1)
    assert PHONE not in tried.stdout + tried.stderr
    assert found["notes"], "the records are years older than their being written"
    shown = _weathervane(kafka, tmp_path, "try", topic, "--last", "5", "--max-rejects", "1")
    assert shown.returncode == 0, shown.stderr
    assert PHONE not in shown.stdout + shown.stderr
    refused = _weathervane(kafka, tmp_path, "ingest", topic, str(path), "--end")
    assert (refused.returncode, "only read" in refused.stderr) == (2, True)

    checked = _weathervane(kafka, tmp_path, "topics", "--json")
    rows = {row["name"]: row for row in json.loads(checked.stdout)}
    assert rows[topic]["detail"] == "2 partitions, delete; another's, only read"
    with (tmp_path / "up.log").open("wb") as log:
        up = subprocess.Popen(
            [*COMMAND, "up", "--no-record", "--config", str(path), "--bootstrap", kafka],
            stdout=log,
            stderr=log,
        )
    try:
        alert = _first_alert(kafka, path, up, tmp_path / "up.log")
        up.send_signal(signal.SIGTERM)
        assert ended(up) == 0
    finally:
        up.kill()
        up.wait()
    assert alert["data"]["entity"]["level"] in ("sender", "signature")
    assert alert["data"]["entity"]["id"] in ("1069012345673", "【某某商城3】")
    assert end_offsets(Connection(kafka), [topic]) == before


def _first_alert(kafka: str, path: Path, up: subprocess.Popen[bytes], log: Path) -> Any:
    """The first alert that is no early one and is of one entity."""
    where = load_config(path).topic("alerts")

    def alerts() -> list[Any]:
        try:
            lines = tail(Connection(kafka), topic=where, follow=False)
            found = [json.loads(line.value) for line in lines if line]
        except KafkaEdgeError:
            return []  # `up` has not made the topic yet
        return [
            alert
            for alert in found
            if alert["data"]["revision"] > 0 and alert["data"]["entity"]["level"] in _NARROW
        ]

    until(
        lambda: up.poll() is not None or bool(alerts()),
        "an alert",
        seen=lambda: log.read_bytes(),
        logs=lambda: [log],
        every_s=0.5,
    )
    return alerts()[0]


def _at(kafka: str) -> dict[str, str]:
    return {**os.environ, "WEATHERVANE_KAFKA_BOOTSTRAP": kafka}


_NARROW = ("sender", "signature")


def test_a_topic_that_is_not_there_is_never_made(kafka: str, tmp_path: Path) -> None:
    """``topics`` says whose affair it is, with status 1; ``try`` says that there is none."""
    name = f"absent-{time.time_ns()}"
    (tmp_path / "weathervane.toml").write_text(
        f'name = "{name}"\n[sources.x]\nkind = "send"\ntopic = "{name}"\ntopic_format = "source"\n'
        'time = "t"\nsender = "s"\n'
        f'[sources.sends]\nkind = "send"\ntopic = "{name}-s"\n'
        f'[sources.complaints]\nkind = "complaint"\ntopic = "{name}-c"\n'
    )
    looked = run([*COMMAND, "check-config", str(tmp_path / "weathervane.toml")], env=_at(kafka))
    assert (looked.returncode, f"warning: topic {name}: must exist" in looked.stderr) == (0, True)
    for _ in range(2):
        checked = _weathervane(kafka, tmp_path, "topics", "--json")
        rows = {row["name"]: row for row in json.loads(checked.stdout)}
        assert (checked.returncode, rows[name]["status"]) == (1, "problem")
        assert "never makes it" in rows[name]["detail"]
    tried = _weathervane(kafka, tmp_path, "try", "x")
    assert tried.returncode == 1
    assert "must exist" in tried.stderr


def test_the_last_records_are_the_last_over_all_partitions(kafka: str, topic: str) -> None:
    """In the order of writing, and no more than are asked for."""
    records = last_records(Connection(kafka), topic, 30)
    assert len(records) == 30
    assert records[-1].value == b'{"ts": "soon"}'
    times = [record.written_s or 0.0 for record in records]
    assert times == sorted(times)
    everything = last_records(Connection(kafka), topic, 10_000)
    assert len(everything) == sum(end_offsets(Connection(kafka), [topic]).values())
