"""A shard holds as many entities as it may, and says how many had no room."""

from __future__ import annotations

import random

import pytest

from streams.detection.merge import ClosedBucket
from streams.detection.shard import Shard
from streams.items import SURPLUS, SURPLUS_IDS
from tests.events_of import config

MINUTE = 60
MOST = 20


def _shard(**sources: dict[str, str]) -> Shard:
    named = sources or {"sends": {"kind": "send", "group": "g"}}
    detect = {"max_entities": MOST, "budget_per_day": 5.0}
    return Shard(0, config(count={"levels": ["sender", "all"]}, detect=detect, sources=named))


def _bucket(minute: int, totals: dict[str, int], source: str = "sends") -> ClosedBucket:
    start = 1_772_409_600 + MINUTE * minute
    sums = {(source, "sender"): totals, (source, "all"): {"all": sum(totals.values())}}
    return ClosedBucket(start, start + MINUTE, sums, {})


def _names(shard: Shard) -> list[str]:
    return shard.groups["g"].panel.entities["sends", "sender"].names


def test_the_largest_newcomers_are_admitted_whatever_came_first() -> None:
    """Ties go by name; known entities keep their rows, and their totals."""
    group = _shard().groups["g"]
    group.judge(_bucket(0, {f"known {n}": 1 for n in range(15)}))
    totals = {f"known {n}": 1 for n in range(15)} | {f"new {n}": 1 + n // 2 for n in range(10)}
    bounded = []
    for seed in range(3):
        shuffled = list(totals.items())
        random.Random(seed).shuffle(shuffled)
        bounded.append(group.panel.admission.bounded(_bucket(1, dict(shuffled))))
    first = bounded[0]
    assert set(totals) - set(first.sums["sends", "sender"]) == {f"new {n}" for n in (0, 1, 2, 3, 5)}
    assert first.beyond["sends", "sender"] == {SURPLUS: 1 + 1 + 2 + 2 + 3, SURPLUS_IDS: 5}
    assert ("sends", "all") not in first.beyond
    for other in bounded:
        assert sorted(other.sums["sends", "sender"]) == sorted(first.sums["sends", "sender"])
        assert other.beyond == first.beyond


def test_a_source_tells_what_had_no_room_and_the_next_bucket_is_as_before() -> None:
    """The alert is on the source; nobody gets a row in that bucket; then it ends."""
    shard = _shard()
    group = shard.groups["g"]
    steady = {f"known {n}": 5 for n in range(15)}
    for minute in range(30):
        group.judge(_bucket(minute, steady))
    flood = group.judge(_bucket(30, steady | {f"fresh {n}": 1 for n in range(1000)}))
    (alert,) = [each.alert for each in flood.alerts if each.alert.signal == "source"]
    assert (alert.kind, alert.observed) == ("overflow", 995)
    assert "995 ids" in alert.summary
    assert len(_names(shard)) <= MOST
    assert [len(flood.bucket.sums["sends", "sender"])] == [1015]  # an archive holds what came
    after = group.judge(_bucket(31, steady))
    assert {each.alert.event for each in after.alerts} == {"resolved"}
    assert len(_names(shard)) <= MOST


@pytest.mark.parametrize("seed", range(3))
def test_no_stream_holds_more_than_it_may(seed: int) -> None:
    """Of sends, complaints and rates, whatever ids come."""
    chance = random.Random(seed)
    shard = _shard(
        sends={"kind": "send", "group": "g"}, complaints={"kind": "complaint", "group": "g"}
    )
    group = shard.groups["g"]
    for minute in range(25):
        start = 1_772_409_600 + MINUTE * minute
        sums = {}
        for source in ("sends", "complaints"):
            ids = chance.sample(range(60), 12)
            totals = {f"id {n}": chance.randrange(1, 2000) for n in ids}
            sums[source, "sender"] = totals
            sums[source, "all"] = {"all": sum(totals.values())}
        group.judge(ClosedBucket(start, start + MINUTE, sums, {}))
        assert all(len(of) <= MOST for of in group.panel.entities.values())
    assert any(len(of) >= MOST - 5 for of in group.panel.entities.values())
