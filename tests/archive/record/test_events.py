"""Raw events of an archive: whatever ends the recorder, they can be counted anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from streams.analysis.replay import Replay
from streams.archive.manifest import ArchiveUnusable
from streams.archive.read.events import RecordedEvents
from streams.archive.record.recorder import Recorder
from streams.archive.record.state import Partition
from streams.broker.client.partitioner import partition_of
from streams.config.load import load_config, parse_config
from streams.config.model import Config
from streams.config.names import own_name
from streams.counts.lane_records import LaneRecords
from tests.archive.conftest import Recorded, run

LANES, NOW_S = 4, 1.9e9
SECRET = "what was written in the message"
Topic = dict[Partition, list[bytes]]


@pytest.fixture(scope="module")
def topics(recorded: Recorded) -> Topic:
    """What is on the sources' topics: events with a message's text in them, and rubbish."""
    found: Topic = {}
    for word in recorded.files:
        name, _, path = word.partition("=")
        for line in Path(path).read_text().splitlines():
            event = json.loads(line)
            key = event["sender"]["id"] or event["event_id"]
            place = Partition(name, partition_of(key.encode(), LANES))
            found.setdefault(place, []).append(json.dumps({**event, "text": SECRET}).encode())
    for values in found.values():
        values.insert(3 * len(values) // 4, b"{")
    return found


def _record(root: Path, config: Config, topics: Topic) -> tuple[int, int]:
    """Record, with a recorder that rolls once and is then lost, and one that comes after it."""
    other = [Partition(own_name(config.name, what), 0) for what in ("counts", "alerts", "labels")]
    there = {place: (0, len(values)) for place, values in topics.items()}
    there |= dict.fromkeys(other, (0, 0))
    for lost in (True, False):
        with Recorder(root, config, events=True) as recorder:
            recorder.begin(there)
            for place, values in sorted(topics.items()):
                first = recorder.following[place]
                until = len(values) // 2 if lost else len(values)
                for offset in range(first, until):
                    recorder.take(place, offset, values[offset], NOW_S)
            if lost:
                recorder.save()
                for place, values in sorted(topics.items()):
                    recorder.take(place, len(values) // 2, values[len(values) // 2], NOW_S)
                continue  # without a roll: what came after the last one is recorded again
            recorder.save()
            return recorder.raw_events.files.events, recorder.raw_events.rejects.total
    raise AssertionError


def _alerts(config: Config, root: Path) -> list[bytes]:
    found = {name: RecordedEvents(root, name) for name in config.sources}
    records: dict[str, LaneRecords] = {name: of for name, of in found.items() if of.lanes}
    out: list[bytes] = []
    run = Replay(config, {}, now_s=NOW_S, recorded=records)
    run.run(lambda alert: out.append(alert.value), lambda *_: None)
    return out


def _of_files(config: Config, recorded: Recorded) -> list[bytes]:
    files = {word.partition("=")[0]: [Path(word.partition("=")[2])] for word in recorded.files}
    out: list[bytes] = []
    run = Replay(config, files, now_s=NOW_S)
    run.run(lambda alert: out.append(alert.value), lambda *_: None)
    return out


def _texts(root: Path) -> Iterator[str]:
    for path in (root / "events").rglob("*.parquet"):
        yield from pq.ParquetFile(path).read().column("json").to_pylist()


def test_events_are_counted_anew_with_another_bucket(
    recorded: Recorded, topics: Topic, tmp_path: Path
) -> None:
    """Six hours for one, two levels fewer: the alerts of the files themselves, byte for byte."""
    config = load_config(recorded.config)
    taken, rejected = _record(tmp_path / "archive", config, topics)
    assert rejected == len(topics)
    texts = list(_texts(tmp_path / "archive"))
    assert len(texts) == sum(map(len, topics.values())) - len(topics)
    assert 0 < taken < len(texts), "the first half was recorded by the one that was lost"
    assert not any(SECRET in text for text in texts)
    other = parse_config(
        {
            "name": "other",
            "timezone": config.timezone,
            "count": {"bucket": "6h", "lateness": "0s", "levels": ["sender", "all"]},
            "detect": {"budget_per_day": 50.0},
        }
    )
    assert _alerts(other, tmp_path / "archive") == _of_files(other, recorded) != []


def test_an_archive_goes_on_with_events_as_it_was_begun(
    recorded: Recorded, topics: Topic, tmp_path: Path
) -> None:
    """Events that begin or end in the middle would be taken for all of them."""
    config = load_config(recorded.config)
    _record(tmp_path / "archive", config, topics)
    with pytest.raises(ArchiveUnusable, match="as it was begun, with --events"):
        Recorder(tmp_path / "archive", config)


def test_an_archive_without_events_is_named(recorded: Recorded, tmp_path: Path) -> None:
    """What is not there cannot be counted anew: it says which option records it."""
    words = ["--archive", str(recorded.archive), "--events", "--config", str(recorded.config)]
    said = run("replay", *words, "--alerts", str(tmp_path / "alerts.jsonl"), status=2)
    assert "must hold raw events" in said
    assert "record --events" in said
