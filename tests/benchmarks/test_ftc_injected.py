"""Bursts drawn and injected into daily complaints, the rivals, and what counts as found."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.ftc_bursts import senders_reported
from benchmarks.ftc_counts import Said, monitored
from benchmarks.ftc_draw import DURATIONS, SIZES, Burst, Drawing
from benchmarks.ftc_episodes import LOOK_BACK, Counts
from benchmarks.ftc_injected import Found, Margin, followed, margin, verdict, with_bursts_on_top
from benchmarks.ftc_rivals import as_many, matrix, opened, tail_nats, totals_of

FIRST = dt.date(2020, 3, 2)


@pytest.fixture(scope="module")
def days() -> Counts:
    """Sixty days of senders with means of 0.1, 0.5, 2 and 8."""
    rng = np.random.default_rng(1)
    means = {f"s{mean:g}-{n}": mean for mean in (0.1, 0.5, 2.0, 8.0) for n in range(100)}
    out: Counts = {}
    for number in range(60):
        counts = rng.poisson(list(means.values())).tolist()
        found = {s: c for s, c in zip(means, counts, strict=True) if c}
        out[FIRST + dt.timedelta(days=number)] = Counter(found)
    return out


def test_bursts_are_of_known_senders_on_normal_days(days: Counts) -> None:
    """No sender twice in a replay, none unknown, no day that is not normal; again with a seed."""
    listed = list(days)
    normal = set(listed[LOOK_BACK:]) - {listed[45]}
    drawing = Drawing(days, normal)
    bursts = drawing.draw(1)
    assert {(b.size, b.duration) for b in bursts} == {(s, d) for s in SIZES for d in DURATIONS}
    assert len({b.sender for b in bursts}) == len(bursts) > 200
    assert bursts == drawing.draw(1) != drawing.draw(2)
    for burst in bursts:
        before = listed[burst.start - LOOK_BACK : burst.start]
        assert burst.mean == sum(days[day][burst.sender] for day in before) / LOOK_BACK > 0
        assert all(listed[number] in normal for number in burst.days)


def test_bursts_are_as_large_as_they_are_called(days: Counts) -> None:
    """×5 adds four times the mean a day, +10 adds 10."""
    drawing = Drawing(days, set(list(days)[LOOK_BACK:]))
    bursts = [burst for seed in range(6) for burst in drawing.draw(seed)]
    times = [b for b in bursts if b.size == "x5"]
    due = sum(4.0 * b.mean * b.duration for b in times)
    assert sum(sum(b.extra) for b in times) == pytest.approx(due, rel=0.05)
    plus = [count for b in bursts if b.size == "+10" for count in b.extra]
    assert np.mean(plus) == pytest.approx(10.0, rel=0.05)


def test_the_monitor_is_told_of_bursts_on_top_of_the_records(days: Counts) -> None:
    """Nothing is taken away, the burst comes on its days alone, and its alert is of its sender."""
    burst = Burst("+20", 3, "s0.5-7", 40, 0.5, (20, 30, 40))
    with_burst = with_bursts_on_top(days, [burst])
    listed = list(days)
    for number, day in enumerate(listed):
        extra = Counter({burst.sender: burst.extra[number - 40]} if number in burst.days else {})
        assert with_burst[day] == days[day] + extra
    new = set(monitored(with_burst).opened) - set(monitored(days).opened)
    assert new == {(listed[40], burst.sender)}


def test_the_monitor_says_what_it_says_of_the_same_records_in_a_file(
    tmp_path: Path, days: Counts
) -> None:
    """Counts given to it lead to the alerts of a replay of the rows, senderless ones included."""
    burst = Burst("+20", 3, "s0.5-7", 40, 0.5, (20, 30, 40))
    records = with_bursts_on_top(days, [burst])
    records[list(days)[41]][""] = 50
    path = tmp_path / "records.csv.gz"
    with gzip.open(path, "wt", newline="") as target:
        out = csv.writer(target)
        out.writerow(["day", "sender", "area_code"])
        for day, counts in records.items():
            out.writerows([day, sender, "212"] for sender in counts.elements())
    said = monitored(records)
    opened_there, reported_there = senders_reported(path)
    assert said.opened == opened_there != []
    assert said.reported == reported_there


def test_an_alert_opens_again_only_after_the_hold() -> None:
    """Days that meet the criterion within the hold open nothing, and prolong it."""
    met = np.zeros((1, 40), dtype=bool)
    met[0, [3, 10, 24, 39]] = True
    assert np.flatnonzero(opened(met)[0]).tolist() == [3, 39]


def test_the_tail_is_about_as_rare_as_it_says() -> None:
    """At steady rates a count beyond P(X ≥ x) = 1 % comes about as often, or less."""
    counts = np.random.default_rng(1).poisson(6.0, (2_000, 60)).astype(np.float64)
    totals = counts.sum(axis=0)
    share = np.mean(tail_nats(counts, totals, prior=1e-9)[:, LOOK_BACK:] >= -np.log(0.01))
    assert 0.003 < share <= 0.011


def test_rivals_open_as_many_alerts_as_they_are_told(days: Counts) -> None:
    """The rule on average over its coins, the tails as nearly as their scores allow."""
    listed = list(days)
    normal = set(listed[LOOK_BACK:])
    senders = sorted({s for counts in days.values() for s in counts})
    counts, totals = matrix(list(days.values()), senders), totals_of(list(days.values()))

    def a_day(name: str, seed: int) -> float:
        met = as_many(days, normal, 1.0, seed)[name](senders, counts, totals)
        return float(opened(met)[:, LOOK_BACK:].sum() / len(normal))

    assert np.mean([a_day("rule", seed) for seed in range(20)]) == pytest.approx(1.0, rel=0.2)
    assert a_day("tail", 1) == pytest.approx(1.0, rel=0.1)
    assert a_day("own tail", 1) == pytest.approx(1.0, rel=0.1)


def test_found_is_what_is_told_only_with_the_burst(days: Counts) -> None:
    """Not an alert that comes anyway, nor one after the burst; a revision only where it counts."""
    listed = list(days)
    bursts = [Burst("+5", 3, f"s0.5-{n}", 40, 0.5, (5, 5, 5)) for n in range(4)]
    senders = [burst.sender for burst in bursts]
    plain = Said([(listed[40], senders[0])], {(listed[40], senders[0])})
    openings = [(listed[40], senders[0]), (listed[41], senders[1]), (listed[43], senders[2])]
    said = Said(openings, {*openings, (listed[42], senders[3])})
    after = {
        how: [
            f.after["monitor"]
            for f in followed(days, bursts, {}, plain, said, only_opened=how == "opened")
        ]
        for how in ("opened", "told")
    }
    assert after == {"opened": [None, 1, None, None], "told": [None, 1, None, 2]}


def test_rivals_are_held_to_the_same(days: Counts) -> None:
    """A count over the limit on a day of the hold tells something, but opens nothing."""
    sender = "s0.1-1"
    calm = {day: Counter({sender: 0}) for day in days}
    day = list(days)[38]
    records: Counts = {**calm, day: Counter({sender: 20})}
    burst = Burst("+20", 3, sender, 40, 0.7, (20, 20, 20))
    quiet = Said([], set())
    limit = {"rule": lambda _, x, __: x >= 15}
    for only_opened, after in ((True, None), (False, 0)):
        (found,) = followed(records, [burst], limit, quiet, quiet, only_opened=only_opened)
        assert found.after == {"monitor": None, "rule": after}
        assert found.lately == {"monitor": False, "rule": True}
        assert found.missed("monitor") == 3


def test_margins_take_a_senders_bursts_for_one() -> None:
    """Four bursts of one sender tell no more than one of them; the verdict needs both."""

    def found(sender: str, ours: int | None, theirs: int | None) -> Found:
        burst = Burst("+5", 3, sender, 40, 0.5, (5, 5, 5))
        return Found(burst, {"monitor": ours, "rule": theirs}, {})

    apart = [found(f"s{n}", 0, None if n % 2 else 0) for n in range(40)]
    same = [found(f"s{n % 10}", 0, None if n % 2 else 0) for n in range(40)]
    one = margin(apart, "monitor", "rule", days=False)
    assert (one.mean, one.sign) == (0.5, 1)
    assert margin(same, "monitor", "rule", days=False).error == pytest.approx(2.0 * one.error)
    assert margin(apart, "monitor", "rule", days=True).mean == 1.5
    said = [verdict([one, other]) for other in (one, Margin(0.0, 1.0), Margin(-1.0, 0.1))]
    assert said == ["better", "no worse", "worse"]
