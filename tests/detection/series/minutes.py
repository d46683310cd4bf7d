"""Some minutes of senders and their complaints, judged with whatever is to be reported."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from streams.config.load import parse_config
from streams.detection.bucket_result import BucketResult
from streams.detection.context.bucket import Inspect
from streams.detection.shard import Shard
from streams.items import Counts
from tests.detection.counts_of import counts

MINUTES = 150
BURST = range(100, 104)
COMPLAINED = range(120, 124)
CONFIG = {"count": {"levels": ["sender", "all"]}, "detect": {"budget_per_day": 1000.0}}


def records() -> Iterator[Counts]:
    """Forty senders and their complaints, one that bursts, one complained about, newcomers."""
    draw = np.random.default_rng(7)
    for minute in range(MINUTES):
        sends = {f"s{n}": int(draw.poisson(400)) for n in range(40)}
        sends |= {f"new{minute}": 1 + int(draw.poisson(1))}
        if minute in BURST:
            sends["s1"] *= 10
        rates = {name: 0.2 if name == "s2" and minute in COMPLAINED else 0.01 for name in sends}
        complaints = {name: int(draw.poisson(rates[name] * n)) for name, n in sends.items()}
        for source, counted in (("sends", sends), ("complaints", complaints)):
            totals = {(minute, name): count for name, count in counted.items() if count}
            yield counts(totals, until=minute + 1, source=source)


def judged(inspect: Inspect) -> Iterator[BucketResult]:
    """What became of each minute."""
    shard = Shard(0, parse_config(CONFIG), inspect)
    for offset, record in enumerate(records()):
        yield from shard.close(offset, record)
