"""Commands as they are typed, against real brokers; those with files of their own are there."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.broker.local.port_and_folder import free_port
from tests.integration.test_broker import naming
from tests.waiting.programs import run
from tests.waiting.progress import until

COMMAND = [sys.executable, "-m", "streams.cli.main"]


def _config(tmp_path: Path, name: str, top: str = "") -> Path:
    """All topics are the test's own: other files make ``sends`` on the same broker, too."""
    path = tmp_path / "weathervane.toml"
    path.write_text(
        f'name = "{name}"\n{top}[sources.{name}]\nkind = "send"\nbucket = "1d"\npartitions = 2\n'
        f'[sources.sends]\nkind = "send"\ntopic = "{name}-sends"\n'
        f'[sources.complaints]\nkind = "complaint"\ntopic = "{name}-complaints"\n'
    )
    return path


def test_topics_makes_them_then_finds_them_in_order(kafka: str, tmp_path: Path) -> None:
    """The first run makes what is missing, the second finds nothing to do."""
    place = ["--config", str(_config(tmp_path, "first")), "--bootstrap", kafka, "--json"]
    for expected in ("created", "ok"):
        done = run([*COMMAND, "topics", *place])
        rows = {row["name"]: row for row in json.loads(done.stdout)}
        assert rows["first"] == {
            "name": "first",
            "status": expected,
            "detail": "2 partitions, delete",
        }
        state = rows["weathervane.first.detect-state-changelog"]
        assert (state["status"], state["detail"]) == (expected, "1 partition, compact")


def test_topics_fails_where_one_does_not_fit(kafka: str, tmp_path: Path) -> None:
    """Another number of shards than the topics have: status 1, and what would help."""
    place = ["--bootstrap", kafka]
    assert (
        run([*COMMAND, "topics", "--config", str(_config(tmp_path, "second")), *place]).returncode
        == 0
    )
    config = _config(tmp_path, "second", "[detect]\nshards = 3\n")
    done = run([*COMMAND, "topics", "--config", str(config), *place])
    assert done.returncode == 1
    assert "problem" in done.stdout
    assert "must have 3" in " ".join(done.stdout.split())


@pytest.mark.usefixtures("apache", "noida")
@pytest.mark.parametrize(
    ("options", "name", "number"),
    [
        ([], "Apache Kafka ", signal.SIGINT),
        (["--stand-in"], "stand-in: noida-db ", signal.SIGTERM),
    ],
)
def test_the_broker_says_what_it_is_and_stops_at_once(
    options: list[str], name: str, number: int, tmp_path: Path
) -> None:
    """One line names it, a stand-in as such; Ctrl-C and SIGTERM end it with 0."""
    port, log = free_port(), tmp_path / "log"
    where = ["--port", str(port), "--data", str(tmp_path / "data")]
    with (
        log.open("wb") as sink,
        subprocess.Popen([*COMMAND, "broker", *where, *options], stderr=sink) as process,
    ):
        try:
            until(lambda: "stop: Ctrl-C" in log.read_text() or process.poll())
        finally:
            process.send_signal(number)
    assert process.returncode == 0
    starting, running = log.read_text().splitlines()
    assert starting.startswith(f"starting {name}")
    assert running.startswith(name)
    assert running.endswith(f" at 127.0.0.1:{port}   stop: Ctrl-C")
    assert naming(tmp_path) == []


def test_the_broker_names_the_option_where_its_port_is_busy(kafka: str, tmp_path: Path) -> None:
    """Status 1, and --port."""
    where = ["--port", kafka.rpartition(":")[2], "--data", str(tmp_path / "data")]
    done = run([*COMMAND, "broker", *where])
    assert done.returncode == 1
    assert "choose another with --port" in done.stderr
