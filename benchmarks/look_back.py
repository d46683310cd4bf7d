"""Look-backs at handled cases: relapses found within three days, and cases with a false alert.

``python -m benchmarks.look_back [--mean 20] [--cases 1000] [--bucket 1d] [--seed 1]``

Each case is about a sender with so many complaints a day, Poisson with a rate that does not change
for `BEFORE` days; then it is handled, and the rate falls to a tenth, to 0.3 or not at all. One half
of them relapses on a day that is drawn, to the rate before the case or to twice as much. All goes
through merge-free closes of a shard, with the watches as rows of a control record. Others are not
watched, so that what everybody does is known. The budget is set so large that each watch may take
the chance that it takes where less than about 375 watches last: 1 in 100.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import NamedTuple

import numpy as np

from streams.config.load import parse_config
from streams.detection.context.membership import Belonging
from streams.detection.look_back.grants import MOST_CHANCE
from streams.detection.merge import ClosedBucket
from streams.detection.shard import Shard
from streams.registry.control import RegistryRow
from streams.registry.watch import WatchEntry

BEFORE, DAYS, WITHIN = 45, 30, 3
AFTER = (0.1, 0.3, 1.0)
"""Rate after a case was handled, over the one before."""

BEGIN_S = 1_769_990_400
"""A Monday, 00:00 UTC."""

UNWATCHED_A_CASE = 10


class Case(NamedTuple):
    """A case: its rate after it was handled, and that of its relapse and the day; None is none."""

    after: float
    again: float
    day: int | None


def drawn(cases: int, rng: np.random.Generator) -> list[Case]:
    """Draw what becomes of the cases."""
    out = []
    for number in range(cases):
        after, again = AFTER[number % 3], 2.0 if number % 3 == 2 or number % 2 else 1.0
        relapses = rng.random() < 0.5
        out.append(Case(after, again, int(rng.integers(0, DAYS - WITHIN)) if relapses else None))
    return out


def measure(mean: float, cases: int, bucket_s: int, seed: int) -> dict[str, float]:
    """Judge cases; return how many relapses were found in time, and false alerts a case."""
    rng = np.random.default_rng(seed)
    plan = drawn(cases, rng)
    source = {"kind": "complaint", "bucket": f"{bucket_s}s" if bucket_s < 86_400 else "1d"}
    enough = 3.0 * MOST_CHANCE / DAYS * cases / 0.05
    config = parse_config(
        {
            "timezone": "UTC",
            "count": {"levels": ["sender", "all"]},
            "detect": {"budget_per_day": max(enough, 5.0), "min_count": 1_000_000},
            "sources": {"complaints": source},
        }
    )
    group = config.sources["complaints"].group
    shard = Shard(0, config)
    names = [f"1069{number:06}" for number in range(cases * (1 + UNWATCHED_A_CASE))]
    buckets = 86_400 // bucket_s
    found: dict[str, tuple[str, int]] = {}
    begun = time.process_time()
    for day in range(BEFORE + DAYS + 1):
        rates = np.full(len(names), mean)
        if day >= BEFORE:
            for number, case in enumerate(plan):
                risen = case.day is not None and day - BEFORE >= case.day
                rates[number] = mean * (case.again if risen else case.after)
        if day == BEFORE:
            rows = [
                WatchEntry(
                    id=name, group=group, level="sender", entity=name, signal="complaints",
                    days=DAYS, mean_per_day=mean,
                )
                for name in names[:cases]
            ]  # fmt: skip
            shard.registry.take(RegistryRow(n, f"watch/{e.id}", e) for n, e in enumerate(rows, 1))
        for place in range(buckets):
            counts = rng.poisson(rates / buckets).tolist()
            start = BEGIN_S + day * 86_400 + place * bucket_s
            counted = {name: count for name, count in zip(names, counts, strict=True) if count}
            sums = {("complaints", "sender"): counted, ("complaints", "all"): {"all": sum(counts)}}
            closed = ClosedBucket(start, start + bucket_s, sums, Belonging())
            for one in shard.judge(group, closed).alerts:
                alert = one.alert
                if alert.signal == "relapse" and alert.kind != "successor":
                    found.setdefault(alert.entity.id, (str(alert.kind), day - BEFORE))
    out: dict[str, float] = {"seconds": time.process_time() - begun}
    for after in AFTER:
        for again in (1.0, 2.0):
            days = [
                (case.day, found.get(name, ("none", 0)))
                for name, case in zip(names, plan, strict=False)
                if case.day is not None and (case.after, case.again) == (after, again)
            ]
            hits = [kind == "return" and 0 <= at - day < WITHIN for day, (kind, at) in days]
            if days:
                out[f"found, {after:g} to {again:g}"] = sum(hits) / len(hits)
    false = sum(
        found[name][0] == "return" and (case.day is None or found[name][1] < case.day)
        for name, case in zip(names, plan, strict=False)
        if name in found
    )
    out["false a case"] = false / cases
    return out


def main() -> int:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mean", type=float, nargs="+", default=[20.0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--bucket", type=int, default=86_400, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for mean in given.mean:
        figures = measure(mean, given.cases, given.bucket, given.seed)
        said = "  ".join(f"{name}: {value:.3f}" for name, value in figures.items())
        print(f"mean {mean:g} a day  {said}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
