"""The comparison itself, without a broker: it agrees with a replay, and it sees what differs."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path

import pytest

from streams.analysis.replay import Replay
from streams.config.load import parse_config
from streams.config.model import Config
from tests.torture.records import BUCKETS, LANES, Record, config, make
from tests.torture.results import Results, differences
from tests.torture.undisturbed import undisturbed


def _config(shards: int = 1) -> Config:
    return parse_config(tomllib.loads(config("t", shards=shards)))


def _judged(records: list[Record], shards: int = 1) -> Results:
    return undisturbed(_config(shards), records, written_s=time.time(), lanes=LANES)


def _ends(value: bytes) -> bool:
    return b'"type":"end"' in value


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return make(3)


def test_the_records_raise_alerts_of_several_kinds(records: list[Record]) -> None:
    """Else nothing would be compared: three levels, sends and complaint rates, rejects."""
    judged = _judged(records)
    entities = [json.loads(line)["data"] for line in judged.alerts[0]]
    assert {"sender", "signature", "platform"} <= {data["entity"]["level"] for data in entities}
    assert {"sends", "complaint_rate"} <= {data["signal"] for data in entities}
    assert {"time_jump", "too_far_ahead", "tombstone"} <= {place[3] for place in judged.rejects}
    assert sum(tally[1] for tally in judged.tallies.values()) > 10
    assert sum(tally[2] for tally in judged.tallies.values()) > 10
    assert len(records) >= 10_000


def test_it_is_what_a_replay_gives(records: list[Record], tmp_path: Path) -> None:
    """The undisturbed run and the replay of the same events from files: the same bytes."""
    files = {}
    for topic in LANES:
        lines = [r.value for r in records if r.topic == topic and r.value and not _ends(r.value)]
        files[topic] = [tmp_path / topic]
        files[topic][0].write_bytes(b"\n".join(lines))
    replayed: list[bytes] = []
    Replay(_config(), files, now_s=time.time()).run(
        lambda published: replayed.append(published.value), lambda _source, _reject: None
    )
    assert replayed == _judged(records).alerts[0]


def test_another_order_within_a_lane_is_seen(records: list[Record]) -> None:
    """The comparison is no formality: an event less, and totals and alerts differ."""
    whole, less = _judged(records), _judged(records[: len(records) // 2] + records[-5:])
    assert differences(whole, whole) == []
    found = differences(whole, less)
    assert any(line.startswith("total of") for line in found)
    assert any(line.startswith("alert of") for line in found)
    assert any(line.startswith("tally of") for line in found)


def test_two_versions_of_a_revision_are_seen(records: list[Record]) -> None:
    """Repeats are none; a repeat with another byte is a difference, and so is a gap."""
    lines = _judged(records).alerts[0]
    again, forged, gap = Results(), Results(), Results()
    again.add_alerts(0, [*lines, *lines[-3:]])
    forged.add_alerts(0, [*lines, lines[0].replace(b'"revision":1', b'"revision":1,"x":1')])
    gap.add_alerts(0, lines[:3] + lines[4:])
    assert again.problems == []
    assert again.alerts[0] == lines
    assert "two versions" in forged.problems[0]
    assert "feed number" in gap.problems[0]


def test_every_lane_goes_to_the_end(records: list[Record]) -> None:
    """No lane falls idle: each has events in the last buckets, and an end mark."""
    for topic, number in LANES.items():
        for lane in range(number):
            values = [r.value or b"" for r in records if (r.topic, r.partition) == (topic, lane)]
            assert _ends(values[-1])
            assert any(f"-{BUCKETS - 1}-".encode() in value for value in values)
