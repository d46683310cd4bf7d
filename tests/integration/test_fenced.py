"""A counter whose instance another host's counter takes ends, and says what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from confluent_kafka.admin import AdminClient

from streams.broker.client.settings import for_confluent
from streams.broker.topics.plan import count_group
from tests.integration.pipeline import Pipeline
from tests.waiting.programs import ended
from tests.waiting.progress import until

CONFIG = 'name = "fenced"\ntimezone = "UTC"\n'


def test_a_counter_ends_when_its_instance_is_taken(kafka: str, tmp_path: Path) -> None:
    """With status 2, by which `up` does not start it again: else both would go on for ever."""
    hosts = [Pipeline(kafka, _folder(tmp_path, name), CONFIG) for name in ("first", "second")]
    group = count_group(hosts[0].config)
    client = AdminClient({**for_confluent(hosts[0].place), "log_level": 0})

    def has_a_member() -> bool:
        answer = client.describe_consumer_groups([group])[group].result(30)
        return [str(of.group_instance_id) for of in answer.members] == [f"{group}-one"]

    counters = []
    try:
        for host, folder in zip(hosts, ("first", "second"), strict=True):
            counters.append(_count(host, tmp_path / folder))
            until(has_a_member, "a counter is in the group")
        assert ended(counters[0], logs=lambda: list(tmp_path.glob("*/*.log"))) == 2
        assert counters[1].poll() is None
    finally:
        for counter in counters:
            counter.kill()
            counter.wait()
    said = (tmp_path / "first" / "count.log").read_text()
    assert f"another process of {group} has taken this one's" in " ".join(said.split())


def _folder(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


def _count(host: Pipeline, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streams.cli.main", "count", "--instance", "one"]
    command += ["--config", str(host.path), "--bootstrap", host.place.bootstrap]
    with (folder / "count.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)
