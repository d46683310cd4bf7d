"""What an earlier version stored is read by this one, or refused with a sentence."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from streams.alerts.cloudevent import decode_event
from streams.config.load import load_config
from streams.detection.checkpoint import StateLost
from streams.detection.shard import Shard
from tests.pinned.run import ROOT, run

FIRST = ROOT / "tests/data/stored/v0.1"


@pytest.mark.parametrize("name", ["fault", "alerts"])
def test_a_checkpoint_is_refused(name: str) -> None:
    """Version 0.1 stored columns without their names; this version does not read them.

    It stops with a sentence that says what to do: it neither guesses nor begins anew in silence.
    """
    packed = gzip.decompress((FIRST / f"checkpoint-{name}.msgpack.gz").read_bytes())
    slots = dict(msgspec.msgpack.decode(packed, type=list[tuple[bytes, bytes]]))
    shard = Shard(0, load_config(FIRST / "checkpoint.toml", must_exist=True))
    with pytest.raises(StateLost, match=r"written by .*or reset detect: operations/README\.md"):
        shard.restore(slots)


def test_an_archive_gives_the_alerts_that_were_recorded(tmp_path: Path) -> None:
    """A replay of it, with the settings of then, gives every revision again, and no other.

    As of version 0.2 they have other ids and sentences, an epoch and an exposure, and say `source`
    for `feed`.
    """
    options = ["--config", str(FIRST / "archive.toml"), "--alerts", "alerts.jsonl"]
    run(tmp_path, "replay", "--archive", str(FIRST / "archive"), *options)
    replayed = (tmp_path / "alerts.jsonl").read_bytes().splitlines()
    recorded = [
        line
        for file in (FIRST / "archive/alerts").rglob("*.parquet")
        for line in pq.read_table(file, columns=["cloudevent"]).column(0).to_pylist()
    ]
    assert len(recorded) > 20
    assert _by_number(replayed) == _by_number(recorded)


def _by_number(lines: list[bytes]) -> dict[object, object]:
    """Alerts as read, by their place in the feed; ids as the place of an alert's first revision."""
    alerts = [decode_event(line).alert for line in lines]
    alerts.sort(key=lambda alert: (alert.group, alert.feed_no))
    first: dict[str, int | None] = {}
    for alert in alerts:
        first.setdefault(alert.alert_id, alert.feed_no)
    return {
        (alert.group, alert.feed_no): replace(
            alert,
            alert_id=str(first[alert.alert_id]),
            parent=alert.parent and str(first[alert.parent]),
            exposure=None,
            summary="",
            config="",
        )
        for alert in alerts
    }
