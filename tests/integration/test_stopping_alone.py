"""SIGTERM of detect while there is no broker: it ends by itself."""

from __future__ import annotations

import json
import time
from pathlib import Path

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.health.stopping import STOP_WITHIN_S
from tests.integration.pipeline import Pipeline
from tests.waiting.clock import OwnClock

GONE_FOR_S = 12.0
"""More than a session: its client has been told by nobody that it is out of the group."""

CONFIG = 'name = "alone"\ntimezone = "UTC"\n'


def test_detect_ends_within_its_time_where_the_broker_has_gone(
    apache: Recipe, tmp_path: Path
) -> None:
    """Before a service manager kills it; with status 1 and a line on why, where it had to wait."""
    log = tmp_path / "detect-one.log"
    with LocalBroker(apache, data_dir=tmp_path / "broker", port=free_port()) as broker:
        running = Pipeline(broker.bootstrap, tmp_path, CONFIG)
        running.start("detect")
        running.ingest("sends", _one_send(tmp_path))
        running.start("count")
        running.drain()
        running.kill("count")
    time.sleep(GONE_FOR_S)
    clock = OwnClock()
    status = running.stop()["detect-one"]
    took_s = clock.elapsed_s()
    assert took_s < STOP_WITHIN_S + 3.0
    # Where its client lets go by itself, it has stopped as well as ever.
    lines = [line for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
    said = "stopping must take 15 s at most; Kafka has not" in json.loads(lines[-1])["message"]
    assert status == (1 if said else 0)


def _one_send(folder: Path) -> Path:
    path = folder / "sends.jsonl"
    path.write_text(
        '{"v": 1, "type": "send", "event_id": "1", "event_time": "2026-03-02T00:00:00Z",'
        ' "channel": "sms", "sender": {"id": "a"}, "source": "test"}\n',
        "utf-8",
    )
    return path
