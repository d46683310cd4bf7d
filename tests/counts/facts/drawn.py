"""Complaints and sends with all that is counted beside totals, and what comes out of it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import get_args

from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.counts.mark import decode_mark, encode_mark
from streams.counts.wire import decode_counts, encode_counts, records
from streams.detection.merge import ClosedBucket, Merge
from streams.facts.record import DistinctOf
from streams.facts.wanted import FactsWanted
from streams.items import Complaint, ComplaintKind, Send, Sender
from streams.sources.event_json import encode_event
from tests.events_of import T0, at, config

LEVELS = ["sender", "access_code", "signature", "merchant", "all"]
SAID: dict[str, tuple[DistinctOf, ...]] = {
    "send": ("recipients",),
    "complaint": ("reporters", "valid_reporters", "optouts"),
}


def wanting(name: str, *, most_senders: int = 250_000, **keys: object) -> Source:
    """Make a source of one lane that counts everything."""
    kind = "send" if name == "sends" else "complaint"
    table = {"kind": kind, "partitions": 1, "dedupe": True, **keys}
    made = config(
        count={"levels": LEVELS, "bucket": "1m", "lateness": "0s", "max_senders": most_senders},
        sources={name: table},
    ).sources[name]
    distinct = [(level, what) for level in LEVELS for what in SAID[kind]]
    wanted = FactsWanted(
        tuple(sorted(distinct)), tuple(LEVELS), uses=True, late=tuple(LEVELS), cells=True
    )
    return made.model_copy(update={"facts": wanted})


def person(number: int) -> str:
    """The keyed hash of somebody."""
    return f"{(number + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}"


def complaint(chance: random.Random, number: int, time_s: float, people: int) -> Complaint:
    """A complaint of few senders, which use few codes and signatures."""
    sender = Sender(
        chance.choice(["a", "b", "c", None]),
        access_code=chance.choice([None, "1069", "1068"]),
        signature=chance.choice([None, "Mall", "Bank", '"quoted"']),
        merchant=chance.choice([None, "m1", "m2"]),
    )
    late_s = chance.choice([None, 3600.0, 8 * 86400.0])
    return Complaint(
        v=1,
        event_id=f"c{number}",
        event_time=at(T0 + time_s),
        channel="sms",
        sender=sender,
        source="complaints",
        kind=chance.choice(get_args(ComplaintKind)),
        count=chance.choice([1, 1, 1, 3]),
        reporter_hash=chance.choice([None, person(chance.randrange(people))]),
        region=chance.choice([None, "110000", "440000"]),
        verified=chance.choice([None, True, False]),
        occurred_at=None if late_s is None else at(T0 + time_s - late_s),
    )


def send(chance: random.Random, number: int, time_s: float, people: int) -> Send:
    """A send of few senders."""
    return Send(
        v=1,
        event_id=f"s{number}",
        event_time=at(T0 + time_s),
        channel="sms",
        sender=Sender(
            chance.choice(["a", "b", "c"]),
            access_code=chance.choice([None, "1069", "1068"]),
            signature=chance.choice([None, "Mall", "Bank"]),
            merchant=chance.choice([None, "m1", "m2"]),
        ),
        source="sends",
        count=chance.choice([1, 1, 1, 3]),
        recipient_hash=chance.choice([None, person(chance.randrange(people))]),
        consent=chance.choice([None, "explicit", "default", "none", "unknown"]),
    )


def stream(
    seed: int, kind: str, number: int = 400, people: int = 300
) -> list[tuple[bytes, Complaint | Send, float]]:
    """Minutes of events in an order that makes some late, and repeats some."""
    chance = random.Random(f"facts {kind} {seed}")
    make = complaint if kind == "complaints" else send
    found: list[tuple[bytes, Complaint | Send, float]] = []
    for place in range(number):
        time_s = place * 2.0
        if chance.random() < 0.1:
            time_s = max(time_s - chance.uniform(0, 400), 0.0)
        event = make(chance, place, time_s, people)
        one = encode_event(event), event, T0 + place * 2.0
        found += [one, one] if chance.random() < 0.05 else [one]
    return found


def counted(
    source: Source,
    values: Sequence[tuple[bytes, Complaint | Send, float]],
    *,
    batch: int = 1,
    crash: random.Random | None = None,
) -> list[ClosedBucket]:
    """Count a lane, in batches, with crashes; return what closes.

    After a crash counting goes on from the last mark that was committed; what was written stays.
    """
    intake = Intake(source, 0, LEVELS)
    merge = Merge([source])
    committed = encode_mark(intake.lane.mark())
    offset = written = 0
    place = 0
    closed: list[ClosedBucket] = []

    def publish(*, early: bool) -> Iterator[ClosedBucket]:
        nonlocal written
        flush = intake.lane.flush(early=early)
        for _, counts in records(source.name, 0, 1, source.bucket_s, flush, 1):
            value = encode_counts(counts)
            assert len(value) < 1 << 20
            merge.add(written, decode_counts(value))
            written += 1
        yield from merge.close()

    while place < len(values):
        part = values[place : place + batch]
        offsets = range(place, place + len(part))
        intake.take_all(
            list(offsets), [value for value, _, _ in part], [written_s for _, _, written_s in part]
        )
        place += len(part)
        if crash is None:
            continue
        fate = crash.random()
        if fate < 0.2:
            closed += publish(early=crash.random() < 0.5)
        if 0.1 < fate < 0.2:
            mark = intake.lane.mark()
            committed, offset = encode_mark(mark), mark.offset
        if fate > 0.95:
            mark = decode_mark(offset, committed)
            intake, place = Intake(source, 0, LEVELS, mark), mark.offset
    intake.lane.idle(T0 + 86400.0)
    closed += publish(early=False)
    return [bucket for bucket in closed if bucket.sums or bucket.facts.late]
