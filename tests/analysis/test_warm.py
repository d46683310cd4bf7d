"""State made of recorded buckets is that of a monitor that ran all along, in whatever shape."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.rendering import Published
from streams.analysis.warm import warm
from streams.archive.manifest import Manifest
from streams.archive.read.buckets import RecordedBucket
from streams.archive.read.other_shape import OtherShape, split, unfit
from streams.archive.tables import ShardGroup
from streams.config.model import Config
from streams.counts.open_bucket import Flush
from streams.counts.wire import records
from streams.detection.context.groups import Wider
from streams.detection.merge import ClosedBucket
from streams.detection.shard import Shard
from streams.items import SURPLUS, SURPLUS_IDS, UNCHECKED, Counts, Level, Total
from tests.events_of import T0, config

MINUTES = 30
SENDERS = [f"s{number}" for number in range(9)]
LEVELS: list[Level] = ["sender", "platform", "all"]

Told = list[dict[str, Any]]
Stream = Iterable[list[tuple[int, Counts]]]


def shaped(bucket_s: int, shards: int, levels: Sequence[Level] = LEVELS) -> Config:
    """Sends and complaints in one group; a budget that lets a short stream alert."""
    return config(
        count={"levels": list(levels), "bucket": f"{bucket_s}s"},
        detect={"budget_per_day": 3000.0, "shards": shards, "min_count": 5, "exit_after": 2},
        sources={name: {"kind": name.removesuffix("s")} for name in ("sends", "complaints")},
    )


def platform(sender: str) -> str:
    return f"p{int(sender[1:]) % 2}"


def minutes_of(seed: int) -> dict[str, list[dict[str, int]]]:
    """Counts of each minute: quiet senders, some bursts; most buckets have both signals."""
    out = {}
    for source in ("sends", "complaints"):
        chance = random.Random(f"{seed}{source}")
        bursts = {(chance.choice(SENDERS), chance.randrange(6, MINUTES)) for _ in range(5)}
        bursts |= {(name, minute + 1) for name, minute in bursts if chance.random() < 0.5}
        out[source] = [
            {s: n for s in SENDERS if (n := chance.randrange(4) + 70 * ((s, minute) in bursts))}
            for minute in range(MINUTES)
        ]
    return out


def _records(
    shape: Config, counted: dict[str, list[dict[str, int]]]
) -> Iterator[list[tuple[int, Counts]]]:
    """The records of all shards, bucket by bucket, as a counter of this shape writes them."""
    bucket_s, shards = shape.sources["sends"].bucket_s, shape.detect.shards
    step = bucket_s // 60
    for first in range(0, MINUTES, step):
        start = int(T0) + 60 * first
        of_bucket: list[tuple[int, Counts]] = []
        for source, minutes in counted.items():
            sums: dict[Level, dict[str, int]] = {level: {} for level in shape.count.levels}
            parents: dict[tuple[int, str], set[Wider]] = {}
            for minute in minutes[first : first + step]:
                for sender, count in minute.items():
                    names = {"sender": sender, "platform": platform(sender), "all": "all"}
                    parents[start, sender] = {("platform", platform(sender))}
                    for level, of_level in sums.items():
                        of_level[names[level]] = of_level.get(names[level], 0) + count
            totals = [
                Total(start, level, name, n) for level in sums for name, n in sums[level].items()
            ]
            flush = Flush(totals, watermark=float(start + bucket_s), parents=parents)
            of_bucket += records(source, 0, 1, bucket_s, flush, shards)
        yield of_bucket


def run_live(shards: list[Shard], stream: Stream) -> list[Published]:
    return [
        alert
        for shard, record in chain.from_iterable(stream)
        for alert in shards[shard].take(shards[shard].position, record)
    ]


def _recorded(shape: Config, stream: Stream) -> list[RecordedBucket]:
    """What a recorder of this shape writes, in the order of an archive."""
    shards = [Shard(number, shape) for number in range(shape.detect.shards)]
    found = [
        RecordedBucket(ShardGroup(result.shard, result.group), result.bucket)
        for shard, record in chain.from_iterable(stream)
        for result in shards[shard].close(shards[shard].position, record)
    ]
    return sorted(found, key=lambda one: (one.bucket.end, one.shard_group))


def events_after(
    alerts: Sequence[Published], after_s: int, begun: Sequence[Published] = ()
) -> Told:
    """What alerts say of buckets that end later, but for what a new feed numbers anew."""
    carried = {alert.alert.alert_id: 0 for alert in begun}
    out = []
    for alert in alerts:
        event = orjson.loads(alert.value)
        data = event["data"]
        if _time_s(event) <= after_s:
            continue
        for name in ("config", "feed_no"):
            del data[name]
        if data["alert_id"] in carried:
            del data["revision"], event["id"]
        out.append(event)
    return out


def _time_s(event: dict[str, Any]) -> float:
    return dt.datetime.fromisoformat(event["time"]).timestamp()


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    cut=st.integers(9, MINUTES - 8),
    shards=st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 3)]),
    minutes=st.sampled_from([1, 2, 3]),
    levels=st.sampled_from([LEVELS, ["sender", "all"]]),
)
def test_warmed_and_then_live_it_says_what_one_that_ran_all_along_says(
    seed: int, cut: int, shards: tuple[int, int], minutes: int, levels: list[Level]
) -> None:
    """From the first bucket after the archive on, whatever the shape was before."""
    old, new = shaped(60, shards[0]), shaped(60 * minutes, shards[1], levels)
    counted = minutes_of(seed)
    live = list(_records(new, counted))
    all_along = [Shard(number, new) for number in range(shards[1])]
    expected = run_live(all_along, live)

    recorded = _recorded(old, list(_records(old, counted))[:cut])
    manifest = Manifest.from_config(old, "kafka")
    assert unfit(manifest, new) == []
    warmed = [Shard(number, new) for number in range(shards[1])]
    shape = OtherShape(new)
    era = warm(warmed, shape.buckets(manifest, {"1m"}, recorded))
    assert era.through == int(T0) + cut // minutes * minutes * 60
    begun = [alert for shard in warmed for alert in shard.begin_again()]
    after = run_live(warmed, live)
    assert events_after(after, era.through, begun) == events_after(expected, era.through, begun)
    still_open = {
        alert.alert.alert_id: alert.alert.state
        for alert in expected
        if _time_s(orjson.loads(alert.value)) <= era.through
    }
    assert {alert.alert.alert_id for alert in begun} == {
        name for name, state in still_open.items() if state == "open"
    }
    assert len(expected) > 5
    assert [alert.alert.revision for alert in begun] == [1] * len(begun)


def test_every_shard_is_told_what_was_beyond_the_bounds() -> None:
    """As live: a shard that holds none of it must not learn from incomplete totals either."""
    beyond = {("sends", "sender"): {SURPLUS: 9, SURPLUS_IDS: 4}, ("sends", "all"): {UNCHECKED: 2}}
    counted = {("sends", "sender"): dict.fromkeys(SENDERS, 1)}
    parts = split(ClosedBucket(0, 60, counted, {}, beyond), 3)
    assert [part.beyond for part in parts] == [beyond] * 3
    found = [name for part in parts for of in part.sums.values() for name in of]
    assert sorted(found) == SENDERS
