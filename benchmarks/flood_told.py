"""Floods of fresh ids: which are alerts themselves, in their bucket.

python -m benchmarks.flood_told [--full] [--shards N]

200 known senders, steady or of mixed sizes, count for seven weeks, and every day some newcomers
come that nobody has seen before and that send a few messages once. Then fresh ids flood one bucket.
A flood is told if the signal ``newcomers`` has an alert that opens in its bucket. Beside it stand
the newcomers' alerts of the weeks before (each is false), and what their share of the budget
allowed. Floods of fewer ids than usually come in such a bucket are left out. With several shards,
the one that holds the total sees its own part of the ids.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.bucket import DAY_S
from streams.counts.wire import shard_of
from streams.detection.context.budget import split_budget
from streams.detection.shard import Shard
from streams.detection.signals import NEWCOMERS
from streams.items import Counts, Total

HOUR_S = 3_600
START = 1_772_409_600
"""A Monday in March 2026, 00:00 UTC."""

KNOWN = 200
WEEKS = 7
USUAL = (0, 2, 20, 100, 500)
IDS, MESSAGES = (100, 400, 2_000), (1, 10, 50)


@dataclass(frozen=True)
class Crowd:
    """Who sends: known senders of a kind, and so many newcomers a day."""

    kind: str
    newcomers_per_day: int
    bucket_s: int
    seed: int
    shards: int = 1


@dataclass
class Told:
    """What became of the floods of a crowd."""

    floods: dict[tuple[int, int], bool]
    false: int
    nominal: float


def settings(bucket_s: int, shards: int = 1) -> Config:
    """One source of sends."""
    source = {"kind": "send", "bucket": "1d" if bucket_s == DAY_S else "1h"}
    detect = {"shards": shards}
    return parse_config({"timezone": "UTC", "detect": detect, "sources": {"s": source}})


class Sending:
    """What a crowd sends, bucket by bucket."""

    def __init__(self, crowd: Crowd) -> None:
        self._rng = np.random.default_rng([crowd.seed, crowd.newcomers_per_day])
        self._crowd, self._came = crowd, 0
        self._rates = np.full(KNOWN, 20.0)
        if crowd.kind == "mixed":
            self._rates = np.clip(np.exp(self._rng.normal(0.0, 1.6, KNOWN)), 0.02, 60.0)

    def bucket(self, number: int) -> dict[str, int]:
        """Count a bucket: weekends are quiet, and so are nights."""
        hours = self._crowd.bucket_s // HOUR_S
        hour = number * hours
        busy = 1.0 if hour // 24 % 7 < 5 else 0.6
        if hours < 24:
            busy *= 1.0 - 0.8 * np.cos((hour % 24 - 2) * np.pi / 12.0)
        part = busy * hours / 24.0
        counts = self._rng.poisson(self._rates * part)
        sent = {f"known {n}": int(count) for n, count in enumerate(counts) if count}
        new = int(self._rng.poisson(self._crowd.newcomers_per_day * part))
        for count in self._rng.geometric(1.0 / 3.0, new).tolist():
            self._came += 1
            sent[f"new {self._came}"] = count
        return sent


def record(number: int, bucket_s: int, sent: dict[str, int], shards: int = 1) -> Counts:
    """Write the counts of a bucket that the shard with the total has; they end it."""
    start, of_all = START + number * bucket_s, shard_of("all", "all", shards)
    totals = [
        Total(start, "sender", name, count)
        for name, count in sent.items()
        if shard_of("sender", name, shards) == of_all
    ]
    if sent:
        totals.append(Total(start, "all", "all", sum(sent.values())))
    return Counts("s", 0, 1, bucket_s, totals, watermark=float(start + bucket_s))


def opened(shard: Shard, counts: Counts) -> int:
    """Close a bucket; return how many alerts on newcomers open."""
    return sum(
        published.alert.event == "opened" and published.alert.signal == NEWCOMERS
        for published in shard.take(shard.position, counts)
    )


def run(crowd: Crowd) -> Told:
    """Warm a shard with a crowd, and flood it in each way."""
    config, sending = settings(crowd.bucket_s, crowd.shards), Sending(crowd)
    shard = Shard(0, config)
    # The flood's bucket is the middle of a working day.
    buckets = WEEKS * 7 * DAY_S // crowd.bucket_s + (13 if crowd.bucket_s == HOUR_S else 1)
    false = 0
    for number in range(buckets):
        false += opened(shard, record(number, crowd.bucket_s, sending.bucket(number), crowd.shards))
    state, last = dict(shard.checkpoint()), sending.bucket(buckets)
    floods = {}
    for ids in IDS:
        for messages in MESSAGES:
            flooded = Shard(0, config)
            flooded.restore(state)
            fresh = {f"fresh {n}": messages for n in range(ids)}
            counts = record(buckets, crowd.bucket_s, last | fresh, crowd.shards)
            floods[ids, messages] = opened(flooded, counts) > 0
    per_day = sum(
        share.total for (_, _, signal), share in split_budget(config).items() if signal == NEWCOMERS
    )
    return Told(floods, false, per_day * (WEEKS - 1) * 7)


def crowds(kinds: Sequence[str], seeds: int, shards: int = 1) -> Iterator[list[Crowd]]:
    """Each kind of crowd, with all its seeds."""
    for kind in kinds:
        for bucket_s in (DAY_S, HOUR_S):
            for usual in USUAL:
                yield [Crowd(kind, usual, bucket_s, seed, shards) for seed in range(seeds)]


def main() -> None:
    """Print a line a crowd."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="four seeds in place of two")
    parser.add_argument("--shards", type=int, default=1, help="over how many shards it is spread")
    arguments = parser.parse_args()
    seeds = 4 if arguments.full else 2
    print("senders  bucket  newcomers a day  floods told             false  allowed")
    for alike in crowds(("steady", "mixed"), seeds, arguments.shards):
        found = [run(crowd) for crowd in alike]
        crowd = alike[0]
        usual = crowd.newcomers_per_day * crowd.bucket_s / DAY_S
        asked = [
            (flood, found_it)
            for of_seed in found
            for flood, found_it in of_seed.floods.items()
            if flood[0] >= usual
        ]
        size = "day" if crowd.bucket_s == DAY_S else "hour"
        missed = sorted({f"{ids} x {n}" for (ids, n), found_it in asked if not found_it})
        print(
            f"{crowd.kind:7}  {size:6}  {crowd.newcomers_per_day:15}"
            f"  {sum(found_it for _, found_it in asked):3} of {len(asked):3} {', '.join(missed):14}"
            f"  {sum(each.false for each in found):5}  {sum(each.nominal for each in found):7.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
