"""Another's topic is recorded as what its records became: the same counts come of it again."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pyarrow.parquet as pq

from streams.analysis.source_lanes import SourceLanes
from streams.archive.read.events import RecordedEvents
from streams.archive.record.recorder import Recorder
from streams.archive.record.state import Partition
from streams.config.load import parse_config
from streams.counts.intake import Intake
from streams.sources.mapping.record_items import RecordItems
from tests.events_of import T0

KEY = b"0123456789abcdef"
TABLE = {
    "kind": "send",
    "topic": "mt_log",
    "topic_format": "source",
    "items": "$[*]",
    "where": {"$.stat": "DELIVRD"},
    "time": "$.ts",
    "sender": "$.src",
    "recipient": "$.dst",
}
CONFIG = parse_config({"timezone": "UTC", "sources": {"mt": TABLE}})
SOURCE = CONFIG.sources["mt"]
PERSON = "13800138000"


def _records(seed: int) -> list[bytes]:
    chance = random.Random(seed)

    def item(second: int) -> dict[str, object]:
        return {
            "ts": (T0 + second - chance.choice([0, 0, 0, 90])) * 1000
            if chance.random() > 0.05
            else "x",
            "src": f"s{second % 7}",
            "dst": PERSON,
            "stat": chance.choice(["DELIVRD", "DELIVRD", "EXPIRED"]),
        }

    return [
        json.dumps([item(second) for _ in range(chance.randrange(5))]).encode()
        for second in range(300)
    ]


def test_what_is_recorded_counts_as_it_did(tmp_path: Path) -> None:
    """Many events in a record, some skipped and some rejected; people only as hashes."""
    records = _records(3)
    live = Intake(SOURCE, 0, CONFIG.count.levels, items=RecordItems(SOURCE, KEY))
    place = Partition("mt_log", 0)
    own = [Partition(CONFIG.topic(what), 0) for what in ("counts", "alerts", "labels")]
    finals = []
    with Recorder(tmp_path, CONFIG, events=True, hash_key=KEY) as recorder:
        recorder.begin({place: (0, len(records)), **dict.fromkeys(own, (0, 0))})
        for offset, value in enumerate(records):
            live.take(offset, value, T0 + offset)
            finals += live.lane.flush(early=False).totals
            recorder.take(place, offset, value, T0 + offset)
        recorder.save()
        raw = recorder.raw_events
        assert (raw.files.events, raw.rejects.total) == (live.lane.events, live.rejected.total())
    assert live.skipped > 0 < live.rejected.total()
    lanes = SourceLanes(SOURCE, RecordedEvents(tmp_path, "mt"), CONFIG.count.levels)
    lanes.read()
    (again,) = lanes.intakes
    assert (again.lane.events, again.lane.late) == (live.lane.events, live.lane.late)
    assert again.lane.flush(early=False).totals == finals
    for path in (tmp_path / "events").rglob("*.parquet"):
        stored = str(pq.read_table(path, partitioning=None).to_pylist())
        assert "recipient_hash" in stored
        assert PERSON not in stored
