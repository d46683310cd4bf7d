"""The side-by-side throughput: what is counted, what is measured, what is said of the rest."""

from __future__ import annotations

import json
import math
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.peers.events import (
    BUCKET_S,
    EVENTS_A_BUCKET,
    JITTER_S,
    MAPPING,
    SENDERS,
    ZIPF,
    Encode,
    _avro,
    _others,
    _sends,
)
from benchmarks.peers.install import Missing, java_of
from benchmarks.peers.measure import Figures
from benchmarks.peers.process import Running, tree_cpu_s
from benchmarks.peers.registry import ID, SCHEMA
from benchmarks.peers.registry import MAPPING as AVRO
from benchmarks.peers.roster import PEERS
from benchmarks.throughput import run, table
from streams.items import Send
from streams.sources.event_json import Decoder
from streams.sources.mapping.record_items import RecordItems
from streams.sources.schemas.decision import Decision
from streams.sources.schemas.table import SchemaTable
from tests.events_of import source
from tests.sources.files import source as source_of

FIRST_S = 1_795_500_000


def test_the_events_are_ones_that_we_take() -> None:
    """Of about 200 bytes, in order but for a jitter, and decoded without a reject."""
    decoder = Decoder(source())
    newest = 0.0
    for sender, time_s, value in _sends(2000, FIRST_S, named=True):
        event = decoder.decode(value, time_s)
        assert isinstance(event, Send)
        assert (event.sender.id, event.count) == (sender, 1)
        assert abs(event.event_time.timestamp() - time_s) < 0.002
        assert event.sender.signature
        assert event.sender.platform
        assert time_s > newest - JITTER_S
        newest = max(newest, time_s)
    sizes = [len(value) for *_, value in _sends(2000, FIRST_S, named=False)]
    assert 190 < sum(sizes) / len(sizes) < 210
    assert newest - FIRST_S == pytest.approx(2000 / EVENTS_A_BUCKET * BUCKET_S, abs=JITTER_S)


@pytest.mark.parametrize(
    ("keys", "encode", "less"), [(MAPPING, _others, 40), (AVRO.format(url="http://r"), _avro, 140)]
)
def test_others_records_are_the_same_events(keys: str, encode: Encode, less: int) -> None:
    """By the mapping, another's records give the same senders at the same times, no rejects."""
    schemas = SchemaTable()
    schemas.add(Decision("http://r", str(ID), "AVRO", json.dumps(SCHEMA)))
    items = RecordItems(source_of(kind="send", **tomllib.loads(keys)), None, schemas=schemas)
    for (sender, time_s, own), (_, _, value) in zip(
        _sends(500, FIRST_S), _sends(500, FIRST_S, encode), strict=True
    ):
        (found,) = items.of_record(value, (), "x", time_s)
        assert isinstance(found, Send)
        assert found.sender.id == sender
        assert abs(found.event_time.timestamp() - time_s) < 0.002
        assert abs(len(value) - len(own)) < less


def test_senders_follow_zipfs_law() -> None:
    """The first of them has the share that the law gives it, of all that may come."""
    events = 200_000
    seen = Counter(sender for sender, *_ in _sends(events, FIRST_S, named=False))
    shares = [rank**-ZIPF for rank in range(1, SENDERS + 1)]
    whole = sum(shares)
    for rank in (1, 2, 10):
        share = shares[rank - 1] / whole
        assert seen[f"1069{rank - 1:08d}"] / events == pytest.approx(share, rel=0.05)
    different = sum(1 - math.exp(-events * share / whole) for share in shares)
    assert len(seen) == pytest.approx(different, rel=0.02)


def test_two_runs_write_the_same_events() -> None:
    """Peers in a run of fewer events read the first of the same."""
    longer = list(_sends(300, FIRST_S, named=False))
    assert [value for *_, value in longer] == [v for *_, v in _sends(300, FIRST_S, named=False)]


def test_processor_time_is_of_a_process_and_its_children() -> None:
    """A peer that works in a process of its own is not cheap for that."""
    spin = (
        "import time\nwhile time.process_time() < 0.5: pass\nprint(1, flush=True); time.sleep(60)"
    )
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])"
    output = Path("/dev/null")
    with Running([sys.executable, "-c", code], output) as running:
        began = time.monotonic()
        while running.cpu_s() < 0.5 and time.monotonic() - began < 60:
            time.sleep(0.05)
        assert 0.5 <= running.cpu_s() < 2.0
        assert not running.ended
    assert tree_cpu_s(2**31 - 1) == 0.0


def test_a_peers_marks_are_found_among_what_else_it_says(tmp_path: Path) -> None:
    """A line of its own, after a terminal's escape, or within a log line; nothing else is one."""
    lines = r'reading?\n\x1b[?25l{"at": "done", "records": 3}\n{"message": "counting sends/0"}\n'
    code = f"import sys, time; sys.stdout.write('{lines}'); sys.stdout.flush(); time.sleep(60)"
    with Running([sys.executable, "-c", code], tmp_path / "output") as running:
        began = time.monotonic()
        while running.mark(" sends/") is None and time.monotonic() - began < 60:
            time.sleep(0.05)
        assert running.mark("done") == {"at": "done", "records": 3}
        assert running.mark(" sends/") is not None
        assert running.mark("reading") is None


def test_a_peer_that_cannot_be_had_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Java the row is "not run", with the reason."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="java: must be version 17 or newer on PATH"):
        java_of(tmp_path, tmp_path)


def test_the_table_says_what_was_not_run_and_what_was_wrong() -> None:
    """Neither is left out, and a wrong count is not taken for a rate alone."""
    ours = {"events": 10, "counted": 10, "right": True, "events_per_cpu_s": 5, "events_per_s": 5}
    theirs = {**ours, "counted": 9, "right": False}
    text = table(
        {
            "run": {
                "events": 10,
                "mean_bytes": 200,
                "broker": "Apache Kafka",
                "load_before": 0.0,
                "load_after": 0.0,
            },
            "ours": ours,
            "quix": {**theirs, "ours_times_per_cpu_s": 2.0, "ours_times_per_s": 1.0},
            "flink": {"not_run": "mvn: no"},
        }
    )
    assert "flink          not run: mvn: no" in text
    assert "WRONG: counted 9" in text
    assert text.count("WRONG") == 1


def test_what_was_counted_before_the_clock_started_is_no_ones_speed() -> None:
    """Of two counters the first begins before the second has joined."""
    figures = Figures(events=100, counted=100, before=40, cpu_s=2.0, wall_s=3.0)
    assert (figures.right, figures.per_cpu_s, figures.per_s) == (True, 30.0, 20.0)


@pytest.mark.kafka
def test_ours_and_the_bare_loop_on_a_real_kafka(tmp_path: Path) -> None:
    """A short run ends with all events counted, none twice, and a ratio."""
    # So many that a busy machine does not count them all before the clock is looked at.
    found = run(400_000, ["bare"], tmp_path / "cache", tmp_path)
    assert found["ours"]["counted"] == found["bare"]["counted"] == 400_000
    assert found["ours"]["right"]
    assert found["bare"]["ours_times_per_cpu_s"] > 0
    assert set(PEERS) >= {"bare", "faust", "quix", "bytewax", "kafka-streams", "flink"}
