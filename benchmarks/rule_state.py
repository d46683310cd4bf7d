"""What it takes to follow a rule for many senders: time of a close, bytes a sender, checkpoints.

Each sender has messages in the first hour, and one complaint; a tenth of them have complaints in
each hour after that, and 100 in the last one. Evaluators are fed directly: counting and merging are
not in the figures. Seconds are of processor time. A checkpoint holds what changed since the last:
all senders, a tenth, 100.

    python -m benchmarks.rule_state [--senders 1000000] [--hours 5]
"""

from __future__ import annotations

import argparse
import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from detectors.state import State
from streams.detection.checkpoint import Checkpoints
from streams.detection.rules.cap import Cap
from streams.detection.rules.distinct_reporters import DistinctReporters
from streams.detection.rules.monthly_ratio import MonthlyRatio
from streams.detection.rules.standing import CountedBucket, Evaluator
from streams.rule_packs.parameters import CapRule, DistinctReportersRule, MonthlyRatioRule
from streams.stored.parts import StoredGroup

DAY = 740_000
FEW = 100
RULES: Mapping[str, Callable[[], Evaluator]] = {
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
        chosen = chosen[:FEW] if hour == hours - 1 else chosen
        messages = dict.fromkeys(chosen, 100)
        complaints = dict.fromkeys(chosen, 1)
        reporters: dict[str, tuple[int, ...]] = {
            name: (hash((name, hour)) % (1 << 48),) for name in chosen
        }
        start = hour * 3600
        yield CountedBucket(start, start + 3600, DAY, DAY, messages, complaints, reporters)


def measure(name: str, senders: list[str], hours: int) -> str:
    """Return a line of figures for a rule."""
    follow = RULES[name]()
    group = StoredGroup(State(), {}, follow.pages)
    checkpoints = Checkpoints(0, {"hours": group})
    slots: dict[bytes, bytes] = {}
    spent: list[float] = []
    stored: list[tuple[float, int, int]] = []
    for number, bucket in enumerate(hours_of(senders, hours)):
        for pages in follow.pages.values():
            pages.at = bucket.start
        began = time.process_time()
        follow.close(bucket)
        spent.append(time.process_time() - began)
        began = time.process_time()
        written = dict(checkpoints.slots(number, 0))
        stored.append((time.process_time() - began, len(written), sum(map(len, written.values()))))
        slots |= written
        for key in chain.from_iterable(checkpoints.outdated(number)):
            del slots[key]
    again = RULES[name]()
    began = time.process_time()
    Checkpoints(0, {"hours": StoredGroup(State(), {}, again.pages)}).restore(slots)
    restoring = time.process_time() - began
    later = sum(spent[1:-1]) / max(1, len(spent) - 2)
    del follow, again, slots
    figures = ", ".join(
        f"{what} {seconds:.2f} s, {records} records, {size / 1e6:.1f} MB"
        for what, (seconds, records, size) in zip(
            ("all", "a tenth", f"{FEW}"), (stored[0], stored[-2], stored[-1]), strict=True
        )
    )
    return (
        f"{name:<24}first close {spent[0]:.2f} s, later ones {later:.2f} s,"
        f" {bytes_a_sender(name, senders, hours):.0f} bytes a sender in memory;"
        f" checkpoints: {figures}; read again in {restoring:.2f} s"
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
