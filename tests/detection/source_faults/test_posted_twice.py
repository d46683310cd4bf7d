"""A bucket posted several times is called so; equal counts, whoever sends them, are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.random import Generator

from streams.alerts.cloudevent import Alert
from streams.counts.bucket import Buckets
from streams.counts.open_bucket import Flush
from streams.counts.wire import records
from streams.detection.shard import Shard
from streams.items import Total
from tests.events_of import DAY, config

MONDAY = 1_772_409_600
DAYS = 21
Counts = dict[str, int]
Day = Callable[[int, Generator], Counts]


def _times(day_of: Day, seed: int, *, days: int = DAYS) -> list[tuple[int, float | None]]:
    """Days that are called repeated, and how many times they are said to have come."""
    chance = np.random.default_rng(seed)
    said = config(
        count={"levels": ["sender", "all"]}, sources={"s": {"kind": "send", "bucket": "1d"}}
    )
    shard, buckets = Shard(0, said), Buckets(DAY, "UTC")
    found: list[tuple[int, float | None]] = []
    for n in range(days + 1):
        start, counts = MONDAY + n * DAY, day_of(n, chance)
        totals = [Total(start, "sender", name, count) for name, count in counts.items() if count]
        totals.append(Total(start, "all", "all", sum(counts.values())))
        flush = Flush(totals, watermark=float(buckets.end(start)))
        for _, record in records("s", 0, 1, DAY, flush, 1):
            alerts: list[Alert] = [published.alert for published in shard.take(n, record)]
            found += [
                (n, alert.ratio)
                for alert in alerts
                if alert.kind == "posted_twice" and alert.event == "opened"
            ]
    return found


def _usual(mean: float, senders: int, *, spread: bool = False) -> Day:
    """Senders of one mean, or of means between a tenth and ten times it."""

    def day_of(n: int, chance: Generator) -> Counts:
        means = {
            f"bg{k}": mean * (10.0 ** (2 * k / senders - 1) if spread else 1.0)
            for k in range(senders)
        }
        return {name: int(chance.poisson(of)) for name, of in means.items()}

    return day_of


def _with(usual: Day, others: Day) -> Day:
    return lambda n, chance: usual(n, chance) | others(n, chance)


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(2, 6), st.sampled_from([1.0, 5.0, 30.0]), st.booleans(),
    st.sampled_from([0.5, 1.0]),
)  # fmt: skip
def test_a_repeat_is_found_in_any_population(
    seed: int, times: int, mean: float, spread: bool, busy: float
) -> None:
    """Sparse or busy, alike or not, on a usual day or a quiet one, beside as many newcomers."""
    usual = _usual(mean, 120, spread=spread)
    quiet = _usual(busy * mean, 120, spread=spread)

    def day_of(n: int, chance: Generator) -> Counts:
        counts = (usual if n < DAYS else quiet)(n, chance)
        counts |= {f"new{n}-{k}": 1 + int(chance.poisson(0.5)) for k in range(60)}
        return {name: (times if n == DAYS else 1) * count for name, count in counts.items()}

    assert _times(day_of, seed) == [(DAYS, times)]


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(2, 240), st.sampled_from([12, 60]),
    st.sampled_from(["new", "yesterday's", "asleep", "steady"]), st.booleans(),
)  # fmt: skip
def test_equal_counts_are_no_repeat(
    seed: int, each: int, senders: int, whose: str, two_values: bool
) -> None:
    """A hundred ids with one quota, new or long known, silent before or busy: they are counted.

    Where nine in ten are steady senders of a few messages, one quota for all looks like a repeat.
    """
    assume(whose != "steady" or each >= 60 or senders > 12)

    def ids(n: int, chance: Generator) -> Counts:
        if n == DAYS:
            return {f"id{k}": each * (2 if two_values and k % 2 else 1) for k in range(100)}
        if whose == "steady":
            return {f"id{k}": int(chance.poisson(0.8 * each)) for k in range(100)}
        if whose == "asleep":
            return {f"id{k}": int((n + k) % 10 == 0) for k in range(100)}
        return (
            dict.fromkeys((f"id{k}" for k in range(100)), each)
            if n == DAYS - 1 and (whose == "yesterday's")
            else {}
        )

    assert _times(_with(_usual(5.0, senders), ids), seed) == []


@pytest.mark.parametrize("each", [6, 10])
def test_ids_that_send_alike_each_day_hide_no_repeat(each: int) -> None:
    """What fresh ids count each day teaches nothing about the counts of those who are known."""

    def day_of(n: int, chance: Generator) -> Counts:
        times = 2 if n == DAYS else 1
        counts = _usual(3.0, 60)(n, chance)
        fresh = dict.fromkeys((f"new{n}-{k}" for k in range(300)), each)
        return {name: times * count for name, count in (counts | fresh).items()}

    assert _times(day_of, 3) == [(DAYS, 2)]
