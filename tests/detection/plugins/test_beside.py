"""Detectors of others beside ours: bounded, repeatable, and never a second alert."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import base

from streams.config.load import ConfigError
from streams.config.model import Config
from streams.detection.context.budget import split_budget
from streams.detection.plugins.beside import Beside, Seen
from streams.detection.shard import Shard
from streams.detection.signals import OWN_DETECTORS
from streams.items import Counts
from tests.detection.counts_of import MINUTE, bucket, counts
from tests.detection.plugins.test_river_detector import PROVEN
from tests.events_of import config

ROOT = Path(__file__).parents[3]
SENDERS = [f"s{number}" for number in range(8)]
MINUTES = 110
OTHERS = ("trees", "gauss", "sad", "ewma")


class Brittle(base.AnomalyDetector):
    """Works until it meets a large count: what no trial finds."""

    def learn_one(self, x: dict[Any, Any]) -> None:
        if x["count"] > 1000:
            raise OverflowError("too many")

    def score_one(self, x: dict[Any, Any]) -> float:
        return float(x["count"])


def _tables(*names: str) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{name}-beside",
            "detector": PROVEN[name][0],
            "parameters": PROVEN[name][1],
            "share": 0.96 / len(names),
            "warmup": 10,
            "most": 6,
        }
        for name in names
    ]


def _config(tables: list[dict[str, Any]], **detect: Any) -> Config:
    return config(
        count={"levels": ["sender"]},
        detect={"budget_per_day": 2000.0, "beside": tables, **detect},
        sources={
            "sends": {"kind": "send", "group": "sending"},
            "complaints": {"kind": "complaint", "group": "complaining"},
        },
    )


def _stream(seed: int, height: int = 25) -> list[Counts]:
    """Sends minute by minute: eight senders, some bursts, a gap."""
    chance = random.Random(seed)
    bursts = {(chance.choice(SENDERS), chance.randrange(50, MINUTES)) for _ in range(6)}
    out = []
    for minute in range(MINUTES):
        totals = {
            (minute, name): chance.randrange(3, 12) + height * ((name, minute) in bursts)
            for name in SENDERS
            if minute != 30 and chance.random() < 0.8
        }
        out.append(counts(totals, until=minute + 1))
    return out


def _run(shard: Shard, records: list[Counts], start: int, stop: int) -> list[bytes]:
    return [
        published.value
        for offset in range(start, stop)
        for published in shard.take(offset, records[offset])
    ]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 50), min_size=1, max_size=4))
def test_after_a_crash_the_same_alerts_follow(seed: int, runs: list[int]) -> None:
    """Trees, scorers and our own scalars are kept: wherever it crashes, equal bytes follow."""
    records = _stream(seed)
    settings = _config(_tables(*OTHERS))
    whole = _run(Shard(0, settings), records, 0, len(records))
    slots: dict[bytes, bytes] = {}
    out: list[bytes] = []
    at = 0
    for length in [*runs, len(records)]:
        shard = Shard(0, settings)
        shard.restore(slots)
        assert shard.position == at
        stop = min(at + length, len(records))
        out += _run(shard, records, at, stop)
        with patch("streams.detection.slots.SLOT_BYTES", 999):
            slots.update(shard.checkpoint())
        at = stop
    assert out == whole


@pytest.mark.parametrize("name", OTHERS)
def test_each_of_them_alerts(name: str) -> None:
    """In these streams every kind opens alerts in its own name, and ours go on beside it."""
    found = {
        published.alert.detector
        for seed, height in enumerate([25, 25, 25, 100])
        for shard in [Shard(0, _config(_tables(name)))]
        for offset, record in enumerate(_stream(seed, height))
        for published in shard.take(offset, record)
    }
    assert f"{name}-beside" in found
    assert "e-sr" in found


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([25, 100]))
def test_an_entity_has_one_open_alert(seed: int, height: int) -> None:
    """Whoever opened it: no second alert of a signal opens before the first is resolved."""
    shard = Shard(0, _config(_tables(*OTHERS)))
    open_: dict[str, str] = {}
    for offset, record in enumerate(_stream(seed, height)):
        for published in shard.take(offset, record):
            alert = published.alert
            if alert.signal != "sends":
                continue
            if alert.event == "opened":
                assert alert.entity.id not in open_
                open_[alert.entity.id] = alert.alert_id
            else:
                assert open_[alert.entity.id] == alert.alert_id
            if alert.event == "resolved":
                del open_[alert.entity.id]


def test_without_a_table_nothing_changes() -> None:
    """A detector that finds nothing takes its share of the budget, and changes nothing else."""
    records = _stream(4)
    idle = {"name": "idle", "detector": "detectors.EWMA", "share": 0.5, "warmup": 10_000}
    with_it = _run(Shard(0, _config([idle])), records, 0, len(records))
    half = _config([], budget_per_day=1000.0)
    without = _run(Shard(0, half), records, 0, len(records))
    hashes = (_config([idle]).hash.encode(), half.hash.encode())
    assert with_it
    assert [value.replace(hashes[0], hashes[1]) for value in with_it] == without


def _beside(per_day: float = 1.0, **keys: Any) -> Beside:
    table = {"name": "x", "detector": "detectors.EWMA", "share": 0.5, "warmup": 2, **keys}
    return Beside(_config([table]).detect.beside[0], per_day, MINUTE, "UTC")


def _packed(beside: Beside) -> list[bytes]:
    shared, number, pieces = beside.pack(1024)
    packed = list(pieces)
    assert (shared, number) == (b"", len(packed))
    return packed


def _seen(expected: list[float], minute: int = 0, times: float = 1.0) -> Seen:
    mean = np.array(expected)
    return Seen(bucket(minute), mean * times, mean, np.ones(len(mean)))


NOBODY = np.zeros(6, dtype=np.bool_)


def test_the_busiest_are_watched() -> None:
    """Beyond the bound the busiest are watched; who becomes so takes a place within a day."""
    one = _beside(most=3)
    one.learn(_seen([1.0, 9.0, 3.0, 8.0, 3.0, 2.0]), NOBODY, [], complete=True)
    assert sorted(one.watched) == [1, 2, 3]
    one.learn(_seen([1.0, 9.0, 3.0, 8.0, 3.0, 70.0], minute=1), NOBODY, [], complete=True)
    assert sorted(one.watched) == [1, 2, 3]
    one.learn(_seen([1.0, 9.0, 3.0, 8.0, 3.0, 70.0], minute=1440), NOBODY, [], complete=True)
    assert sorted(one.watched) == [1, 3, 5]
    # A little busier is not enough: its detector would know nothing yet.
    one.learn(_seen([1.0, 9.0, 3.0, 8.0, 12.0, 70.0], minute=2880), NOBODY, [], complete=True)
    assert sorted(one.watched) == [1, 3, 5]


def test_who_has_an_alert_keeps_its_place() -> None:
    """An entity with an open alert stays watched, however busy others become."""
    one = _beside(most=1)
    one.learn(_seen([5.0, 1.0]), NOBODY[:2], [], complete=True)
    alarmed = np.array([True, False])
    one.learn(_seen([5.0, 99.0], minute=1440), alarmed, [], complete=True)
    assert one.watched == [0]


def test_nobody_is_asked_before_it_has_learned() -> None:
    """Within its first buckets a detector knows nothing: it says nothing, and is not ranked."""
    one = _beside(warmup=5)
    for minute in range(7):
        one.suspects(_seen([5.0, 5.0], minute, times=1.5), NOBODY[:2])
        assert len(one._scores) == (2 if minute >= 6 else 0)
        one.learn(_seen([5.0, 5.0], minute, times=1.5), NOBODY[:2], [], complete=True)


def test_lulls_raise_no_alert() -> None:
    """Scorers find a lull as odd as a burst; an alert is about a burst."""
    one = _beside(10.0, detector="river.anomaly.StandardAbsoluteDeviation", warmup=100)
    chance = np.random.default_rng(1)
    for minute in range(2000):
        seen = Seen(
            bucket(minute), chance.poisson(50.0, 6).astype(float), np.full(6, 50.0), np.ones(6)
        )
        one.suspects(seen, NOBODY)
        one.learn(seen, NOBODY, [], complete=True)
    low = Seen(bucket(2001), np.zeros(6), np.full(6, 50.0), np.ones(6))
    high = Seen(bucket(2001), np.full(6, 150.0), np.full(6, 50.0), np.ones(6))
    assert one.suspects(low, NOBODY) == []
    assert [suspect.row for suspect in one.suspects(high, NOBODY)] == [0, 1, 2, 3, 4, 5]
    assert {suspect.detector for suspect in one.suspects(high, NOBODY)} == {"x"}


def test_a_detector_that_fails_begins_anew() -> None:
    """What one detector cannot take stops nothing: it begins anew there, and it is counted."""
    one = _beside(detector="tests.detection.plugins.test_beside.Brittle")
    for minute in range(4):
        one.learn(_seen([5.0, 5.0], minute), NOBODY[:2], [], complete=True)
    one.suspects(_seen([5.0, 5.0], 4, times=2.0), NOBODY[:2])
    assert len(one._scores) == 2
    one.learn(_seen([5.0, 2000.0], 4), NOBODY[:2], [], complete=True)
    assert one.failed == 1
    one.suspects(_seen([5.0, 5.0], 5, times=2.0), NOBODY[:2])
    assert len(one._scores) == 1


def test_a_bucket_that_is_not_whole_teaches_nothing() -> None:
    """Neither the detectors nor the ranks learn from a truncated bucket."""
    one = _beside()
    for minute in range(4):
        one.suspects(_seen([5.0, 5.0], minute, times=1.2), NOBODY[:2])
        one.learn(_seen([5.0, 5.0], minute, times=1.2), NOBODY[:2], [], complete=True)
    before = _packed(one)
    one.suspects(_seen([5.0, 5.0], 4, times=0.2), NOBODY[:2])
    one.learn(_seen([5.0, 5.0], 4, times=0.2), NOBODY[:2], [], complete=False)
    assert _packed(one) == before


def test_evidence_begins_anew_after_an_alert() -> None:
    """A detector that gathers evidence, as ours do, is reset when an alert ends: no flapping."""
    one = _beside(detector="detectors.PredictiveESR")
    for minute in range(30):
        one.learn(_seen([5.0, 5.0], minute, times=1.0 + minute / 29), NOBODY[:2], [], complete=True)
    seen = _seen([5.0, 5.0], 31)
    one.learn(seen, np.array([True, True]), [1], complete=True)
    held, calmed = (one._detectors[row].detector.score_one({"count": 5.0}) for row in (0, 1))
    assert calmed < held


def test_a_state_goes_with_its_own_detector_only() -> None:
    """Other parameters, another detector: it begins anew and does not go on with a wrong state."""
    one = _beside()
    for minute in range(9):
        one.suspects(_seen([5.0, 5.0], minute, times=1.2), NOBODY[:2])
        one.learn(_seen([5.0, 5.0], minute, times=1.2), NOBODY[:2], [], complete=True)
    same, other = _beside(), _beside(parameters={"weight": 0.5})
    for each in (same, other):
        each.unpack(b"", _packed(one))
    assert _packed(same) == _packed(one)
    assert other.watched == []


def test_a_state_that_cannot_be_read_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """After a change of version a state may be unreadable: it begins anew, and says so."""
    one = _beside()
    one.learn(_seen([5.0]), NOBODY[:1], [], complete=True)
    packed = _packed(one)
    again = _beside()
    with patch(
        "streams.detection.plugins.river_detector._Unpickler.find_class",
        side_effect=AttributeError("renamed"),
    ):
        again.unpack(b"", packed)
    assert again.watched == []
    assert "x: the state of detectors.EWMA is lost" in caplog.text


def test_the_share_is_taken_from_the_budget() -> None:
    """What it may cost is its share of the whole; what is left is for Weathervane's own."""
    tables = [
        {"name": "a", "detector": "detectors.EWMA", "share": 0.25, "signals": ["sends"]},
        {"name": "b", "detector": "detectors.CUSUM", "share": 0.1},
    ]
    shares = split_budget(_config(tables, budget_per_day=8.0, shards=2))
    sums: dict[str, float] = {}
    for budget in shares.values():
        for name, per_day in budget.beside:
            sums[name] = sums.get(name, 0.0) + 2 * per_day
    assert sums == pytest.approx({"a": 2.0, "b": 0.8})
    assert 2 * sum(budget.total for budget in shares.values()) == pytest.approx(8.0)


def test_its_name_is_none_of_ours() -> None:
    """An alert's `detector` says who found it: the names of our own detectors are taken."""
    for name in OWN_DETECTORS:
        with pytest.raises(ConfigError, match="none of Weathervane's own detectors"):
            _config([{"name": name, "detector": "detectors.EWMA", "share": 0.1}])


def test_our_detectors_names_stand_in_the_table() -> None:
    """No module but the two tables writes a detector's name into an alert by itself."""
    tables = {"streams/detection/signals.py", "streams/detection/misuse/table.py"}
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
        for path in (ROOT / "streams").rglob("*.py")
    }
    written = [
        (path, name)
        for path, text in texts.items()
        for name in OWN_DETECTORS
        if path not in tables and f'detector="{name}"' in text
    ]
    assert all(any(f'"{name}"' in texts[table] for table in tables) for name in OWN_DETECTORS)
    assert written == []
