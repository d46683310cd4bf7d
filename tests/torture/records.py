"""What is written to the raw topics: sends and complaints of two hours, the same for a seed.

Senders at their usual, a few that burst, and what no careful source would send: events out
of order, late, twice, far in the future, alone in another month, and rubbish. Every lane has
events to the end and an end mark, so that none falls idle.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.broker.client.partitioner import partition_of
from streams.items import Complaint, End, Send, Sender
from streams.sources.event_json import encode_event, event_key
from tests.events_of import T0, at

BUCKET_S = 60
BUCKETS = 120
SENDERS = 30
JITTER_S = 8.0
"""Less than the lateness: out of order, not late."""

CONFIG = """
name = "{name}"
timezone = "UTC"
[count]
bucket = "60s"
lateness = "10s"
idle_after = "{idle_after}"
[detect]
budget_per_day = 50.0
min_count = 3
checkpoint_every = "{checkpoint_every}"
shards = {shards}
[sources.sends]
kind = "send"
partitions = 3
[sources.complaints]
kind = "complaint"
partitions = 2
"""
LANES = {"sends": 3, "complaints": 2}


class Record(NamedTuple):
    """One record for a raw topic."""

    topic: str
    partition: int
    value: bytes | None


@dataclass(slots=True)
class _Making:
    random: random.Random
    timed: list[tuple[float, Record]] = field(default_factory=list)

    def add(self, time_s: float, event: Send | Complaint, copies: int = 1) -> None:
        """Place an event among the others, about when it happened."""
        topic = "sends" if isinstance(event, Send) else "complaints"
        lane = partition_of(event_key(event), LANES[topic])
        for _ in range(copies):
            when = time_s + self.random.uniform(0.0, JITTER_S)
            self.timed.append((when, Record(topic, lane, encode_event(event))))

    def rubbish(self, time_s: float) -> None:
        """Place something that is no event."""
        topic = self.random.choice(sorted(LANES))
        value = self.random.choice([None, b"", b"{", b"\xff\xfe", b'{"v":1}'])
        lane = self.random.randrange(LANES[topic])
        self.timed.append((time_s, Record(topic, lane, value)))


def config(
    name: str, *, idle_after: str = "1d", checkpoint_every: str = "1s", shards: int = 1
) -> str:
    """The configuration that the records are for; no lane falls idle unless asked for."""
    return CONFIG.format(
        name=name, idle_after=idle_after, checkpoint_every=checkpoint_every, shards=shards
    )


def make(seed: int, records: int = 10_000, *, strange: float = 0.02) -> list[Record]:
    """Records in the order of writing, an end mark in every lane last.

    Parameters
    ----------
    seed
        The same seed gives the same bytes.
    records
        How many, about.
    strange
        Share of what is late, double, ahead, or no event at all.
    """
    chance = random.Random(seed)
    making = _Making(chance)
    bursts = _bursts(chance)
    sends, complaints = records * 8 // 10 // BUCKETS, records * 2 // 10 // BUCKETS
    for bucket in range(BUCKETS):
        hot = [sender for sender, first, last in bursts if first <= bucket < last]
        for number in range(sends):
            sender = chance.randrange(SENDERS) if number >= 2 * len(hot) else hot[number // 2]
            count = chance.randint(1, 3) * (15 if sender in hot else 1)
            time_s = BUCKET_S * bucket + chance.uniform(0.0, BUCKET_S)
            making.add(time_s, _send(time_s, sender, count, f"s-{bucket}-{number}"))
            # The last buckets are spared: what is held there would be open at the end.
            if chance.random() < strange and bucket < BUCKETS - 3:
                _strange(making, bucket, time_s, f"x-{bucket}-{number}")
        for number in range(complaints):
            sender = chance.randrange(SENDERS)
            if hot and number < complaints * 2 // 3:
                sender = hot[0] + 1  # complained about without having sent more
            time_s = BUCKET_S * bucket + chance.uniform(0.0, BUCKET_S)
            event = _complaint(time_s, sender % SENDERS, f"c-{bucket}-{number}")
            making.add(time_s, event, 2 if chance.random() < strange else 1)
    making.timed.sort(key=lambda pair: pair[0])
    return [record for _, record in making.timed] + list(end_marks(LANES))


def end_marks(lanes: dict[str, int], through_s: float = BUCKETS * BUCKET_S) -> Iterator[Record]:
    """An end mark for each lane: what is open closes."""
    for topic, number in lanes.items():
        mark = End(v=1, source=topic, through=at(T0 + through_s))
        for lane in range(number):
            yield Record(topic, lane, encode_event(mark))


def _bursts(chance: random.Random) -> list[tuple[int, int, int]]:
    """Who bursts from which bucket to which: nobody in the first third."""
    return [
        (chance.randrange(SENDERS), first, first + chance.randint(2, 5))
        for first in range(BUCKETS // 3, BUCKETS - 10, 8)
    ]


def _strange(making: _Making, bucket: int, time_s: float, name: str) -> None:
    match making.random.randrange(4):
        case 0:
            making.rubbish(time_s)
        case 1 if bucket > 10:
            late_s = time_s - making.random.uniform(3, 9) * BUCKET_S
            making.add(time_s, _send(late_s, making.random.randrange(SENDERS), 2, name))
        case 2 if making.random.random() < 0.9:
            making.add(time_s, _send(4e9, making.random.randrange(SENDERS), 2, name))
        case 2:
            # A month off, alone: the lane holds it until its neighbours refute it. Seldom, since
            # three close together would confirm each other.
            off_s = time_s + 30 * 86_400.0
            making.add(time_s, _send(off_s, making.random.randrange(SENDERS), 2, name))
        case _:
            making.add(time_s, _send(time_s, making.random.randrange(SENDERS), 1, name), 2)


def _sender(number: int) -> Sender:
    return Sender(
        f"1069{number:04d}", signature=f"sign-{number % 7}", platform=f"platform-{number % 3}"
    )


def _send(time_s: float, sender: int, count: int, name: str) -> Send:
    return Send(
        v=1,
        event_id=name,
        event_time=at(T0 + time_s),
        channel="sms",
        sender=_sender(sender),
        source="sends",
        count=count,
    )


def _complaint(time_s: float, sender: int, name: str) -> Complaint:
    return Complaint(
        v=1,
        event_id=name,
        event_time=at(T0 + time_s),
        channel="sms",
        sender=_sender(sender),
        source="complaints",
        kind="other",
    )
