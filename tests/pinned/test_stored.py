"""What an earlier version stored is read by this one."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import orjson
import pyarrow.parquet as pq
import pytest

from streams.config.load import load_config
from streams.detection.shard import Shard
from tests.pinned.run import ROOT, run
from tests.pinned.sums import HASHES, as_stored

FIRST = ROOT / "tests/data/stored/v0.1"


@pytest.mark.parametrize(("name", "open_alerts"), [("fault", 2), ("alerts", 6)])
def test_a_checkpoint_is_restored(name: str, open_alerts: int) -> None:
    """Detect goes on from it: with the alerts that are open, and the same slots if it stops."""
    packed = gzip.decompress((FIRST / f"checkpoint-{name}.msgpack.gz").read_bytes())
    slots = dict(msgspec.msgpack.decode(packed, type=list[tuple[bytes, bytes]]))
    shard = Shard(0, load_config(FIRST / "checkpoint.toml", must_exist=True))
    assert shard.restore(slots)
    assert sum(group.open_alerts for group in shard.groups.values()) == open_alerts
    assert dict(shard.checkpoint()) == slots


def test_an_archive_gives_the_alerts_that_were_recorded(tmp_path: Path) -> None:
    """A replay of it, with the settings of then, tells every revision again, and no other."""
    options = ["--config", str(FIRST / "archive.toml"), "--alerts", "alerts.jsonl"]
    run(tmp_path, "replay", "--archive", str(FIRST / "archive"), *options)
    told = (tmp_path / "alerts.jsonl").read_bytes().splitlines()
    recorded = [
        line
        for file in (FIRST / "archive/alerts").rglob("*.parquet")
        for line in pq.read_table(file, columns=["cloudevent"]).column(0).to_pylist()
    ]
    assert len(recorded) > 20
    assert _by_id(told) == _by_id(recorded)


def _by_id(lines: list[bytes]) -> dict[str, object]:
    events = [orjson.loads(line) for line in lines]
    return {event["id"]: as_stored(event, HASHES) for event in events}
