"""What a schedule has to count: records of a few lanes, drawn from a seed."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from streams.config.model import Config
from streams.counts.protocol import LaneId
from streams.items import End
from streams.sources.event_json import encode_event
from tests.events_of import DAY, T0, at, config, record

HOUR = 3600.0
"""A bucket: a jump in time, of more than a day, is then not thousands of them."""

SENDERS = "abcd"


class Raw(NamedTuple):
    """A record of a raw topic: bytes, Kafka's timestamp of it, and whether the broker set that."""

    value: bytes | None
    written_s: float
    appended: bool = False


class Input(NamedTuple):
    """Configuration, and every record by lane, in order."""

    config: Config
    lanes: dict[LaneId, list[Raw]]


@lru_cache(maxsize=12)
def settings(lanes: int, shards: int, most_senders: int, misuse: tuple[str, ...] = ()) -> Config:
    """One source, of some lanes; sends alone, since a second group would only cost time."""
    made = config(
        name="simulation",
        count={
            "levels": ["sender"],
            "bucket": "1h",
            "lateness": "45m",
            "max_ahead": "46h",
            "max_senders": most_senders,
        },
        detect={
            "budget_per_day": 1e6,
            "exit_after": 1,
            "shards": shards,
            "misuse": {"signals": list(misuse)},
        },
        sources={"sends": {"kind": "send", "partitions": lanes, "dedupe": True}},
    )
    vars(made)["sources"] = {"sends": made.sources["sends"]}
    return made


@lru_cache(maxsize=4)
def drawn(seed: int) -> Input:
    """Some hours of a few senders: bursts, late events, repeats, rejects, jumps, end marks."""
    chance = random.Random(f"input {seed}")
    lanes = chance.choice([2, 2, 3])
    shards = chance.choice([1, 1, 1, 2])
    hours = chance.randrange(3, 6)
    mixed_s = chance.choice([0.0, 0.5 * HOUR, 1.5 * HOUR])
    present = chance.choice([0.4, 0.8])
    bursts = {(chance.choice(SENDERS), chance.randrange(1, hours)) for _ in range(2)}
    out: dict[LaneId, list[Raw]] = {}
    for lane in range(lanes):
        records: list[Raw] = []
        for time_s in sorted(chance.uniform(0, hours * HOUR) for _ in range(hours * 3)):
            if chance.random() > present:
                continue
            records += _some(chance, time_s, mixed_s, bursts, f"{lane}-{len(records)}")
        end = encode_event(End(v=1, source="sends", through=at(T0 + hours * HOUR)))
        out["sends", lane] = [*records, Raw(end, T0 + hours * HOUR)]
        if chance.random() < 0.1:
            del out["sends", lane][:-1]  # a lane with nothing but its end
    _with_clocks(random.Random(f"clocks {seed}"), out)
    # Drawn apart, so that the rest of an input is what it was before there was a bound.
    most_senders = random.Random(f"bound {seed}").choice([250_000, 250_000, 2, 1])
    misuse = random.Random(f"misuse {seed}").choice([(), ("fan_out",)])
    return Input(settings(lanes, shards, most_senders, misuse), out)


def _with_clocks(chance: random.Random, lanes: dict[LaneId, list[Raw]]) -> None:
    """Let the broker set the times of records, in some inputs, and one sender be hours ahead."""
    appended, fast = chance.random() < 0.5, chance.choice([0.0, 0.0, 0.2, 0.5])
    for lane, raws in lanes.items():
        kept = []
        for number, raw in enumerate(raws):
            kept.append(raw._replace(appended=appended))
            if chance.random() < fast:
                ahead_s = raw.written_s - T0 + chance.uniform(1, 4) * HOUR
                ahead_s = min(ahead_s, raws[-1].written_s - T0 - 1.0)  # the end closes all
                value = record(ahead_s, "fast", event_id=f"fast-{lane[1]}-{number}")
                kept.insert(-1, Raw(value, raw.written_s, appended))
        lanes[lane] = kept


def _some(
    chance: random.Random, time_s: float, mixed_s: float, bursts: set[tuple[str, int]], name: str
) -> list[Raw]:
    """One event, or what stands in its place."""
    written_s = T0 + time_s + 1.0
    kind = chance.random()
    if kind < 0.04:
        return [Raw(b"no event", written_s)]
    if kind < 0.06:
        return [Raw(None, written_s)]
    if kind < 0.08:
        return [Raw(record(time_s + 1.1 * DAY, event_id=name), written_s)]
    sender = chance.choice(SENDERS)
    happened_s = max(time_s - chance.uniform(0, mixed_s), 0.0)
    count = 40 if (sender, int(happened_s // HOUR)) in bursts else chance.randrange(1, 3)
    reached = f"{crc32(name.encode()) % count:016x}"
    value = record(happened_s, sender, count=count, event_id=name, recipient_hash=reached)
    one = Raw(value, written_s)
    return [one, one] if kind < 0.15 else [one]
