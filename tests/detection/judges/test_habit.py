"""Who has always sent in lots is learned; who begins to after weeks is told of each time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import Generator

from streams.counts.open_bucket import Flush
from streams.counts.wire import records
from streams.detection.shard import Shard
from streams.items import Total
from tests.events_of import config

HOUR, MONDAY = 3600, 1_772_409_600
Sender = Callable[[int, Generator], int]


def _alerts(sender: Sender, days: int, seed: int = 1) -> list[int]:
    """Days on which an alert of a sender opens, beside twelve that are steady."""
    chance = np.random.default_rng(seed)
    shard = Shard(
        0,
        config(
            count={"levels": ["sender", "all"]}, sources={"s": {"kind": "send", "bucket": "1h"}}
        ),
    )
    opened = []
    for hour in range(24 * days):
        start = MONDAY + hour * HOUR
        counts = {f"bg{n}": int(chance.poisson(2.0 + n)) for n in range(12)}
        counts["sender"] = sender(hour, chance)
        totals = [Total(start, "sender", name, count) for name, count in counts.items() if count]
        totals.append(Total(start, "all", "all", sum(counts.values())))
        for _, record in records("s", 0, 1, HOUR, Flush(totals, watermark=float(start + HOUR)), 1):
            for published in shard.take(hour, record):
                alert = published.alert
                if alert.event == "opened" and alert.entity.id == "sender":
                    opened.append(hour // 24)
    return opened


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lots_from_the_first_hour_on_are_learned(seed: int) -> None:
    """A hundred at a time, 60 an hour on average: a few alerts in three days, then hardly one."""
    opened = _alerts(lambda _, chance: 100 * int(chance.poisson(0.6)), 9, seed)
    assert len(opened) <= 4
    assert sum(day > 3 for day in opened) <= 1


def test_rare_lots_are_learned_too() -> None:
    """One of a hundred each day: five alerts or six, and no more."""
    opened = _alerts(lambda hour, _: 100 * (hour % 24 == hour // 24 % 5 + 9), 12)
    assert len(opened) <= 6


def test_a_burst_of_who_sends_in_lots_is_found() -> None:
    """Twenty lots in an hour, three hours long."""
    opened = _alerts(
        lambda hour, chance: 100 * int(chance.poisson(20.0 if 195 <= hour < 198 else 0.6)), 9
    )
    assert opened[-1] == 8


def test_bursts_that_begin_after_a_week_are_never_learned_as_a_habit() -> None:
    """Three a day, after ten days of three an hour: each day has an alert."""
    opened = _alerts(
        lambda hour, chance: 100 if hour >= 240 and hour % 24 == 9 else int(chance.poisson(3.0)), 20
    )
    assert set(opened) >= set(range(10, 20))
