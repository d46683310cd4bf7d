"""Recorded events keep who set their times: so a replay closes buckets where `count` did."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from streams.analysis.source_lanes import SourceLanes
from streams.archive.read.events import RecordedEvents
from streams.archive.record.recorder import Recorder
from streams.archive.record.state import Partition
from streams.config.load import parse_config
from streams.counts.intake import Intake
from streams.counts.open_bucket import Flush
from tests.events_of import T0, record

CONFIG = parse_config({"timezone": "UTC", "sources": {"test": {"kind": "send", "bucket": "1m"}}})
SOURCE = CONFIG.sources["test"]
RECORDS = 600
Written = list[tuple[bytes, float, bool]]


def _written(seed: int) -> Written:
    """Records a second apart, some of them minutes behind, whose times the broker or others set."""
    draw = random.Random(seed)
    records = []
    for second in range(RECORDS):
        behind_s = draw.choice([0, 0, 0, 0, 0, 0, 0, 0, 0, 90])
        value = record(second - behind_s, f"s{second % 7}", event_id=str(second))
        # The setting of the topic changes while it runs.
        records.append((value, T0 + second + draw.random(), second % 400 < 250))
    return records


def _counted(written: Written, *, kept: bool = True) -> tuple[Intake, list[Flush]]:
    """What `count` makes of them, with who set their times or without."""
    intake = Intake(SOURCE, 0, CONFIG.count.levels)
    flushes = []
    for offset, (value, written_s, appended) in enumerate(written):
        intake.take(offset, value, written_s, appended=appended and kept)
        flushes.append(intake.lane.flush(early=False))
    return intake, flushes


def _record(root: Path, written: Written) -> None:
    place = Partition("test", 0)
    own = [Partition(CONFIG.topic(what), 0) for what in ("counts", "alerts", "labels")]
    with Recorder(root, CONFIG, events=True) as recorder:
        recorder.begin({place: (0, len(written)), **dict.fromkeys(own, (0, 0))})
        for offset, (value, written_s, appended) in enumerate(written):
            recorder.take(place, offset, value, written_s, appended=appended)
        recorder.save()


def _recounted(root: Path) -> Intake:
    lanes = SourceLanes(SOURCE, RecordedEvents(root, "test"), CONFIG.count.levels)
    lanes.read()
    (intake,) = lanes.intakes
    return intake


@pytest.mark.parametrize("seed", range(3))
def test_recorded_events_are_late_where_they_were_late_live(tmp_path: Path, seed: int) -> None:
    """The state of the lane, its late events and its totals are those of the run on Kafka."""
    written = _written(seed)
    live, flushes = _counted(written)
    without, _ = _counted(written, kept=False)
    assert live.lane.late > without.lane.late > 0, "it matters who set the times"
    _record(tmp_path, written)
    again = _recounted(tmp_path)
    assert again.lane.late == live.lane.late
    assert again.lane.late_senders.counts == live.lane.late_senders.counts
    assert again.lane.clock.votes == live.lane.clock.votes
    finals = [total for flush in flushes for total in flush.totals]
    assert again.lane.flush(early=False).totals == finals


def test_an_archive_of_before_the_column_is_read(tmp_path: Path) -> None:
    """There nobody knows who set the times: the votes of 53 decide."""
    written = _written(0)
    _record(tmp_path, written)
    (path,) = (tmp_path / "events").rglob("*.parquet")
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["appended"]), path)
    without, _ = _counted(written, kept=False)
    again = _recounted(tmp_path)
    assert (again.lane.late, again.lane.clock.votes) == (
        without.lane.late,
        without.lane.clock.votes,
    )
