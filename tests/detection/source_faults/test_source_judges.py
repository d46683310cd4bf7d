"""A source's own faults: called once, acted on, forgotten when they last, and never imagined."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.cloudevent import Alert
from streams.alerts.lifecycle import AlertChange
from streams.config.model import Config
from streams.counts.bucket import Buckets
from streams.counts.open_bucket import Flush
from streams.counts.wire import records, shard_of
from streams.detection.shard import Shard
from streams.detection.source_faults.source_judge import SourceJudge
from streams.detection.source_faults.verdict import SourceVerdict
from streams.items import Level, Total
from tests.detection.source_faults.known import Known
from tests.events_of import DAY, config

MONDAY = 1_772_409_600
LEVELS: list[Level] = ["all", "sender"]
Sums = dict[Level, dict[str, int]]


def _config(shards: int = 1, **sources: Any) -> Config:
    return config(
        count={"levels": ["sender", "all"]},
        detect={"shards": shards},
        sources={"ftc": {"kind": "complaint", "bucket": "1d"}, **sources},
    )


def _judge(bucket: str = "1d") -> SourceJudge:
    source = _config(ftc={"kind": "complaint", "bucket": bucket}).sources["ftc"]
    return SourceJudge(source, LEVELS, only_shard=True, longest_life_s=14.0 * DAY)


def _crowd(seed: int, mean: int = 3, senders: int = 100, times: int = 1) -> Sums:
    """Counts of 1 to 2 x mean - 1, and none that name no sender."""
    chance = random.Random(seed)
    counts = {f"s{n}": times * chance.randrange(1, 2 * mean) for n in range(senders)}
    return {"sender": counts, "all": {"all": sum(counts.values())}}


def _run(
    judge: SourceJudge,
    days: Iterable[Sums],
    *,
    size: int = DAY,
    first: int = 0,
    known: Known | None = None,
) -> list[SourceVerdict]:
    known = known or Known()
    verdicts = []
    for n, sums in enumerate(days, first):
        start = MONDAY + n * size
        verdict = judge.close(
            start, start + size, sums, others_sent=False, established_of=known.established_of
        )
        known.learn(sums.get("sender", {}), verdict.times)
        verdicts.append(verdict)
    return verdicts


def _published(
    verdicts: Sequence[SourceVerdict], first: int = 0
) -> list[tuple[int, str | None, str]]:
    """Bucket, kind and step of every change."""
    return [
        (n, change.kind, change.step)
        for n, verdict in enumerate(verdicts, first)
        for change in verdict.changes
    ]


def _changes(verdicts: Iterable[SourceVerdict]) -> list[AlertChange]:
    return [change for verdict in verdicts for change in verdict.changes]


def test_a_missing_day_is_a_gap_with_what_was_expected() -> None:
    """The alert says what its weekday usually brings, and the bucket is not to be judged."""
    days = [_crowd(n) for n in range(21)]
    verdicts = _run(_judge(), [*days, {}, _crowd(22)])
    assert _published(verdicts) == [(21, "gap", "opened"), (22, "gap", "resolved")]
    assert verdicts[21].gap
    fault = verdicts[21].changes[0].alert
    assert fault.observed == 0
    assert 250 < fault.expected < 350


def test_a_gap_is_told_again_when_it_has_doubled() -> None:
    """A long gap is no flood: the 1st, 2nd and 4th day are published, and the end."""
    verdicts = _run(_judge(), [_crowd(n) for n in range(21)] + [{}] * 5 + [_crowd(30)])
    steps = [(n - 20, step) for n, _, step in _published(verdicts)]
    assert steps == [(1, "opened"), (2, "updated"), (4, "updated"), (6, "resolved")]
    changes = _changes(verdicts)
    assert len({change.alert.alert_id for change in changes}) == 1
    assert [change.alert.revision for change in changes] == [1, 2, 3, 4]


@pytest.mark.parametrize("silent", [(5, 6), (6,), (0, 2, 4)])
def test_weekdays_that_are_always_silent_are_no_gaps(silent: tuple[int, ...]) -> None:
    """From the first week on, and for good: a source has its own weekends."""
    days: list[Sums] = [{} if n % 7 in silent else _crowd(n) for n in range(56)]
    assert _published(_run(_judge(), days)) == []


def test_hours_that_are_always_silent_are_no_gaps() -> None:
    """A source that works from 9 to 18 on weekdays has no gaps at night, from the start."""
    quarters = [
        _crowd(n) if n // 96 % 7 < 5 and 36 <= n % 96 < 72 else {} for n in range(4 * 7 * 96)
    ]
    assert _published(_run(_judge("15m"), quarters, size=900)) == []


def test_a_gap_in_an_hour_not_seen_before_is_found() -> None:
    """A young source need not be a week old: what the hour has shown so far is expected."""
    minutes = [_crowd(n) for n in range(30)] + [{}] * 5 + [_crowd(35)]
    published = _published(_run(_judge("1m"), minutes, size=60))
    assert (published[0], published[-1]) == ((30, "gap", "opened"), (35, "gap", "resolved"))


def test_a_sparse_source_has_no_gaps_each_day() -> None:
    """One event in two minutes leaves many minutes empty: in a fortnight one is published."""
    chance = random.Random(3)
    empty: Sums = {}
    one: Sums = {"sender": {"a": 1}, "all": {"all": 1}}
    minutes = [one if chance.random() < 0.5 else empty for _ in range(14 * 1440)]
    opened = [of for of in _published(_run(_judge("1m"), minutes, size=60)) if of[2] == "opened"]
    assert len(opened) <= 1


def test_a_stump_is_truncated_and_teaches_nothing() -> None:
    """A tenth of the usual: judged, not learned, and only for this bucket."""
    stump = _crowd(21, senders=10)
    verdicts = _run(_judge(), [_crowd(n) for n in range(21)] + [stump, _crowd(22)])
    assert _published(verdicts) == [(21, "truncated", "opened"), (22, "truncated", "resolved")]
    assert [verdict.learn for verdict in verdicts[20:]] == [True, False, True]
    assert not verdicts[21].gap


def test_one_large_sender_that_stops_is_no_stump() -> None:
    """Nine in ten events are one sender's; its end is its own affair, not the source's."""
    days = [_crowd(n) for n in range(28)]
    for day in days[:21]:
        day["sender"]["giant"] = 3000
        day["all"]["all"] += 3000
    assert _published(_run(_judge(), days)) == []


def test_one_large_sender_does_not_hide_a_stump() -> None:
    """A burst of one sender on a day that was cut short does not make the day whole."""
    days = [_crowd(n) for n in range(21)]
    stump = _crowd(21, senders=10)
    stump["sender"]["burst"] = 900
    stump["all"]["all"] += 900
    assert _published(_run(_judge(), [*days, stump]))[-1] == (21, "truncated", "opened")


def test_a_fall_by_half_is_learned() -> None:
    """What may be real is not taken for a defect, not even for a day."""
    days = [_crowd(n) for n in range(28)] + [_crowd(n, senders=50) for n in range(28)]
    verdicts = _run(_judge(), days)
    assert _published(verdicts) == []
    assert all(verdict.learn for verdict in verdicts)


def test_a_fall_that_stays_is_learned_after_a_week() -> None:
    """However deep: the alert ends as a level shift, and what follows is measured by it."""
    low = [_crowd(n, senders=10) for n in range(28)]
    verdicts = _run(_judge(), [_crowd(n) for n in range(28)] + low)
    last = _changes(verdicts)[-1]
    assert (last.step, last.alert.reason) == ("resolved", "level_shift")
    assert [n - 28 for n, verdict in enumerate(verdicts) if not verdict.learn] == list(range(7))


def test_a_weekday_that_stays_low_is_learned_after_four_weeks() -> None:
    """A source that gives Mondays up has alerts on four of them, and then no more."""
    days = [_crowd(n) for n in range(28)]
    days += [_crowd(n, senders=100 if n % 7 else 5) for n in range(56)]
    opened = [n for n, _, step in _published(_run(_judge(), days)) if step == "opened"]
    assert opened == [28, 35, 42, 49]


@pytest.mark.parametrize("times", [2, 3, 4])
def test_a_bucket_posted_several_times_says_how_often(times: int) -> None:
    """Found by what divides, though the total is that of a usual day."""
    days = [_crowd(n) for n in range(14)]
    repeat = _crowd(14, senders=100 // times, times=times)
    verdicts = _run(_judge(), [*days, repeat, _crowd(15)])
    assert verdicts[14].times == times
    assert [verdict.times for verdict in verdicts[:14]] == [1] * 14
    assert _published(verdicts) == [
        (14, "posted_twice", "opened"),
        (15, "posted_twice", "resolved"),
    ]
    assert verdicts[14].changes[0].alert.ratio == times
    assert verdicts[14].learn


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 60), st.integers(1, 200))
def test_chance_repeats_nothing(seed: int, mean: int, senders: int) -> None:
    """Few senders or many, small counts or large: nothing is called repeated that was not."""
    days = [_crowd(seed + n, mean, senders) for n in range(20)]
    assert all(verdict.times == 1 for verdict in _run(_judge(), days))


def test_a_few_large_counts_that_divide_are_chance() -> None:
    """Five senders of small counts burst to numbers that divide by 6: bursts, not repeats."""
    days = [_crowd(n, mean=1) for n in range(14)]
    bursts: Sums = {
        "sender": dict.fromkeys(["s1", "s2", "s3", "s4", "s5"], 90),
        "all": {"all": 450},
    }
    assert _run(_judge(), [*days, bursts])[-1].times == 1


def test_counts_that_always_divide_are_nothing_new() -> None:
    """Two segments a message, from the first day: no repeat is seen, as there is none."""
    days = [_crowd(n, times=2) for n in range(20)]
    assert all(verdict.times == 1 for verdict in _run(_judge(), days))


def test_counts_that_divide_for_good_are_a_new_way_of_counting() -> None:
    """After a week of even counts they are taken as they are."""
    days = [_crowd(n) for n in range(14)] + [_crowd(n, times=2) for n in range(14)]
    verdicts = _run(_judge(), days)
    assert [verdict.times for verdict in verdicts[14:]] == [2] * 7 + [1] * 7
    assert _changes(verdicts)[-1].alert.reason == "level_shift"


def _with_senderless(day: Sums, number: int) -> Sums:
    return {**day, "all": {"all": day["all"]["all"] + number}}


def test_a_share_that_alternates_is_not_a_change() -> None:
    """None one day, 6 % the next, as real sources have it: nothing to tell."""
    days = [_with_senderless(_crowd(n), 18 * (n % 3 > 0)) for n in range(60)]
    assert _published(_run(_judge(), days)) == []


def test_a_new_share_is_published_and_changes_nothing_else() -> None:
    """Half of a day's complaints name no sender: a source fault, and the bucket is judged."""
    days = [_with_senderless(_crowd(n), 18 * (n % 2)) for n in range(30)]
    verdicts = _run(_judge(), [*days, _with_senderless(_crowd(30), 300), _crowd(31)])
    assert _published(verdicts) == [
        (30, "senderless_share", "opened"),
        (31, "senderless_share", "resolved"),
    ]
    assert (verdicts[30].learn, verdicts[30].times) == (True, 1)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60))
def test_a_restart_changes_nothing(seed: int, stop: int) -> None:
    """Packed and unpacked anywhere, in the midst of any fault, it says what it would have said."""
    chance = random.Random(seed)
    kinds: list[Callable[[int], Sums]] = [
        lambda _: {},
        lambda n: _crowd(n, senders=8),
        lambda n: _crowd(n, times=2),
        lambda n: _with_senderless(_crowd(n), 400),
    ]
    days = [
        _crowd(n) if n < 25 or chance.random() < 0.4 else chance.choice(kinds)(n) for n in range(61)
    ]
    whole = _run(_judge(), days)
    judge, known = _judge(), Known()
    _run(judge, days[:stop], known=known)
    again = _judge()
    again.state.unpack(judge.state.pack_shared(), iter(()))
    assert again.state.pack_shared() == judge.state.pack_shared()
    assert _run(again, days[stop:], first=stop, known=known) == whole[stop:]


def _shard_alerts(days: Sequence[Sums], shards: int = 1) -> list[list[Alert]]:
    """What each shard says of a source's days."""
    buckets = Buckets(DAY, "UTC")
    monitors = [Shard(number, _config(shards)) for number in range(shards)]
    found: list[list[Alert]] = [[] for _ in range(shards)]
    for n, day in enumerate(days):
        start = MONDAY + n * DAY
        totals = [
            Total(start, level, name, count)
            for level, of in day.items()
            for name, count in of.items()
        ]
        flush = Flush(totals, watermark=float(buckets.end(start)))
        for number, record in records("ftc", 0, 1, DAY, flush, shards):
            published = monitors[number].take(n, record)
            found[number] += [alert.alert for alert in published]
    return found


def test_one_shard_publishes_and_all_act() -> None:
    """With two shards a fault is published once, by the shard that holds the source."""
    days = [_crowd(n) for n in range(21)] + [{}, _crowd(22, times=2), _crowd(23)]
    faults = [[a for a in of if a.signal == "source"] for of in _shard_alerts(days, 2)]
    owner = shard_of("source", "ftc", 2)
    assert faults[1 - owner] == []
    assert [(alert.kind, alert.event) for alert in faults[owner]] == [
        ("gap", "opened"),
        ("posted_twice", "opened"),
        ("gap", "resolved"),
        ("posted_twice", "resolved"),
    ]


def test_feed_alerts_come_first_within_a_close() -> None:
    """Numbered before those of any entity: a reader learns of the fault before the rest."""
    days = [_crowd(n) for n in range(22)] + [_crowd(22, times=2)]
    for n, day in enumerate(days):
        day["sender"]["loud"] = 3 if n < 22 else 200
        day["all"]["all"] += day["sender"]["loud"]
    (alerts,) = _shard_alerts(days)
    last = [(alert.entity.level, alert.entity.id) for alert in alerts if alert.observed >= 100]
    assert last[0] == ("source", "ftc")
    assert ("sender", "loud") in last
    assert [alert.feed_no for alert in alerts] == list(range(1, len(alerts) + 1))


def test_a_source_that_is_off_costs_nothing_and_may_come_back() -> None:
    """After two months of silence nothing is expected, and nothing is wrong with its return."""
    days = [_crowd(n) for n in range(21)] + [{}] * 60 + [_crowd(n) for n in range(21)]
    published = _published(_run(_judge(), days))
    assert [(kind, step) for _, kind, step in published if step != "updated"] == [
        ("gap", "opened"),
        ("gap", "resolved"),
    ]
    assert published[-1][0] == 28
