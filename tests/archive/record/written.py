"""What count, detect and people have written to a monitor's topics, made up from a seed."""

from __future__ import annotations

import datetime as dt
import random
from functools import lru_cache

from streams.alerts.label import encode_label, make_label
from streams.archive.record.state import Partition
from streams.config.model import Config
from streams.config.names import own_name
from streams.counts.open_bucket import Flush
from streams.counts.wire import encode_counts, records
from streams.detection.context.groups import Wider
from streams.detection.shard import Shard
from streams.items import Total
from tests.events_of import config

HOUR, DAYS, START = 3600, 4, 1_772_409_600
SENDERS = [f"s{number}" for number in range(6)]
SHARDS = 2
NAME = "recorder"
COUNTS, ALERTS, LABELS = (own_name(NAME, what) for what in ("counts", "alerts", "labels"))

Log = dict[Partition, list[bytes | None]]


@lru_cache
def made_settings() -> Config:
    """Two groups, two shards, buckets of six hours."""
    return config(
        name=NAME,
        count={"levels": ["sender", "platform", "all"], "bucket": "6h"},
        detect={"budget_per_day": 1e6, "exit_after": 1, "shards": SHARDS},
        sources={
            "sends": {"kind": "send", "group": "sending"},
            "complaints": {"kind": "complaint", "group": "complaining"},
        },
    )


@lru_cache
def made_log() -> Log:
    """What count, detect and people have written: with repeats, early alerts and rubbish."""
    chance = random.Random(6)
    size = 6 * HOUR
    log: Log = {Partition(topic, n): [] for topic in (COUNTS, ALERTS) for n in range(SHARDS)}
    shards = [Shard(number, made_settings()) for number in range(SHARDS)]
    for number in range(DAYS * 4):
        start = START + number * size
        for source, lanes in (("sends", 2), ("complaints", 1)):
            for lane in range(lanes):
                counted = {s: chance.randrange(4) for s in SENDERS if chance.random() < 0.8}
                counted["s3"] = 90 if number in (6, 11) else 1
                totals = [Total(start, "sender", s, n) for s, n in counted.items() if n]
                totals.append(Total(start, "platform", "Mall", 3 + 50 * (number == 9)))
                mall: Wider = ("platform", "Mall")
                belongs = {(start, s): {mall} for s in counted if s != "s1"}
                if number == 13:
                    totals, belongs = [], {}
                flush = Flush(totals=totals, watermark=float(start + size), parents=belongs)
                for shard, counts in records(source, lane, lanes, size, flush, SHARDS):
                    written = log[Partition(COUNTS, shard)]
                    for alert in shards[shard].take(len(written), counts, float(start)):
                        log[Partition(ALERTS, shard)].append(alert.value)
                    written.append(encode_counts(counts))
                    if chance.random() < 0.1:
                        rubbish = chance.choice([b"{", None])
                        shards[shard].skip(len(written))
                        written.append(rubbish)
    for number in range(SHARDS):
        said = log[Partition(ALERTS, number)]
        log[Partition(ALERTS, number)] = [*said[:9], *said[3:9], b"no alert", None, *said[9:]]
    at = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
    labels = [
        encode_label(make_label("true", at + dt.timedelta(hours=9 * n), alert_id=f"{n:016x}"))
        for n in range(7)
    ]
    log[Partition(LABELS, 0)] = [*labels, labels[2], b"no label"]
    return log
