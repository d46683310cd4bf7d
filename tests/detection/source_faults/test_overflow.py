"""A bucket with too many ids: an alert on the source, judged as far as it goes, and not learned."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pytest

from detectors.cohort.peer_counts import PeerCounts
from streams.alerts.cloudevent import Alert
from streams.config.model import Config
from streams.counts.open_bucket import Flush
from streams.counts.wire import decode_counts, encode_counts, records
from streams.detection.shard import Shard
from streams.detection.source_faults.source_judge import LONGEST_S
from streams.items import SURPLUS, SURPLUS_IDS, UNCHECKED, Counts, Level, Total
from tests.events_of import T0, config

F8 = npt.NDArray[np.float64]

SENDERS = 30
FLOOD = 40


def _config(
    shards: int = 1, bucket: str = "60s", levels: Sequence[Level] = ("sender", "all")
) -> Config:
    return config(
        count={"levels": list(levels)},
        detect={"min_count": 5, "shards": shards, "budget_per_day": 1000.0},
        sources={
            "sends": {"kind": "send", "bucket": bucket, "group": "one"},
            "complaints": {"kind": "complaint", "group": "other"},
        },
    )


def _usual(number: int) -> dict[str, int]:
    return {f"s{n}": 2 + (n * 7 + number * 3) % 3 for n in range(SENDERS)}


def _fresh(count: int = 1) -> dict[str, int]:
    return {f"fresh {n}": count for n in range(500)}


def _record(number: int, senders: Mapping[str, int], surplus: int = 0, lane: int = 0) -> Counts:
    """The counts of a minute, of which more ids were counted together."""
    start = int(T0) + 60 * number
    totals = [Total(start, "sender", name, count) for name, count in senders.items()]
    if surplus:
        totals += [Total(start, "sender", SURPLUS, 2 * surplus)]
        totals += [Total(start, "sender", SURPLUS_IDS, surplus)]
    totals += [Total(start, "all", "all", sum(senders.values()) + 2 * surplus)]
    return Counts("sends", lane, 1, 60, totals, watermark=float(start + 60))


def _run(shard: Shard, counts: Iterable[Counts]) -> list[Alert]:
    return [
        published.alert for record in counts for published in shard.take(shard.position, record)
    ]


def _calm(first: int, last: int) -> list[Counts]:
    return [_record(number, _usual(number)) for number in range(first, last)]


def _known(shard: Shard, level: Level = "sender") -> list[str]:
    return shard.groups["one"].panel.entities["sends", level].names


def _rates(shard: Shard) -> list[float]:
    """What each sender is expected to count: what was learned."""
    judge = shard.groups["one"].panel.volume["sends", "sender"]
    return [float(rate) for rate in judge._bank.forecast(1.0)[2]]


def test_the_source_gets_an_alert_that_says_how_many_ids_there_were_too_many() -> None:
    """It opens with the bucket, doubles, and ends with the next bucket that has room."""
    shard = Shard(0, _config())
    _run(shard, _calm(0, FLOOD))
    flood = [_record(FLOOD + n, {**_usual(n), **_fresh()}, 9_000_000) for n in range(2)]
    alerts = [a for a in _run(shard, [*flood, *_calm(FLOOD + 2, FLOOD + 4)]) if a.kind]
    assert [(a.event, a.kind, a.observed, a.expected) for a in alerts] == [
        ("opened", "overflow", 9_000_000, 530),
        ("updated", "overflow", 18_000_000, 1060),
        ("resolved", "overflow", 18_000_000, 1060),
    ]
    assert (alerts[0].signal, alerts[0].entity.id, alerts[0].severity) == (
        "source",
        "sends",
        "warning",
    )
    assert "about 9,000,000 ids" in alerts[0].summary


def test_an_overflow_teaches_nothing_and_leaves_no_fresh_id_behind() -> None:
    """The next bucket has the senders, rates and chances from before."""
    shard = Shard(0, _config())
    _run(shard, _calm(0, FLOOD))
    known, rates = list(_known(shard)), _rates(shard)
    few = dict.fromkeys(list(_usual(0))[:3], 1)
    _run(shard, [_record(FLOOD, {**few, **_fresh()}, 9_000_000)])
    assert (_known(shard), _rates(shard)) == (known, rates)
    assert _run(shard, _calm(FLOOD + 1, FLOOD + 30))[0].event == "resolved"
    assert _known(shard) == known


def _named_flood(number: int, ids: int) -> Iterator[Counts]:
    """A minute of fresh ids, each with a signature of its own, in records as count writes them."""
    start, names = int(T0) + 60 * number, [f"fresh {n}" for n in range(ids)]
    parents: dict[tuple[int, str], set[tuple[Level, str]]] = {
        (start, name): {("signature", f"shop of {name}"), ("platform", "Mall")} for name in names
    }
    totals = [Total(start, "sender", name, 1) for name in names]
    totals += [Total(start, "signature", f"shop of {name}", 1) for name in names]
    totals += [Total(start, "platform", "Mall", ids), Total(start, "all", "all", ids)]
    totals += [Total(start, "sender", SURPLUS, 9000), Total(start, "sender", SURPLUS_IDS, 9000)]
    flush = Flush(totals, watermark=float(start + 60), parents=parents)
    for _, counts in records("sends", 0, 1, 60, flush, 1):
        yield decode_counts(encode_counts(counts))


def test_an_overflow_leaves_nothing_behind_of_what_its_ids_name() -> None:
    """Signatures that the flood made up are no entities afterwards, of any signal."""
    shard = Shard(0, _config(levels=["sender", "signature", "platform", "all"]))
    _run(shard, _calm(0, FLOOD))
    before = {stream: len(of) for stream, of in shard.groups["one"].panel.entities.items()}
    _run(shard, _named_flood(FLOOD, 500))
    after = {stream: len(of) for stream, of in shard.groups["one"].panel.entities.items()}
    assert after == before
    assert before["newcomers", "all"] == 1


def test_memory_of_a_flood_of_named_ids() -> None:
    """A million ids, as many as four lanes admit, fit into a gigabyte with what they name."""
    shard = Shard(0, _config(levels=["sender", "signature", "platform", "all"]))
    _run(shard, _calm(0, FLOOD))
    flood, ids = list(map(encode_counts, _named_flood(FLOOD, 10_000))), 10_000
    tracemalloc.start()
    try:
        _run(shard, map(decode_counts, flood))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak / ids < 900


def _rare_from_300(_: PeerCounts, first: F8, *__: object, **___: object) -> F8:
    """Evidence of first counts, of which 300 and more were never seen."""
    return np.where(first >= 300.0, 20.0, 0.0)


def test_bursts_are_found_in_the_midst_of_an_overflow() -> None:
    """Of a known sender and of a newcomer; the others' silence makes no other burst."""
    shard = Shard(0, _config())
    part = {f"s{n}": 3 for n in range(10)}
    flood = {**part, **_fresh(), "s3": 300, "new": 400}
    with patch.object(PeerCounts, "evidence", _rare_from_300):
        _run(shard, _calm(0, FLOOD))
        alerts = _run(shard, [_record(FLOOD, flood, 9_000_000)])
    assert sorted(a.entity.id for a in alerts if a.entity.level == "sender") == ["new", "s3"]
    assert _known(shard) == [*sorted(_usual(0)), "new"]


def test_an_overflow_that_lasts_is_the_new_normal() -> None:
    """After a week the alert ends, though it goes on, and no other opens; learning goes on."""
    shard = Shard(0, _config(bucket="1d"))

    def days(first: int, last: int) -> Iterator[Counts]:
        for number in range(first, last):
            record = _record(number, _usual(number), 1000)
            start = int(T0) + 86400 * number
            totals = [Total(start, *total[1:]) for total in map(_fields, record.totals)]
            yield Counts("sends", 0, 1, 86400, totals, watermark=float(start + 86400))

    week = round(LONGEST_S / 86400)
    alerts = [a for a in _run(shard, days(0, 2 * week + 3)) if a.kind == "overflow"]
    assert [a.event for a in alerts] == ["opened", "updated", "updated", "resolved"]
    assert alerts[-1].reason == "level_shift"


@pytest.mark.parametrize("shards", [1, 3])
def test_events_that_may_be_repeats_raise_an_alert_and_teach_nothing(shards: int) -> None:
    """One shard tells how many there are, all of them learn nothing, and it ends by itself."""
    published: list[Alert] = []
    for number in range(shards):
        shard = Shard(number, _config(shards))
        mine = {name: 3 for n, name in enumerate(_usual(0)) if n % shards == number}
        _run(shard, [_record(n, mine) for n in range(5)])
        rates = _rates(shard)
        doubled = _record(5, {name: 5 + n % 3 for n, name in enumerate([*mine, "new"])})
        doubled.totals.append(Total(doubled.totals[0].bucket, "sender", UNCHECKED, 70))
        alerts = _run(shard, [doubled])
        assert _rates(shard)[:-1] == rates
        assert "new" in _known(shard)
        published += [a for a in [*alerts, *_run(shard, [_record(6, mine)])] if a.kind]
    assert [(a.event, a.kind, a.observed, a.severity) for a in published] == [
        ("opened", "unchecked", 70, "warning"),
        ("resolved", "unchecked", 70, "warning"),
    ]


def _fields(total: Total) -> tuple[int, Level, str, int]:
    return total.bucket, total.level, total.id, total.count


@pytest.mark.parametrize("shards", [1, 3])
def test_each_shard_knows_and_one_tells(shards: int) -> None:
    """A shard without any of the surplus learns nothing either."""
    published: list[Alert] = []
    for number in range(shards):
        shard = Shard(number, _config(shards))
        mine = {name: 3 for n, name in enumerate(_usual(0)) if n % shards == number}
        calm = [_record(n, mine) for n in range(5)]
        _run(shard, calm)
        rates = _rates(shard)
        doubled = dict.fromkeys(mine, 6)
        alerts = _run(shard, [_record(5, doubled, 1000)])
        assert _rates(shard) == rates
        published += [a for a in alerts if a.kind == "overflow"]
    assert len(published) == 1
