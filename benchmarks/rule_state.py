"""What it takes to follow a rule for many senders: time of a close, bytes a sender, a checkpoint.

Each sender has messages in the first hour, and one complaint; a tenth of them have complaints in
each hour after that. Evaluators are fed directly: counting and merging are not in the figures.

    python -m benchmarks.rule_state [--senders 1000000] [--hours 5]
"""

from __future__ import annotations

import argparse
import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator

import msgspec

from streams.detection.rules.cap import Cap
from streams.detection.rules.distinct_reporters import DistinctReporters
from streams.detection.rules.monthly_ratio import MonthlyRatio
from streams.detection.rules.standing import CountedBucket, Evaluator
from streams.rule_packs.parameters import CapRule, DistinctReportersRule, MonthlyRatioRule

DAY = 740_000
RULES: dict[str, Callable[[], Evaluator]] = {
    "5 reporters in 10 days": lambda: DistinctReporters(
        DistinctReportersRule(need=5, days=10, warn=3)
    ),
    "complaints in a million": lambda: MonthlyRatio(MonthlyRatioRule(warn=0.25, close=0.4)),
    "cap of a day": lambda: Cap(CapRule(period="day", most=2000)),
}


def hours_of(senders: list[str], hours: int) -> Iterator[CountedBucket]:
    """Buckets of hours, all on one day."""
    for hour in range(hours):
        chosen = senders if hour == 0 else senders[hour % 10 :: 10]
        messages = dict.fromkeys(chosen, 100)
        complaints = dict.fromkeys(chosen, 1)
        reporters = {name: (hash((name, hour)) % (1 << 48),) for name in chosen}
        start = hour * 3600
        yield CountedBucket(start, start + 3600, DAY, DAY, messages, complaints, reporters)


def measure(name: str, senders: list[str], hours: int) -> str:
    """Return a line of figures for a rule."""
    follow = RULES[name]()
    spent: list[float] = []
    for bucket in hours_of(senders, hours):
        began = time.perf_counter()
        follow.close(bucket)
        spent.append(time.perf_counter() - began)
    began = time.perf_counter()
    rows = stored = 0
    for row in follow.rows("pack.rule"):
        rows += 1
        stored += len(msgspec.msgpack.encode(row))
    packing = time.perf_counter() - began
    later = sum(spent[1:]) / max(1, len(spent) - 1)
    del follow
    return (
        f"{name:<24}first close {spent[0]:.2f} s, later ones {later:.2f} s,"
        f" {bytes_a_sender(name, senders, hours):.0f} bytes a sender in memory,"
        f" {stored / max(1, rows):.0f} stored, all rows of a checkpoint in {packing:.2f} s"
    )


def bytes_a_sender(name: str, senders: list[str], hours: int) -> float:
    """Memory of an evaluator that follows at most 100,000 senders, without their names."""
    first = senders[:100_000]
    buckets = list(hours_of(first, hours))
    gc.collect()
    tracemalloc.start()
    follow = RULES[name]()
    for bucket in buckets:
        follow.close(bucket)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / len(first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=1_000_000)
    parser.add_argument("--hours", type=int, default=5)
    args = parser.parse_args()
    senders = [f"1069{number:09d}" for number in range(args.senders)]
    for name in RULES:
        print(measure(name, senders, args.hours), flush=True)


if __name__ == "__main__":
    main()
