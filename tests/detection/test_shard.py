"""A shard that crashes anywhere says what an undisturbed one says, byte for byte."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.config.model import Config
from streams.counts.open_bucket import Flush
from streams.counts.wire import records, shard_of
from streams.detection.shard import Shard
from streams.items import Counts, Total
from tests.detection.counts_of import MINUTE, bucket, counts
from tests.detection.drawn import (
    MINUTES,
    SENDERS,
    checkpoint,
    drawn_stream,
    flat,
    flushes_of,
    restored,
    revisions,
    run,
    two_groups,
)
from tests.events_of import config


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), min_size=1, max_size=4),
)
def test_after_a_crash_the_same_alerts_follow(seed: int, runs: list[tuple[int, int]]) -> None:
    """Wherever it crashes, and crashes again: read from the checkpoint's place, equal bytes."""
    stream = drawn_stream(seed)[0]
    whole = Shard(0, two_groups())
    alerts = [revisions(whole.take(offset, record)) for offset, record in enumerate(stream)]

    slots: dict[bytes, bytes] = {}
    judged = 0  # alerts of records before are out, and in the checkpoint
    for until_checkpoint, until_crash in [*runs, (len(stream), 0)]:
        shard = restored(slots)
        assert shard.position <= judged
        stop = min(shard.position + until_checkpoint, len(stream))
        assert run(shard, stream, shard.position, stop) == flat(alerts[judged:stop])
        slots.update(checkpoint(shard))
        judged = max(judged, stop)
        # What it does after the checkpoint is lost with it.
        run(shard, stream, stop, min(stop + until_crash, len(stream)))
    assert judged == len(stream)


def _joined() -> Config:
    """Sends and complaints in one group, on one clock."""
    return config(
        count={"levels": ["sender", "all"]},
        detect={"budget_per_day": 2000.0, "min_count": 5},
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_the_interleaving_of_lanes_changes_no_byte(seed: int, chance: random.Random) -> None:
    """Lanes of sends and complaints, one far ahead of another or in step: the same alerts."""
    lanes: dict[tuple[str, int], list[Counts]] = {}
    for source, number in (("sends", 2), ("complaints", 1)):
        for of_minute in flushes_of(seed, source, number):
            for lane, flush in of_minute:
                out = records(source, lane, number, MINUTE, flush, 1)
                lanes.setdefault((source, lane), []).extend(record for _, record in out)

    in_step = [record for of_minute in zip(*lanes.values(), strict=True) for record in of_minute]
    order = [lane for lane, of_lane in lanes.items() for _ in of_lane]
    chance.shuffle(order)
    rest = {lane: iter(of_lane) for lane, of_lane in lanes.items()}
    shuffled = [next(rest[lane]) for lane in order]

    def alerts(stream: list[Counts]) -> list[bytes]:
        return run(Shard(0, _joined()), stream, 0, len(stream))

    assert alerts(in_step) == alerts(shuffled)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_early_alerts_change_no_revision(seed: int) -> None:
    """Live, with early alerts, and in a replay, without: every revision from 1 on is the same."""
    stream = drawn_stream(seed)[0]
    live, replay = Shard(0, two_groups()), Shard(0, two_groups())
    early = set()
    for offset, record in enumerate(stream):
        times = [float(total.bucket) + 30.0 for total in record.totals]
        out = live.take(offset, record, min(times, default=0.0))
        again = replay.take(offset, record)
        assert revisions(out) == revisions(again)
        assert all(published.alert.revision >= 1 for published in again)
        for published in out:
            alert = published.alert
            if alert.event == "early":
                assert alert.alert_id not in early
                early.add(alert.alert_id)
            else:
                early.discard(alert.alert_id)
    assert not early  # each was confirmed by an alert of its name, or withdrawn


def test_these_streams_do_alert() -> None:
    """The streams of these tests lead to alerts that open and resolve, on sources too."""
    shard = Shard(0, two_groups())
    found = [
        published.alert
        for offset, record in enumerate(drawn_stream(7)[0])
        for published in shard.take(offset, record)
    ]
    assert {alert.state for alert in found} == {"open", "resolved"}
    assert {alert.signal for alert in found} == {"sends", "complaints", "source"}


def test_an_unknown_source_is_passed_over() -> None:
    """Counts of a source that was taken out of the configuration do no harm, and are named."""
    shard = Shard(0, two_groups())
    assert shard.take(0, counts({(0, "a"): 1}, source="gone", until=5)) == []
    assert shard.unknown_sources == {"gone"}
    assert shard.position == 1


def test_a_record_read_again_changes_nothing() -> None:
    """Everything read twice from any place on: the same alerts, once."""
    stream = drawn_stream(5)[0]
    once = run(Shard(0, two_groups()), stream, 0, len(stream))
    twice = Shard(0, two_groups())
    half = run(twice, stream, 0, 60)
    assert run(twice, stream, 0, 60) == []
    assert half + run(twice, stream, 60, len(stream)) == once


@pytest.mark.parametrize("shards", [1, 2])
def test_alerts_are_numbered_without_gaps(shards: int) -> None:
    """Within a shard and group `feed_no` counts 1, 2, 3, ...: a reader sees what is missing."""
    for number, stream in enumerate(drawn_stream(7, shards)):
        shard = Shard(number, two_groups(shards))
        numbers: dict[str, list[int | None]] = {}
        for offset, record in enumerate(stream):
            for published in shard.take(offset, record):
                numbers.setdefault(published.alert.group, []).append(published.alert.feed_no)
        assert numbers
        for of_group in numbers.values():
            assert of_group == list(range(1, len(of_group) + 1))


def test_the_order_within_a_close_is_fixed() -> None:
    """Alerts of one close: the widest level first, then by entity; the same in every run."""
    quiet = {(minute, name): 2 for minute in range(30) for name in SENDERS}
    loud = {(30, name): 90 for name in ("s4", "s1", "s6")}
    shard = Shard(0, two_groups())
    shard.take(0, counts({(n, "all"): 16 for n in range(30)}, level="all"))
    shard.take(1, counts({(30, "all"): 280}, level="all"))
    shard.take(2, counts(quiet, until=30))
    out = shard.take(3, counts(loud, until=31))
    found = [(p.alert.entity.level, p.alert.entity.id) for p in out]
    assert found == sorted(found, key=lambda entity: (entity[0] != "all", entity[1]))
    assert {("sender", name) for name in ("s1", "s4", "s6")} <= set(found)


def test_every_entity_has_exactly_one_shard() -> None:
    """With two shards an entity's counts and alerts are in one of them, and no burst is lost."""
    streams = drawn_stream(11, 2)
    for stream in streams:
        assert stream
    entities = [{(t.level, t.id) for record in s for t in record.totals} for s in streams]
    assert entities[0] & entities[1] == set()
    assert entities[0] | entities[1] == {("all", "all"), *(("sender", name) for name in SENDERS)}
    alerted: set[str] = set()
    for number, stream in enumerate(streams):
        shard = Shard(number, two_groups(2))
        for offset, record in enumerate(stream):
            for published in shard.take(offset, record):
                entity = published.alert.entity
                assert shard_of(entity.level, entity.id, 2) == number
                if published.alert.signal == "sends" and entity.level == "sender":
                    alerted.add(entity.id)
    chance = random.Random("11sends")
    burst = {(chance.choice(SENDERS), chance.randrange(8, MINUTES)) for _ in range(3)}
    assert {name for name, minute in burst if minute not in (20, 21)} <= alerted


def test_every_shard_gets_every_watermark() -> None:
    """A shard without totals of a flush closes its buckets all the same."""
    flush = Flush(totals=[Total(bucket(0), "sender", "a", 1)], watermark=float(bucket(1)))
    out = list(records("sends", 0, 1, MINUTE, flush, 4))
    assert sorted(shard for shard, _ in out) == [0, 1, 2, 3]
    assert {record.watermark for _, record in out} == {float(bucket(1))}
