"""Watches come and go by their rows, in bounds, and a restart changes nothing."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from streams.alerts.cloudevent import Alert
from streams.alerts.misuse.basis import KeptBasis, RelapseBasis
from streams.config.load import parse_config
from streams.config.model import Config
from streams.detection.context.membership import Belonging
from streams.detection.look_back.grants import MOST_CHANCE, granted
from streams.detection.merge import ClosedBucket
from streams.detection.meters import DetectMeters
from streams.detection.shard import Shard
from streams.registry import table
from streams.registry.control import RegistryRow
from streams.registry.watch import MOST_WATCHES, WatchEntry

BEGIN_S = 1_769_990_400
GROUP = "1d-UTC"
WATCH = WatchEntry(
    id="case1", group=GROUP, level="sender", entity="a", signal="complaints", days=10,
    mean_per_day=20.0,
)  # fmt: skip


def _config(share: float = 0.05) -> Config:
    return parse_config(
        {
            "timezone": "UTC",
            "count": {"levels": ["sender", "all"]},
            "detect": {"min_count": 100_000, "look_back": {"share": share}},
            "sources": {"complaints": {"kind": "complaint", "bucket": "1d"}},
        }
    )


def _day(shard: Shard, day: int, counts: dict[str, int]) -> list[Alert]:
    start = BEGIN_S + 86_400 * day
    sums = {
        ("complaints", "sender"): {name: n for name, n in counts.items() if n},
        ("complaints", "all"): {"all": sum(counts.values())},
    }
    closed = ClosedBucket(start, start + 86_400, sums, Belonging())
    return [one.alert for one in shard.judge(GROUP, closed).alerts if one.alert.kind != "stalled"]


def _take(shard: Shard, *rows: tuple[str, WatchEntry | None]) -> None:
    seq = shard.registry.seq
    shard.registry.take(RegistryRow(seq + n, key, row) for n, (key, row) in enumerate(rows, 1))


def _run(shard: Shard, days: range, a: int, first: int = 0) -> list[Alert]:
    return [
        alert
        for day in days
        for alert in _day(shard, day, {"a": first if day == days[0] and first else a, "b": 20})
        if alert.signal == "relapse"
    ]


def test_a_relapse_names_its_case_and_its_figures() -> None:
    shard = Shard(0, _config())
    _run(shard, range(20), 20)
    _take(shard, ("watch/case1", WATCH))
    assert _run(shard, range(20, 25), 2) == []
    opened = _run(shard, range(25, 27), 40)[0]
    assert (opened.event, opened.kind, opened.detector) == ("opened", "return", "look-back")
    assert isinstance(opened.basis, RelapseBasis)
    assert (opened.basis.cases, opened.basis.mean_per_day) == (["case1"], 20.0)
    assert opened.basis.now_per_day > 25.0 > 5.0 > opened.basis.after_per_day
    assert opened.evidence_nats >= opened.threshold_nats > 4.6


def test_a_watch_that_saw_nothing_ends_by_its_span_with_the_proof() -> None:
    """Once, though its row stays, and nothing begins it anew."""
    shard = Shard(0, _config())
    _run(shard, range(20), 20)
    _take(shard, ("watch/case1", WATCH))
    (ended,) = _run(shard, range(20, 50), 1)
    assert (ended.event, ended.state, ended.revision) == ("resolved", "resolved", 1)
    assert isinstance(ended.basis, KeptBasis)
    assert (ended.basis.buckets, ended.basis.skipped, ended.basis.counted) == (10, 0, 10)
    assert ended.basis.at_most_per_day is not None
    assert 1.0 < ended.basis.at_most_per_day < 2.5


def test_a_watch_whose_row_goes_says_nothing() -> None:
    shard = Shard(0, _config())
    _run(shard, range(20), 20)
    _take(shard, ("watch/case1", WATCH))
    assert _run(shard, range(20, 23), 1) == []
    _take(shard, ("watch/case1", None), ("watch/nobody", None))
    assert _run(shard, range(23, 60), 40) == []


def test_the_same_row_again_changes_nothing_and_another_begins_anew() -> None:
    shard = Shard(0, _config())
    _run(shard, range(20), 20)
    _take(shard, ("watch/case1", WATCH))
    _run(shard, range(20, 25), 1)
    _take(shard, ("watch/case1", WATCH))
    (ended,) = _run(shard, range(25, 31), 1)
    assert ended.basis is not None
    other = Shard(0, _config())
    _run(other, range(20), 20)
    _take(other, ("watch/case1", WATCH))
    _run(other, range(20, 25), 1)
    _take(other, ("watch/case1", replace(WATCH, mean_per_day=10.0)))
    assert _run(other, range(25, 34), 1) == []
    assert len(_run(other, range(34, 36), 1)) == 1


@pytest.mark.parametrize(
    "strange",
    [
        replace(WATCH, group="elsewhere"),
        replace(WATCH, level="platform"),
        replace(WATCH, entity="nobody"),
        replace(WATCH, signal="sends"),
    ],
)
def test_a_watch_of_what_is_not_counted_harms_nothing(strange: WatchEntry) -> None:
    """It never alerts; where its group closes buckets, its end says how many were judged."""
    shard = Shard(0, _config())
    _take(shard, ("watch/case1", strange))
    found = _run(shard, range(30), 20)
    assert all(one.kind == "kept" and one.observed == 0 for one in found)


def test_a_restart_in_any_day_changes_no_byte() -> None:
    def whole(stop: int | None) -> list[Alert]:
        shard = Shard(0, _config())
        out = _run(shard, range(20), 20)
        second = replace(WATCH, id="case2", days=12, mean_per_day=None)
        _take(shard, ("watch/case1", WATCH), ("watch/case2", second))
        for day in range(20, 45):
            if day == stop:
                slots = dict(shard.checkpoint())
                shard = Shard(0, _config())
                assert shard.restore(slots)
            out += _run(shard, range(day, day + 1), 40 if 27 <= day < 33 else 2)
        return out

    expected = whole(None)
    assert len(expected) >= 2
    for stop in range(21, 44, 4):
        assert whole(stop) == expected


def test_all_watches_together_never_take_more_than_the_share() -> None:
    share, taken = 0.2, list[float]()
    for number in range(MOST_WATCHES):
        days = 1 + number % 60
        taken.append(granted(share, days, taken) / days)
        if number == 20:
            assert taken[-1] * days == MOST_CHANCE
        if number > 700:
            taken += [share / (2 * MOST_WATCHES)] * (MOST_WATCHES - len(taken))
            break
    assert sum(taken) <= share * (1 + 1e-9)


def test_a_share_of_nothing_looks_back_at_nothing() -> None:
    shard = Shard(0, _config(share=0.0))
    _take(shard, ("watch/case1", WATCH))
    assert _run(shard, range(40), 20) == []


def test_watches_beyond_the_bound_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are there go on; a row that replaces one has its room."""
    monkeypatch.setattr(table, "MOST_WATCHES", 2)
    config = _config()
    shard, meters = Shard(0, config), DetectMeters(config)
    _take(shard, *((f"watch/case{n}", replace(WATCH, id=f"case{n}")) for n in range(4)))
    _take(shard, ("watch/case0", replace(WATCH, id="case0", days=3)))
    assert [one.id for one in shard.registry.watches()] == ["case0", "case1"]
    meters.measure(shard, head=None, unsaved_s=0.0, now_s=0.0)
    name = "weathervane_detect_registry_refused"
    assert meters.registry.get_sample_value(name, {"shard": "0"}) == 2
