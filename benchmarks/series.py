"""What series cost: bytes an entity-bucket, and the time of detect with them over without.

    python -m benchmarks.series [--senders 200000] [--hours 30] [--storm 400]

Senders of widely different rates, buckets of an hour, levels sender and all. Each bucket is closed
by two shards in one run, one of which reports series and encodes them as detect does. The ratio is
of CPU time over the last third of the buckets. Both raise the same alerts, which is checked.

In a storm so many senders count twenty times as much in the last three hours: the line says what it
takes to ask for their whole figures, which is done before their alerts are published.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from streams.config.load import parse_config
from streams.detection.context.bucket import Inspect
from streams.detection.merge import ClosedBucket
from streams.detection.series.records import series_records
from streams.detection.shard import Shard

HOUR_S = 3600
START_S = 1_772_409_600
CONFIG = {
    "timezone": "UTC",
    "count": {"levels": ["sender", "all"]},
    "sources": {"sends": {"kind": "send", "bucket": "1h"}},
}


def main() -> None:
    """Measure, and print a line for each share of senders that count in a bucket."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=200_000)
    parser.add_argument("--hours", type=int, default=30)
    parser.add_argument("--storm", type=int, default=400)
    parser.add_argument("--mean", type=float, nargs="+", default=[0.02, 0.2, 2.0])
    arguments = parser.parse_args()
    for mean in arguments.mean:
        print(measured(arguments.senders, arguments.hours, mean), flush=True)
    print(in_a_storm(arguments.senders, arguments.hours, arguments.storm))


def in_a_storm(senders: int, hours: int, loud: int) -> str:
    """Close the buckets of a storm with series and without; say what they cost."""
    rng = np.random.default_rng(2)
    rates = np.exp(rng.normal(0.0, 1.0, senders))
    names = [f"1069{number:08}" for number in range(senders)]
    plain = Shard(0, parse_config(CONFIG))
    reporting = Shard(0, parse_config(CONFIG), Inspect(series=True))
    group = next(name for name, each in plain.groups.items() if "sends" in each.merge.sources)
    spent, alerts, whole = [0.0, 0.0], 0, 0
    for hour in range(hours):
        drawn = rng.poisson(rates)
        if storm := hour >= hours - 3:
            drawn[:loud] = rng.poisson(20.0 * rates[:loud] + 50.0)
        counts = {name: n for name, n in zip(names, drawn.tolist(), strict=True) if n}
        sums = {("sends", "sender"): counts, ("sends", "all"): {"all": int(drawn.sum())}}
        start = START_S + hour * HOUR_S
        bucket = ClosedBucket(start, start + HOUR_S, sums, {})
        began = time.process_time()
        without = plain.judge(group, bucket)
        between = time.process_time()
        result = reporting.judge(group, bucket)
        ended = time.process_time()
        assert [a.value for a in without.alerts] == [a.value for a in result.alerts]
        if storm:
            spent[0] += between - began
            spent[1] += ended - between
            alerts, whole = alerts + len(result.alerts), whole + len(result.watched)
    return (
        f"{senders:,} senders, {alerts:,} alerts and {whole:,} whole figures in three hours: a"
        f" close takes {spent[0] / 3e-3:.0f} ms, with series {spent[1] / 3e-3:.0f} ms,"
        f" {spent[1] / spent[0]:.2f} times as long"
    )


def measured(senders: int, hours: int, mean: float) -> str:
    """Close the buckets with series and without; say what they cost."""
    rng = np.random.default_rng(1)
    rates = np.exp(rng.normal(np.log(mean), 1.5, senders))
    names = [f"1069{number:08}" for number in rng.permutation(senders).tolist()]
    plain = Shard(0, parse_config(CONFIG))
    reporting = Shard(0, parse_config(CONFIG), Inspect(series=True))
    group = next(name for name, each in plain.groups.items() if "sends" in each.merge.sources)
    spent, rows, size = [0.0, 0.0], 0, 0
    for hour in range(hours):
        drawn = np.maximum(rng.poisson(rates), 1) if hour == 0 else rng.poisson(rates)
        places = np.flatnonzero(drawn)
        counts = dict(zip([names[at] for at in places], drawn[places].tolist(), strict=True))
        sums = {("sends", "sender"): counts, ("sends", "all"): {"all": int(drawn.sum())}}
        start = START_S + hour * HOUR_S
        bucket = ClosedBucket(start, start + HOUR_S, sums, {})
        began = time.process_time()
        without = plain.judge(group, bucket)
        between = time.process_time()
        result = reporting.judge(group, bucket)
        written = [value for _, value in series_records(result, 1)]
        ended = time.process_time()
        assert [a.value for a in without.alerts] == [a.value for a in result.alerts]
        if hour >= hours - hours // 3:
            spent[0] += between - began
            spent[1] += ended - between
            rows += sum(map(len, result.blocks)) + len(result.watched)
            size += sum(map(len, written))
    active = rows / (hours // 3) / senders
    return (
        f"{senders:,} senders, {active:6.1%} count in a bucket: {size / rows:.1f} bytes an"
        f" entity-bucket, {size / (hours // 3) / senders:.2f} of a known one;"
        f" detect {spent[1] / spent[0]:.2f} times as long"
    )


if __name__ == "__main__":
    main()
