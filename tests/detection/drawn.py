"""Streams of counts drawn from a seed, and shards that take them and store their state."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from unittest.mock import patch

from streams.alerts.rendering import Published
from streams.config.model import Config
from streams.counts.open_bucket import Flush
from streams.counts.wire import records
from streams.detection.shard import Shard
from streams.items import Counts, Total
from tests.detection.counts_of import MINUTE, bucket
from tests.events_of import config

MINUTES = 40
SENDERS = [f"s{number}" for number in range(8)]


def two_groups(shards: int = 1) -> Config:
    """Two groups of one source each; a budget that lets a short stream alert."""
    return config(
        count={"levels": ["sender", "all"]},
        detect={"budget_per_day": 2000.0, "shards": shards, "min_count": 5},
        sources={
            "sends": {"kind": "send", "group": "sending"},
            "complaints": {"kind": "complaint", "group": "complaining"},
        },
    )


def flushes_of(seed: int, source: str, lanes: int) -> list[list[tuple[int, Flush]]]:
    """Flushes of a source's lanes, minute by minute: quiet senders, a few bursts, a gap."""
    chance = random.Random(f"{seed}{source}")
    bursts = {(chance.choice(SENDERS), chance.randrange(8, MINUTES)) for _ in range(3)}
    out: list[list[tuple[int, Flush]]] = []
    for minute in range(MINUTES):
        of_minute = []
        for lane in range(lanes):
            totals = []
            for name in SENDERS:
                count = chance.randrange(4) + 60 * ((name, minute) in bursts)
                if count and minute not in (20, 21):
                    totals.append(Total(bucket(minute), "sender", name, count))
            if totals:
                both = sum(total.count for total in totals)
                totals.append(Total(bucket(minute), "all", "all", both))
            of_minute.append((lane, Flush(totals=totals, watermark=float(bucket(minute + 1)))))
        out.append(of_minute)
    return out


def drawn_stream(seed: int, shards: int = 1) -> list[list[Counts]]:
    """Records of each shard, as lanes in some order wrote them; some totals come in parts."""
    chance = random.Random(seed)
    out: list[list[Counts]] = [[] for _ in range(shards)]
    sends, complaints = flushes_of(seed, "sends", 2), flushes_of(seed, "complaints", 1)
    for of_sends, of_complaints in zip(sends, complaints, strict=True):
        flushes = [("sends", 2, *f) for f in of_sends]
        flushes += [("complaints", 1, *f) for f in of_complaints]
        chance.shuffle(flushes)
        for source, lanes, lane, flush in flushes:
            early = Flush(totals=[Total(t.bucket, t.level, t.id, 1) for t in flush.totals])
            parts = [early, flush] if chance.random() < 0.5 else [flush]
            for part in parts:
                for shard, record in records(source, lane, lanes, MINUTE, part, shards):
                    out[shard].append(record)
    return out


def revisions(published: Iterable[Published]) -> list[bytes]:
    """What the contract promises: revisions from 1 on."""
    return [alert.value for alert in published if alert.alert.revision >= 1]


def run(shard: Shard, stream: Sequence[Counts], start: int, stop: int) -> list[bytes]:
    return [
        value
        for offset in range(start, stop)
        for value in revisions(shard.take(offset, stream[offset]))
    ]


def flat(alerts: Iterable[list[bytes]]) -> list[bytes]:
    return [value for values in alerts for value in values]


def checkpoint(shard: Shard) -> list[tuple[bytes, bytes]]:
    """The slots it writes, in their order; they are small, so that there are several."""
    with (
        patch("streams.detection.checkpoint.ROWS_A_PIECE", 3),
        patch("streams.detection.slots.SLOT_BYTES", 12_000),
    ):
        return list(shard.checkpoint())


def restored(slots: dict[bytes, bytes]) -> Shard:
    shard = Shard(0, two_groups())
    shard.restore(slots)
    return shard
