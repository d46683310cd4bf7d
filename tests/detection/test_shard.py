"""A shard that crashes anywhere says what an undisturbed one says, byte for byte."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.rendering import Published
from streams.config.model import Config
from streams.counts.open_bucket import Flush
from streams.counts.wire import records, shard_of
from streams.detection.checkpoint import StateLost
from streams.detection.shard import Shard
from streams.items import Counts, Total
from tests.detection.counts_of import MINUTE, bucket, counts
from tests.events_of import config

MINUTES = 40
SENDERS = [f"s{number}" for number in range(8)]


def _config(shards: int = 1) -> Config:
    """Two groups of one source each; a budget that lets a short stream alert."""
    return config(
        count={"levels": ["sender", "all"]},
        detect={"budget_per_day": 2000.0, "shards": shards, "min_count": 5},
        sources={
            "sends": {"kind": "send", "group": "sending"},
            "complaints": {"kind": "complaint", "group": "complaining"},
        },
    )


def _flushes(seed: int, source: str, lanes: int) -> list[list[tuple[int, Flush]]]:
    """Flushes of a source's lanes, minute by minute: quiet senders, a few bursts, a gap."""
    chance = random.Random(f"{seed}{source}")
    bursts = {(chance.choice(SENDERS), chance.randrange(8, MINUTES)) for _ in range(3)}
    out: list[list[tuple[int, Flush]]] = []
    for minute in range(MINUTES):
        of_minute = []
        for lane in range(lanes):
            totals = []
            for name in SENDERS:
                count = chance.randrange(4) + 60 * ((name, minute) in bursts)
                if count and minute not in (20, 21):
                    totals.append(Total(bucket(minute), "sender", name, count))
            if totals:
                both = sum(total.count for total in totals)
                totals.append(Total(bucket(minute), "all", "all", both))
            of_minute.append((lane, Flush(totals=totals, watermark=float(bucket(minute + 1)))))
        out.append(of_minute)
    return out


def _stream(seed: int, shards: int = 1) -> list[list[Counts]]:
    """Records of each shard, as lanes in some order wrote them; some totals come in parts."""
    chance = random.Random(seed)
    out: list[list[Counts]] = [[] for _ in range(shards)]
    sends, complaints = _flushes(seed, "sends", 2), _flushes(seed, "complaints", 1)
    for of_sends, of_complaints in zip(sends, complaints, strict=True):
        flushes = [("sends", 2, *f) for f in of_sends]
        flushes += [("complaints", 1, *f) for f in of_complaints]
        chance.shuffle(flushes)
        for source, lanes, lane, flush in flushes:
            early = Flush(totals=[Total(t.bucket, t.level, t.id, 1) for t in flush.totals])
            parts = [early, flush] if chance.random() < 0.5 else [flush]
            for part in parts:
                for shard, record in records(source, lane, lanes, MINUTE, part, shards):
                    out[shard].append(record)
    return out


def _values(published: Iterable[Published]) -> list[bytes]:
    """What the contract promises: revisions from 1 on."""
    return [alert.value for alert in published if alert.alert.revision >= 1]


def _run(shard: Shard, stream: Sequence[Counts], start: int, stop: int) -> list[bytes]:
    return [
        value
        for offset in range(start, stop)
        for value in _values(shard.take(offset, stream[offset]))
    ]


def _flat(alerts: Iterable[list[bytes]]) -> list[bytes]:
    return [value for of in alerts for value in of]


def _checkpoint(shard: Shard) -> list[tuple[bytes, bytes]]:
    """The slots it writes, in their order; few rows a slot, so that there are several."""
    with patch("streams.detection.checkpoint.ROWS_A_SLOT", 3):
        return list(shard.checkpoint())


def _restored(slots: dict[bytes, bytes]) -> Shard:
    shard = Shard(0, _config())
    shard.restore(slots)
    return shard


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), min_size=1, max_size=4),
)
def test_after_a_crash_the_same_alerts_follow(seed: int, runs: list[tuple[int, int]]) -> None:
    """Wherever it crashes, and crashes again: read from the checkpoint's place, equal bytes."""
    stream = _stream(seed)[0]
    whole = Shard(0, _config())
    alerts = [_values(whole.take(offset, record)) for offset, record in enumerate(stream)]

    slots: dict[bytes, bytes] = {}
    judged = 0  # alerts of records before are out, and in the checkpoint
    for until_checkpoint, until_crash in [*runs, (len(stream), 0)]:
        shard = _restored(slots)
        assert shard.position <= judged
        stop = min(shard.position + until_checkpoint, len(stream))
        assert _run(shard, stream, shard.position, stop) == _flat(alerts[judged:stop])
        slots.update(_checkpoint(shard))
        judged = max(judged, stop)
        # What it does after the checkpoint is lost with it.
        _run(shard, stream, stop, min(stop + until_crash, len(stream)))
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
        for of_minute in _flushes(seed, source, number):
            for lane, flush in of_minute:
                out = records(source, lane, number, MINUTE, flush, 1)
                lanes.setdefault((source, lane), []).extend(record for _, record in out)

    in_step = [record for of_minute in zip(*lanes.values(), strict=True) for record in of_minute]
    order = [lane for lane, of_lane in lanes.items() for _ in of_lane]
    chance.shuffle(order)
    rest = {lane: iter(of_lane) for lane, of_lane in lanes.items()}
    shuffled = [next(rest[lane]) for lane in order]

    def alerts(stream: list[Counts]) -> list[bytes]:
        return _run(Shard(0, _joined()), stream, 0, len(stream))

    assert alerts(in_step) == alerts(shuffled)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_early_alerts_change_no_revision(seed: int) -> None:
    """Live, with early alerts, and in a replay, without: every revision from 1 on is the same."""
    stream = _stream(seed)[0]
    live, replay = Shard(0, _config()), Shard(0, _config())
    early = set()
    for offset, record in enumerate(stream):
        times = [float(total.bucket) + 30.0 for total in record.totals]
        out = live.take(offset, record, min(times, default=0.0))
        again = replay.take(offset, record)
        assert _values(out) == _values(again)
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
    shard = Shard(0, _config())
    found = [
        published.alert
        for offset, record in enumerate(_stream(7)[0])
        for published in shard.take(offset, record)
    ]
    assert {alert.state for alert in found} == {"open", "resolved"}
    assert {alert.signal for alert in found} == {"sends", "complaints", "source"}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_a_crash_among_the_slots_leaves_the_state_before(seed: int, data: st.DataObject) -> None:
    """A checkpoint counts only when its head is written: until then the one before holds."""
    stream = _stream(seed)[0]
    first = data.draw(st.integers(1, len(stream) - 1))
    second = data.draw(st.integers(first, len(stream)))
    shard = Shard(0, _config())
    slots: dict[bytes, bytes] = {}
    for at, to in ((0, first // 2), (first // 2, first)):
        _run(shard, stream, at, to)
        slots.update(_checkpoint(shard))
    expected = _run(shard, stream, first, second)
    *body, _ = _checkpoint(shard)
    written = data.draw(st.integers(0, len(body)))
    slots.update(body[:written])
    again = _restored(slots)
    assert _run(again, stream, again.position, second) == expected
    slots.update(_checkpoint(again))
    assert _restored(slots).first_needed == again.first_needed


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_a_worker_taken_for_dead_spoils_no_checkpoint(seed: int, data: st.DataObject) -> None:
    """Two hold the shard and write their checkpoints at once: the state stays whole, to the bit."""
    stream = _stream(seed)[0]
    offsets = st.integers(0, len(stream))
    begun, dead, alive = sorted(data.draw(st.tuples(offsets, offsets, offsets)))
    slots: dict[bytes, bytes] = {}
    shard = Shard(0, _config())
    _run(shard, stream, 0, begun)
    slots.update(_checkpoint(shard))
    both = [_restored(slots), _restored(slots)]
    pending = []
    for each, stop in zip(both, (dead, alive), strict=True):
        _run(each, stream, each.position, stop)
        pending.append(iter(_checkpoint(each)))
    gone: list[list[bytes]] = [[], []]
    for who in data.draw(st.lists(st.integers(0, 1), min_size=40, max_size=80)):
        written = next(pending[who], None)
        if written is not None:
            slots.update([written])
        elif written is None and not gone[who]:
            gone[who] = [key for keys in both[who].outdated() for key in keys]
            for key in gone[who]:
                slots.pop(key, None)
    again = _restored(slots)
    assert again.reached in (begun, dead, alive)
    whole = Shard(0, _config())
    _run(whole, stream, 0, again.reached)
    expected = _run(whole, stream, again.reached, len(stream))
    assert _run(again, stream, again.position, len(stream)) == expected


def test_older_checkpoints_go_once_a_newer_one_is_complete() -> None:
    """The store holds one checkpoint, or two while one is being written: it does not grow."""
    stream = _stream(2)[0]
    shard = Shard(0, _config())
    slots: dict[bytes, bytes] = {}
    for at in range(0, 60, 20):
        _run(shard, stream, at, at + 20)
        slots.update(_checkpoint(shard))
        for keys in shard.outdated():
            for key in keys:
                del slots[key]
        assert [key for key in slots if key.endswith(b"/head")] == [f"0/{at + 20}/head".encode()]
        assert all(key.startswith(f"0/{at + 20}/".encode()) for key in slots)
    shard = _restored(slots)
    _run(shard, stream, shard.position, 80)
    _checkpoint(shard)
    assert {key for keys in shard.outdated() for key in keys} == slots.keys()


def test_without_a_checkpoint_it_begins_anew() -> None:
    """An empty store is a first start, not an error."""
    shard = Shard(0, _config())
    empty: dict[bytes, bytes] = {}
    assert shard.restore(empty) is False
    assert shard.position == 0


def test_a_missing_slot_is_an_error_that_says_what_to_do() -> None:
    """State that is lost is never guessed: the error names the shard and the way out."""
    shard = Shard(0, _config())
    _run(shard, _stream(1)[0], 0, 30)
    slots = dict(_checkpoint(shard))
    for key in slots:
        if key.endswith(b"/head"):
            continue
        left = {k: v for k, v in slots.items() if k != key}
        with pytest.raises(StateLost, match=r"^shard 0: the checkpoint at .*Delete the state"):
            _restored(left)


def test_a_checkpoint_of_another_version_is_an_error_that_says_what_to_do() -> None:
    """State in another form is neither guessed nor a traceback: go back, or reset."""
    shard = Shard(0, _config())
    _run(shard, _stream(1)[0], 0, 30)
    slots = dict(_checkpoint(shard))
    for key, value in slots.items():
        other = {**slots, key: msgspec.msgpack.encode([1])}
        assert value != other[key]
        with pytest.raises(StateLost, match=r"^shard 0: the checkpoint at .* or reset detect"):
            _restored(other)


def test_a_checkpoint_of_an_earlier_kind_is_not_forgotten() -> None:
    """State whose keys are no longer these ends detect with a sentence; it does not begin anew."""
    with pytest.raises(StateLost, match=r"^shard 0: .* earlier one\. Go on with that version"):
        _restored({b"0/head": b"anything"})


def test_a_checkpoint_repeats_itself() -> None:
    """Restored and packed again, the state is the same bytes: nothing is lost on the way."""
    shard = Shard(0, _config())
    _run(shard, _stream(3)[0], 0, 90)
    slots = dict(_checkpoint(shard))
    again = dict(_checkpoint(_restored(slots)))

    def bodies(of: dict[bytes, bytes]) -> list[bytes]:
        return [value for key, value in of.items() if not key.endswith(b"/head")]

    assert bodies(again) == bodies(slots)


def test_an_unknown_source_is_passed_over() -> None:
    """Counts of a source that was taken out of the configuration do no harm, and are named."""
    shard = Shard(0, _config())
    assert shard.take(0, counts({(0, "a"): 1}, source="gone", until=5)) == []
    assert shard.unknown_sources == {"gone"}
    assert shard.position == 1


def test_a_record_read_again_changes_nothing() -> None:
    """Everything read twice from any place on: the same alerts, once."""
    stream = _stream(5)[0]
    once = _run(Shard(0, _config()), stream, 0, len(stream))
    twice = Shard(0, _config())
    half = _run(twice, stream, 0, 60)
    assert _run(twice, stream, 0, 60) == []
    assert half + _run(twice, stream, 60, len(stream)) == once


@pytest.mark.parametrize("shards", [1, 2])
def test_alerts_are_numbered_without_gaps(shards: int) -> None:
    """Within a shard and group `feed_no` counts 1, 2, 3, ...: a reader sees what is missing."""
    for number, stream in enumerate(_stream(7, shards)):
        shard = Shard(number, _config(shards))
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
    shard = Shard(0, _config())
    shard.take(0, counts({(n, "all"): 16 for n in range(30)}, level="all"))
    shard.take(1, counts({(30, "all"): 280}, level="all"))
    shard.take(2, counts(quiet, until=30))
    out = shard.take(3, counts(loud, until=31))
    found = [(p.alert.entity.level, p.alert.entity.id) for p in out]
    assert found == sorted(found, key=lambda entity: (entity[0] != "all", entity[1]))
    assert {("sender", name) for name in ("s1", "s4", "s6")} <= set(found)


def test_every_entity_has_exactly_one_shard() -> None:
    """With two shards an entity's counts and alerts are in one of them, and no burst is lost."""
    streams = _stream(11, 2)
    for stream in streams:
        assert stream
    entities = [{(t.level, t.id) for record in s for t in record.totals} for s in streams]
    assert entities[0] & entities[1] == set()
    assert entities[0] | entities[1] == {("all", "all"), *(("sender", name) for name in SENDERS)}
    alerted: set[str] = set()
    for number, stream in enumerate(streams):
        shard = Shard(number, _config(2))
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
