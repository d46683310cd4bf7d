"""What fresh ids cost over a year: memory, time, checkpoint, and everybody else's threshold.

    python -m benchmarks.fresh_ids [--svg fresh_ids.svg] [--json] [--quick] [--fresh 0 5000]

500 steady senders of 10 messages a day, and 0, 5,000 or 50,000 ids a day that send once and never
again. Buckets of a day, levels sender and all. Each line is a process of its own. The threshold is
``-ln`` of the chance of a false alert that a steady sender may spend in a bucket (the median): what
a burst must bring. Without retirement all four grow without end.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.fresh_ids_plot import plot
from streams.config.load import parse_config
from streams.counts.bucket import DAY_S
from streams.detection.context.bucket import Inspect
from streams.detection.merge import ClosedBucket, Sums
from streams.detection.shard import Shard

STEADY, MEAN = 500, 10.0
DAYS, FRESH = 365, (0, 5_000, 50_000)
QUICK_DAYS, QUICK_FRESH = 120, (0, 100, 1_000)
POINTS = 73
"""Days at which a line is measured."""

CONFIG = {
    "timezone": "UTC",
    "count": {"levels": ["sender", "all"]},
    "sources": {"sends": {"kind": "send", "bucket": "1d", "lateness": "0s"}},
}
PAGE_MB = resource.getpagesize() / 1e6


class Point(NamedTuple):
    """One day of a line."""

    day: int
    living: int
    resident_mb: float
    close_s: float
    """CPU seconds of the day's close, with the retirement at its end."""
    checkpoint_mb: float
    threshold_nats: float


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE_MB


def _sums(rng: np.random.Generator, day: int, fresh: int) -> Sums:
    totals = {f"steady {n}": int(x) for n, x in enumerate(rng.poisson(MEAN, STEADY)) if x}
    totals |= {f"fresh {day} {n}": 1 for n in range(fresh)}
    return {("sends", "sender"): totals, ("sends", "all"): {"all": sum(totals.values())}}


def measured(fresh: int, days: int) -> Iterator[Point]:
    """Close so many days, and measure some of them."""
    rng, shard = np.random.default_rng(1), Shard(0, parse_config(CONFIG), Inspect(forecasts=True))
    group = next(group for group in shard.groups.values() if "sends" in group.merge.sources)
    for day in range(1, days + 1):
        sums = _sums(rng, day, fresh)
        began = time.process_time()
        result = group.judge(ClosedBucket(day * DAY_S, (day + 1) * DAY_S, sums, {}))
        spent = time.process_time() - began
        if day % max(days // POINTS, 1) and day != days:
            continue
        forecast = result.forecasts.get(("sends", "sender"))
        steady = [] if forecast is None else [forecast.rows[f"steady {n}"] for n in range(STEADY)]
        steady = [row for row in steady if forecast is not None and row < len(forecast.alpha)]
        if forecast is None or not steady:
            continue
        stored = sum(len(value) for _, value in shard.checkpoint())
        yield Point(
            day,
            group.panel.known,
            _resident_mb(),
            spent,
            stored / 1e6,
            float(-np.log(np.median(forecast.alpha[steady]))),
        )


def line(ids_and_days: tuple[int, int]) -> list[Point]:
    """All points of a line: ids a day, and days."""
    return list(measured(*ids_and_days))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--svg", type=Path, help="where the plot goes")
    parser.add_argument("--quick", action="store_true", help="0 to 1,000 a day, 120 days")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fresh", type=int, nargs="+", help="ids a day, a line each")
    parser.add_argument("--days", type=int)
    arguments = parser.parse_args()
    sizes, days = (QUICK_FRESH, QUICK_DAYS) if arguments.quick else (FRESH, DAYS)
    sizes, days = arguments.fresh or sizes, arguments.days or days
    lines: dict[int, list[Point]] = {}
    for fresh in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            (lines[fresh],) = pool.map(line, [(fresh, days)])
        for point in lines[fresh][:: max(len(lines[fresh]) // 6, 1)]:
            if arguments.json:
                print(json.dumps({"fresh_a_day": fresh, **point._asdict()}), flush=True)
            else:
                print(
                    f"{fresh:>7,} a day, day {point.day:>3}: {point.living:>9,} living"
                    f" {point.resident_mb:>6,.0f} MB, close {point.close_s:6.3f} s,"
                    f" checkpoint {point.checkpoint_mb:7.2f} MB,"
                    f" threshold {point.threshold_nats:6.2f} nats",
                    flush=True,
                )
    if arguments.svg:
        names = ("resident_mb", "close_s", "checkpoint_mb", "threshold_nats")
        titles = (
            "resident memory, MB",
            "close of a day, CPU s",
            "checkpoint, MB",
            "threshold, nats",
        )
        panels = [
            (
                title,
                {
                    f"{fresh:,} a day": [(float(p.day), float(getattr(p, name))) for p in points]
                    for fresh, points in lines.items()
                },
            )
            for name, title in zip(names, titles, strict=True)
        ]
        arguments.svg.write_text(plot(panels), "utf-8")


if __name__ == "__main__":
    main()
