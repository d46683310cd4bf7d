"""`ingest --sort` writes a topic in the order of times, and goes on where it was stopped."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from streams.counts.files.ingest import Ingest, IngestFailed
from streams.items import End
from tests.integration.test_ingest import LANES, Topic
from tests.sources.files import torn_gzip

ROWS = [f"{1_600_000_000 + 10 * n},{n % 7}" for n in range(600)]


@pytest.fixture
def topic(kafka: str) -> Topic:
    return Topic(kafka)


def _files(folder: Path) -> list[Path]:
    """Two files out of order, each with a record that is none."""
    rows = random.Random(1).sample(ROWS, len(ROWS))
    paths = []
    for number, half in enumerate((rows[:300], rows[300:])):
        path = folder / f"{number}.csv"
        path.write_text("\n".join(["at,who", "never,5", *half]) + "\n")
        paths.append(path)
    return paths


def _ingest(topic: Topic, paths: list[Path], skip: int = 0) -> Ingest:
    return Ingest(topic.config, topic.place, topic.source, paths, end=False, sort=True, skip=skip)


def _written(topic: Topic) -> list[list[float]]:
    lanes: list[list[float]] = [[] for _ in range(LANES)]
    for message in topic.records():
        event = topic.decode(message)
        assert not isinstance(event, End)
        lanes[message.partition() or 0].append(event.event_time.timestamp())
    return lanes


def test_the_topic_is_in_order(topic: Topic, tmp_path: Path) -> None:
    """Every lane's times go up, and every record is there."""
    summary = _ingest(topic, _files(tmp_path)).run()
    assert (summary.events, summary.rejects, summary.strays.late) == (600, 2, 0)
    lanes = _written(topic)
    assert sum(map(len, lanes)) == 600
    assert all(lane == sorted(lane) for lane in lanes)


def test_it_goes_on_in_the_same_order(topic: Topic, tmp_path: Path) -> None:
    """With --skip the first items in the order of times are left out."""
    paths = _files(tmp_path)
    run = _ingest(topic, paths, skip=102)
    summary = run.run()
    assert (summary.records, summary.items) == (602, 500), "all were read, and not all written"
    times = sorted(time for lane in _written(topic) for time in lane)
    assert times == [1_600_000_000.0 + 10 * n for n in range(100, 600)]
    assert "up to item 602 in the order of times" in run.arrived()
    assert f"{paths[0]} {paths[1]} --skip 602 --sort`" in run.arrived()


def test_a_file_that_breaks_off_is_not_written(topic: Topic, tmp_path: Path) -> None:
    """What is missing might have come first."""
    path = tmp_path / "torn.csv.gz"
    path.write_bytes(torn_gzip("\n".join(["at,who", *ROWS]).encode()))
    with pytest.raises(IngestFailed, match="--sort must have whole files"):
        _ingest(topic, [path]).run()
    assert _written(topic) == [[], [], []]
