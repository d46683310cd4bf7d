"""An open bucket is held to what its hour usually brings."""

from __future__ import annotations

import numpy as np

from streams.config.load import parse_config
from streams.detection.shard import Shard
from streams.items import Counts, Total
from tests.detection.counts_of import START

HOUR = 3600
DAYS = 12
NOON, NIGHT = 12, 3


def usual(hour: int, mean: float) -> int:
    """Ten times as much at noon as at other hours, for everybody."""
    times = 10.0 if hour % 24 == NOON else 1.0
    return int(np.random.default_rng([5, hour, int(10 * mean)]).poisson(times * mean))


def record(hour: int, totals: dict[str, int], *, closed: bool) -> Counts:
    start = START + hour * HOUR
    sums = [Total(start, "sender", name, count) for name, count in totals.items() if count]
    return Counts("sends", 0, 1, HOUR, sums, watermark=float(start + HOUR) if closed else None)


def shard(hours: int) -> Shard:
    """A monitor that has seen 40 senders for so many hours."""
    levels = {"levels": ["sender"], "bucket": "1h"}
    one = Shard(0, parse_config({"timezone": "UTC", "count": levels}))
    one.take(0, Counts("complaints", 0, 1, HOUR, watermark=float("inf"), idle=True))
    for hour in range(hours):
        totals = {f"s{n}": usual(hour, 1.0 + n) for n in range(40)}
        one.take(hour, record(hour, totals, closed=True))
    return one


def expected_of_an_early_burst(clock: int) -> float:
    """What was expected of s39, forty an hour, in an hour in which it has counted 4,000."""
    hours = 24 * DAYS + clock
    (early,) = shard(hours).take(hours, record(hours, {"s39": 4000}, closed=False), written_s=0.0)
    assert early.alert.revision == 0
    return early.alert.expected


def test_early_alerts_expect_what_the_hour_usually_brings() -> None:
    """Forty at night and four hundred at noon, though nobody knows yet what the others do."""
    assert 30.0 < expected_of_an_early_burst(NIGHT) < 50.0
    assert 300.0 < expected_of_an_early_burst(NOON) < 500.0


def test_a_restart_knows_the_usual_hours() -> None:
    """A monitor that goes on from its checkpoint tells the same early."""
    whole = shard(24 * DAYS + NOON)
    ((name, group),) = whole.groups.items()
    packed = group.state.pack_shared()
    again = shard(0).groups[name]
    again.state.unpack(packed, ())
    assert again.state.pack_shared() == packed


def test_a_burst_at_the_end_of_a_bucket_is_told_before_the_close() -> None:
    """While a bucket waits for late events, its counts may still raise an early alert."""
    hours = 24 * DAYS + NIGHT
    over = START + (hours + 1) * HOUR
    burst = record(hours, {"s39": 4000}, closed=False)
    (early,) = shard(hours).take(hours, burst, written_s=over + 9.0)
    assert early.alert.revision == 0
    assert shard(hours).take(hours, burst, written_s=over + 10.0) == []
