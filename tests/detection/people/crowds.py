"""Closed buckets with people in them, as a lane's facts would have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from detectors.distinct.bottom_k import HASHES, Sketch
from streams.detection.context.membership import Belonging
from streams.detection.merge import ClosedBucket
from streams.facts.bucket import Facts
from streams.facts.record import DistinctOf
from streams.items import Level
from tests.events_of import DAY

START = 1_772_409_600
"""A Monday in March 2026, 00:00 UTC."""

Events = Mapping[str, tuple[int, Iterable[int]]]
"""Events of each sender in a bucket, and the numbers of the people in them."""


def hash_of(person: int) -> int:
    """A hash that is as even as a keyed one."""
    mixed = (person + 1) * 0x9E37_79B9_7F4A_7C15 % 2**64
    mixed = (mixed ^ mixed >> 29) * 0xBF58_476D_1CE4_E5B9 % 2**64
    return (mixed ^ mixed >> 32) % HASHES


def bucket(
    number: int, events: Events, what: DistinctOf, source: str, bucket_s: int = DAY
) -> ClosedBucket:
    """The n-th bucket, at the levels "sender" and "all"."""
    start = START + number * bucket_s
    people = {name: [hash_of(one) for one in who] for name, (_, who) in events.items()}
    sketches = {name: Sketch.from_hashes(who) for name, who in people.items()}
    all_of_them = Sketch.from_hashes(one for who in people.values() for one in who)
    totals: dict[Level, dict[str, int]] = {
        "sender": {name: count for name, (count, _) in events.items()},
        "all": {"all": sum(count for count, _ in events.values())},
    }
    found: dict[Level, dict[str, dict[DistinctOf, Sketch]]] = {
        "sender": {name: {what: sketch} for name, sketch in sketches.items() if sketch},
        "all": {"all": {what: all_of_them}} if all_of_them else {},
    }
    return ClosedBucket(
        start,
        start + bucket_s,
        {(source, level): of for level, of in totals.items()},
        Belonging(),
        {},
        Facts({(source, level): of for level, of in found.items() if of}),
    )
