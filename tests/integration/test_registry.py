"""Rows on a real broker: the sequencer and detect are killed, and no row is lost or left out.

At first the cluster has no topic for them, as after an upgrade.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

from confluent_kafka.admin import AdminClient

from streams.broker.local.broker import Recipe
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import topic_plan
from streams.broker.topics.records import read_records
from streams.counts.wire import decode_record
from streams.registry.control import RegistryRows
from streams.registry.entry import CodeEntry, key_of
from streams.registry.files import COLUMNS, row_of
from streams.registry.store import read_registry
from streams.registry.table import Registry
from tests.integration.pipeline import Pipeline, pipeline

CONFIG = """
name = "rows"
[detect]
shards = 2
checkpoint_every = "1s"
[sources.sends]
kind = "send"
"""
CODES = 4_000
LACKS = "goes on without a registry"


def _command(running: Pipeline, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streams.cli.main", "registry", *words]
    place = ["--config", str(running.path), "--bootstrap", running.place.bootstrap]
    return subprocess.run([*command, *place], capture_output=True, text=True, check=False)


def _file(path: Path, holder: str) -> str:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for number in range(CODES):
            writer.writerow(row_of(CodeEntry(id=f"1069{number:06}", holder=holder)))
    return str(path)


def _counts(running: Pipeline, number: int) -> Registry:
    """What the control records of a partition say, as detect reads them."""
    found = Registry()
    for message in read_records(running.place, running.config.topic("counts"), number, 0):
        control = decode_record(message.value() or b"")
        if isinstance(control, RegistryRows):
            assert control.after <= found.seq, "rows are left out"
            found.take(control.rows)
    return found


def _without_the_topic(running: Pipeline) -> None:
    """Make the cluster one whose topics an earlier version has made."""
    topic = running.config.topic("registry")
    client = AdminClient({"bootstrap.servers": running.place.bootstrap})
    client.delete_topics([topic])[topic].result(60)


def test_rows_reach_every_partition_though_sequencer_and_detect_are_killed(
    noida: Recipe, tmp_path: Path
) -> None:
    with pipeline(noida, tmp_path, CONFIG) as running:
        first, second = _file(tmp_path / "a.csv", "Mall"), _file(tmp_path / "b.csv", "Shop")
        tried = _command(running, "import", first, "--dry-run")
        assert (tried.returncode, tried.stdout) == (0, "4,000 new, 0 replaced, 0 unchanged\n")
        assert _command(running, "list", "--json").stdout == ""
        _without_the_topic(running)
        running.start("count", "detect")
        # Detect asks for rows at the first record.
        running.wait(lambda: LACKS in running.log("count"), "count says so")
        assert "`weathervane topics` creates it" in running.log("count")
        lacking = _command(running, "import", first)
        assert lacking.returncode == 1
        assert "`weathervane topics` creates it" in lacking.stderr
        ensure(running.place, topic_plan(running.config))
        running.kill("count")  # it would look again after half a minute
        running.start("count")
        assert _command(running, "import", first).returncode == 0
        running.wait(lambda: _counts(running, 0).seq > 0, "rows are in counts")
        assert _command(running, "import", second).stdout == (
            "0 new, 4,000 replaced, 0 unchanged\n"
        )
        for _ in range(2):
            running.kill("count")
            running.kill("detect")
            running.start("count", "detect")
        gone = _command(running, "remove", "code/1069000007")
        assert (gone.returncode, gone.stdout) == (0, "1 entry removed\n")
        end = 2 * CODES + 1
        running.wait(
            lambda: all(_counts(running, number).seq == end for number in (0, 1)), "all have come"
        )
        running.drain()
        topic = read_registry(running.place, running.config.topic("registry")).entries
        for number in (0, 1):
            known = {key_of(one): one for one in _counts(running, number).entries("code")}
            assert known == topic
        assert len(topic) == CODES - 1
        assert set(running.stop().values()) == {0}
        shown = _command(running, "show", "10690000088")
        assert "code/1069000008" in shown.stdout
        assert "Shop" in shown.stdout
