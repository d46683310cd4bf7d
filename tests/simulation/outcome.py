"""What came out of a run: every revision, totals, rejects and the monitor's state, in bits."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import orjson

from streams.counts.intake import Intake
from streams.counts.protocol import LaneId
from streams.counts.wire import decode_counts, records
from streams.detection.shard import Shard
from streams.items import Counts
from streams.sources.rejects import encode_reject, reject_key
from tests.simulation.inputs import drawn

Decided = tuple[tuple[LaneId, tuple[tuple[int, float], ...]], ...]
"""Idle decisions by lane: the position and through when, in their order."""


class Outcome(NamedTuple):
    """What two runs must have in common."""

    alerts: list[list[bytes]]
    totals: dict[tuple[object, ...], int]
    tallies: dict[tuple[object, ...], tuple[int, ...]]
    rejects: dict[bytes, set[bytes]]
    state: list[dict[str, bytes]]


def revisions(values: Iterable[bytes]) -> list[bytes]:
    """Revisions from 1 on, as a reader has them who drops repeats by id.

    Raises
    ------
    ValueError
        Where a repeat is no repeat.
    """
    seen: dict[str, bytes] = {}
    for value in values:
        event = orjson.loads(value)
        if event["data"]["revision"] >= 1 and seen.setdefault(event["id"], value) != value:
            raise ValueError(f"alert {event['id']} came twice and differs")
    return list(seen.values())


def totals_of(counts: Iterable[Counts]) -> dict[tuple[object, ...], int]:
    """The largest total of each lane, bucket and entity."""
    out: dict[tuple[object, ...], int] = {}
    for record in counts:
        for total in record.totals:
            key = (record.lane, total.bucket, total.level, total.id)
            out[key] = max(total.count, out.get(key, 0))
    return out


def tallies_of(counts: Iterable[Counts]) -> dict[tuple[object, ...], tuple[int, ...]]:
    """The largest tally of each lane and bucket."""
    out: dict[tuple[object, ...], tuple[int, ...]] = {}
    for record in counts:
        for tally in record.tallies:
            key = (record.lane, tally.bucket)
            now = (tally.events, tally.late, tally.duplicates, tally.rejects)
            out[key] = tuple(map(max, now, out.get(key, now)))
    return out


def state_of(shard: Shard) -> dict[str, bytes]:
    """All that the shard has learned, in bits."""
    out: dict[str, bytes] = {}
    for name, group in shard.groups.items():
        out[name] = f"{group.merge.closed} {group.feed_no}".encode()
        for part_name, part in group.panel.parts().items():
            shared, _, pieces = part.pack(1024)
            out[f"{name}/{part_name}"] = b"|".join([shared, *pieces])
    return out


@lru_cache(maxsize=64)
def undisturbed(seed: int, decided: Decided) -> Outcome:
    """A run over the same input, with the same idle decisions, in which nothing happens."""
    given = drawn(seed)
    shards = given.config.detect.shards
    judges = [Shard(number, given.config) for number in range(shards)]
    alerts: list[list[bytes]] = [[] for _ in range(shards)]
    counts: list[Counts] = []
    rejects: dict[bytes, set[bytes]] = {}
    source = given.config.sources["sends"]
    offsets = [0] * shards
    idle = dict(decided)
    for lane, raws in given.lanes.items():
        intake = Intake(source, lane[1], given.config.count.levels)
        for offset, raw in enumerate(raws):
            for position, through in idle[lane]:
                if position == offset:
                    intake.lane.idle(through)
                    intake.settle()
            intake.take(offset, raw.value, raw.written_s, appended=raw.appended)
        for position, through in idle[lane]:
            if position == len(raws):
                intake.lane.idle(through)
        for reject in intake.rejects:
            value = encode_reject(reject, payload=source.payload_in_rejects)
            rejects.setdefault(reject_key(reject), set()).add(value)
        flush = intake.lane.flush()
        for shard, record in records(
            source.name, lane[1], len(given.lanes), source.bucket_s, flush, shards
        ):
            counts.append(record)
            published = judges[shard].take(offsets[shard], record)
            alerts[shard] += [alert.value for alert in published]
            offsets[shard] += 1
    return Outcome(
        [revisions(values) for values in alerts],
        totals_of(counts),
        tallies_of(counts),
        rejects,
        [state_of(judge) for judge in judges],
    )


def differences(found: Outcome, expected: Outcome) -> list[str]:
    """What is not the same, in a line each."""
    out = []
    for shard, (ours, theirs) in enumerate(zip(found.alerts, expected.alerts, strict=True)):
        if ours != theirs:
            at = next(
                (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b),
                min(len(ours), len(theirs)),
            )
            out.append(f"shard {shard}: {len(ours)} revisions, not {len(theirs)}, as from {at}:")
            out += [f"  {v.decode()}" for v in [*ours[at : at + 1], *theirs[at : at + 1]]]
    for name in ("totals", "tallies", "rejects"):
        have, want = getattr(found, name), getattr(expected, name)
        out += [
            f"{name} {key!r}: {have.get(key)}, not {want.get(key)}"
            for key in sorted(have.keys() | want.keys(), key=repr)
            if have.get(key) != want.get(key)
        ]
    for shard, (state, same) in enumerate(zip(found.state, expected.state, strict=True)):
        out += [f"shard {shard}: the state of {k} differs" for k in state if state[k] != same[k]]
    return out


def decoded(counts: Iterable[list[tuple[bytes, float]]]) -> list[Counts]:
    """Records of all shards."""
    return [decode_counts(value) for of_shard in counts for value, _ in of_shard]
