"""``weathervane up`` on a real broker: one run of it, and what can be seen from outside."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from streams.alerts.cloudevent import decode_event
from streams.archive.read.reader import Archive
from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import Recipe
from streams.broker.local.port_and_folder import free_port
from tests.integration.conftest import MAILS
from tests.integration.pipeline import Pipeline, pipeline
from tests.integration.test_pipeline import DEMO
from tests.supervisor.test_child_process import running
from tests.waiting import web
from tests.waiting.clock import OwnClock
from tests.waiting.programs import ended

LATE = b"""{"v":1,"type":"send","event_id":"late","event_time":"2010-01-02T00:00:00Z",
"channel":"email","sender":{"id":"x"},"source":"mail"}"""
AHEAD = LATE.replace(b"2010-01", b"2110-01")


@dataclasses.dataclass
class Seen:
    """What was to be seen of one run."""

    metrics: dict[str, dict[str, float]]
    alerts: list[Message]
    feeds: list[dict[str, object]]
    ended: tuple[int, float]
    log: list[str]
    left: list[int]
    archive: Path


@pytest.fixture(scope="module")
def seen(apache: Recipe, mail: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Up; count killed with -9; a file, a late event and rubbish in; Ctrl-C."""
    data = tmp_path_factory.mktemp("up")
    port = free_port()
    text = DEMO.format(shards=1) + f"\n[serve]\nport = {port}\n"
    with pipeline(apache, data, text) as on:
        command = [sys.executable, "-m", "streams.cli.main", "up", "--config", str(on.path)]
        with (data / "up.log").open("wb") as log:
            up = subprocess.Popen(
                [*command, "--bootstrap", on.place.bootstrap], stdout=log, stderr=log
            )
        try:
            ports = dataclasses.asdict(Ports.used_by(on))
            on.wait(lambda: all(_answers(p) for p in ports.values()) and _ready(port))
            _kill(f"count --instance up --bootstrap {on.place.bootstrap}")
            on.ingest("mail", mail)
            on.wait(lambda: _answers(ports["count"]))
            on.drain()
            _produce(on, [LATE, b"{", None, AHEAD])
            on.wait(lambda: _late(_metrics(ports["count"])) == 1)
            on.drain()
            on.wait(lambda: _measured(_metrics(ports["detect"])), "the monitor measures")
            metrics = {name: _metrics(p) for name, p in ports.items()}
            feeds = web.get(f"http://127.0.0.1:{port}/feeds").json()["feeds"]
            alerts = _messages(on, on.config.topic("alerts"))
            clock = OwnClock()
            up.send_signal(signal.SIGINT)
            end = (ended(up), clock.elapsed_s())
        finally:
            up.kill()
            up.wait()
        log_lines = (data / "up.log").read_text().splitlines()
        left = running(str(on.path))
        yield Seen(metrics, alerts, feeds, end, log_lines, left, on.config.archive_dir / "1")


def _late(metrics: dict[str, float]) -> float:
    """Late events of the mail, for whatever reason."""
    return sum(
        value
        for name, value in metrics.items()
        if name.startswith("weathervane_count_late_total") and 'source="mail"' in name
    )


def _measured(metrics: dict[str, float]) -> bool:
    """The monitor's numbers, which it takes once a second, are those of the end of the work."""
    shard = '{shard="0"}'
    lag = metrics[f"weathervane_detect_lag_records{shard}"]
    return lag == 0 and metrics[f"weathervane_detect_checkpoint_age_seconds{shard}"] < 5


@dataclasses.dataclass
class Ports:
    """Of the three processes' metrics."""

    count: int
    detect: int
    serve: int

    @classmethod
    def used_by(cls, on: Pipeline) -> Ports:
        metrics = on.config.metrics
        return cls(metrics.count_port, metrics.detect_port, metrics.serve_port)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/metrics").status_code == 200
    except httpx.TransportError:
        return False


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _metrics(port: int) -> dict[str, float]:
    text = web.get(f"http://127.0.0.1:{port}/metrics").text
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def _kill(mark: str) -> None:
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True)
    found = [line.split(None, 1) for line in listed.stdout.splitlines() if mark in line]
    (worker,) = [int(pid) for pid, args in found if "supervisor/process.py" not in args]
    os.kill(worker, signal.SIGKILL)


def _produce(on: Pipeline, values: list[bytes | None]) -> None:
    producer = Producer(for_confluent(on.place))
    for value in values:
        producer.produce("mail", value, partition=0)
    assert producer.flush() == 0


def _messages(on: Pipeline, topic: str) -> list[Message]:
    consumer = Consumer(
        {**for_confluent(on.place), "group.id": "reader", "enable.partition.eof": True}
    )
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        found: list[Message] = []
        while True:
            message = consumer.poll()
            assert message is not None
            if message.error():
                return found
            found.append(message)
    finally:
        consumer.close()


def test_what_was_judged_is_recorded(seen: Seen) -> None:
    """The local archive has the alerts of the topic, and a replay of its buckets gives the same."""
    archive = Archive(seen.archive)
    published = [decode_event(message.value() or b"").id for message in seen.alerts]
    assert [event.id for event in archive.alerts()] == published
    assert archive.rows > 1000


def test_a_killed_process_comes_back(seen: Seen) -> None:
    """Count was killed with -9: it was started again, and every event is counted."""
    assert any("count ended with" in line for line in seen.log)
    assert seen.metrics["count"]['weathervane_count_events_total{source="mail"}'] == MAILS + 1


def test_ctrl_c_ends_all_of_it(seen: Seen) -> None:
    """Status 0, soon, and no process is left."""
    status, took_s = seen.ended
    assert status == 0
    assert took_s < 20
    assert seen.left == []


def test_every_log_line_is_json(seen: Seen) -> None:
    """Those of all three processes; only what is said to people on the way is not."""
    said, *logged = [line for line in seen.log if line]
    assert said.startswith("feeds: ")
    assert {"time", "level", "logger", "message"} <= {key for x in logged for key in json.loads(x)}


def test_the_counter_tells_its_numbers(seen: Seen) -> None:
    """Events, late ones, rejects by reason (too far ahead has its own), and the lag."""
    metrics = seen.metrics["count"]
    assert _late(metrics) == 1
    rejects = {
        name.partition('reason="')[2].partition('"')[0]: value
        for name, value in metrics.items()
        if name.startswith("weathervane_count_rejects_total{")
    }
    assert rejects == {"not_json": 1, "tombstone": 1, "too_far_ahead": 1}
    lags = {k: v for k, v in metrics.items() if k.startswith("weathervane_count_lag_records{")}
    assert len(lags) == 16, "four lanes of each source, the default ones too"
    assert set(lags.values()) == {0}


def test_the_monitor_tells_its_numbers(seen: Seen) -> None:
    """Buckets closed, open alerts, the lag, and the age of what is in no checkpoint."""
    metrics = seen.metrics["detect"]
    shard = '{shard="0"}'
    assert metrics[f"weathervane_detect_buckets_closed{shard}"] > 100
    assert metrics[f"weathervane_detect_entities{shard}"] > 100
    assert metrics[f"weathervane_detect_lag_records{shard}"] == 0
    assert metrics[f"weathervane_detect_checkpoint_age_seconds{shard}"] < 5
    opened, resolved = (
        metrics.get(f'weathervane_detect_alerts_total{{event="{event}",shard="0"}}', 0)
        for event in ("opened", "resolved")
    )
    assert opened > 5
    assert metrics[f"weathervane_detect_open_alerts{shard}"] == opened - resolved


def test_the_feed_has_every_alert(seen: Seen) -> None:
    """What the topic holds, serve has read: no lag, and the feed's last number is the last."""
    assert seen.metrics["serve"]["weathervane_serve_feed_items"] == len(seen.alerts)
    newest = {feed["group"]: feed["newest"] for feed in seen.feeds}
    assert newest["1h"] == len(seen.alerts)


def test_an_alert_on_kafka_is_a_cloudevent(seen: Seen) -> None:
    """The key is its subject, the header its content type; written now, whatever it is about."""
    assert seen.alerts
    for message in seen.alerts:
        event = json.loads(message.value() or b"")
        assert (message.key() or b"").decode() == event["subject"]
        assert message.headers() == [
            ("content-type", b"application/cloudevents+json; charset=UTF-8")
        ]
        assert len(message.value() or b"") < 65_536
        _, written_ms = message.timestamp()
        assert abs(time.time() - written_ms / 1000) < 600
        assert event["time"].startswith("2010")
