"""Small senders that work at weekends, too, beside others that never pause."""

from __future__ import annotations

import numpy as np
import pytest

from streams.counts.open_bucket import Flush
from streams.counts.wire import records
from streams.detection.shard import Shard
from streams.items import Total
from tests.events_of import config

HOUR, MONDAY, WEEK = 3600, 1_772_409_600, 168


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_their_own_saturdays_are_learned_within_four_weeks(seed: int) -> None:
    """Twelve an hour, 8 to 18 on each day: from the third week on hardly an alert, then none."""
    chance = np.random.default_rng(seed)
    shard = Shard(
        0,
        config(
            count={"levels": ["sender", "all"]}, sources={"s": {"kind": "send", "bucket": "1h"}}
        ),
    )
    opened = []
    for hour in range(8 * WEEK):
        start = MONDAY + hour * HOUR
        counts = {f"bg{n}": int(chance.poisson(3.0 * (n + 1))) for n in range(12)}
        if 8 <= hour % 24 < 18:
            counts |= {f"day{n}": int(chance.poisson(12.0)) for n in range(3)}
        totals = [Total(start, "sender", name, count) for name, count in counts.items() if count]
        totals.append(Total(start, "all", "all", sum(counts.values())))
        for _, record in records("s", 0, 1, HOUR, Flush(totals, watermark=float(start + HOUR)), 1):
            opened += [
                hour // WEEK
                for published in shard.take(hour, record)
                if published.alert.event == "opened" and published.alert.entity.id.startswith("day")
            ]
    assert sum(week >= 2 for week in opened) <= 4  # without what is learned of habits: 18 to 23
    assert max(opened) < 4
