"""Two sources of one topic through crashes: each counts as if it had the topic to itself.

The counting is the real one, and so are the marks in the commits and what is read back of them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any, cast

import pytest
from confluent_kafka import Consumer, TopicPartition

from streams.config.load import parse_config
from streams.counts.fetched import Fetched
from streams.counts.intake import Intake
from streams.counts.mark import METADATA_BYTES, decode_marks
from streams.counts.positions import Positions
from streams.counts.protocol import Arrived, Commit, LaneCounting, LaneId, Step, StoredMarks, Write
from streams.counts.wire import decode_counts, records
from streams.items import Counts
from streams.sources.mapping.record_items import RecordItems
from streams.sources.rejects import encode_reject, reject_key
from tests.events_of import T0

LANES, RECORDS = 2, 150
_TABLE = {
    "topic": "ses",
    "topic_format": "source",
    "format": "json",
    "dedupe": True,
    "items": "$[*]",
}
_PLACES = {"time": "$.ts", "sender": "$.src", "event_id": "$.id"}
CONFIG = parse_config(
    {
        "name": "shared",
        "timezone": "UTC",
        "count": {"bucket": "60s", "lateness": "90s", "levels": ["sender"], "max_ahead": "1h"},
        "sources": {
            "mail": {"kind": "send", **_TABLE, **_PLACES, "where": {"$.type": ["Send"]}},
            "spam": {
                "kind": "complaint",
                **_TABLE,
                **_PLACES,
                **{"where": {"$.type": ["Complaint"]}, "bucket": "5m", "lateness": "4m"},
            },
        },
    }
)
SOURCES = CONFIG.by_topic["ses"]


def _record(chance: random.Random, number: int) -> bytes:
    def item(n: int) -> dict[str, Any]:
        time_s = T0 + 7 * number - chance.uniform(0, 80)
        kind = chance.choice(["Send", "Send", "Complaint", "Open"])
        event = {"type": kind, "src": f"s{chance.randrange(3)}", "id": f"{number}-{n}"}
        return event | {"ts": "soon" if chance.random() < 0.02 else round(1000 * time_s)}

    if chance.random() < 0.03:
        return chance.choice([b"{", b"null", b"[7]", b"[]"])
    return json.dumps([item(n) for n in range(chance.randrange(4))]).encode()


class _Broker:
    """A topic, and what was committed and written."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(f"records {seed}")
        self.topic = [[_record(chance, n) for n in range(RECORDS)] for _ in range(LANES)]
        self.commits: dict[tuple[str, int], tuple[int, str]] = {}
        self.counts: list[Counts] = []
        self.rejects: dict[bytes, set[bytes]] = {}
        self.written = [0] * LANES
        self.decided: dict[LaneId, dict[int, float]] = {}
        self.largest = 0

    def committed(self, places: list[TopicPartition], **_: Any) -> list[TopicPartition]:
        stored = [(p, self.commits.get((p.topic, p.partition), (-1001, ""))) for p in places]
        return [TopicPartition(p.topic, p.partition, *commit) for p, commit in stored]

    def get_watermark_offsets(self, place: TopicPartition, **_: Any) -> tuple[int, int]:
        return 0, self.written[place.partition] if place.topic == "ses" else 0

    def list_topics(self, topic: str, **_: Any) -> Any:
        class Found:
            partitions = dict.fromkeys(range(LANES if topic == "ses" else 1))

        return type("Topics", (), {"topics": {topic: Found}})

    def take(self, write: Write) -> None:
        if write.topic == CONFIG.topic("counts"):
            self.counts.append(decode_counts(write.value))
        else:
            self.rejects.setdefault(write.key or b"", set()).add(write.value)

    def commit(self, commits: dict[tuple[str, int], tuple[int, str]]) -> None:
        self.commits.update(commits)
        for (_, number), (offset, metadata) in commits.items():
            self.largest = max(self.largest, len(metadata))
            names = [source.name for source in SOURCES]
            for name, mark in decode_marks(offset, metadata, names).items():
                self.decided.setdefault((name, number), {}).update(mark.idle)


class _Process:
    """What `CountProcess` does, without its clients and its clock."""

    def __init__(self, broker: _Broker) -> None:
        self.broker, self.counting = broker, LaneCounting(CONFIG, b"0123456789abcdef")
        self.stored = StoredMarks(CONFIG.by_topic)
        by_topic = {"ses": SOURCES}
        positions = Positions(
            cast("Consumer", broker), "group", CONFIG.topic("counts"), None, by_topic
        )
        found = positions.marks([("ses", n) for n in range(LANES)])
        self.stored.begin({lane: m for lane, m in found.marks.items() if lane not in found.begun})
        self.next = [RECORDS] * LANES
        for lane, mark in found.marks.items():
            self.counting.assign(lane, LANES, mark, stored=lane not in found.begun)
            self.next[lane[1]] = min(self.next[lane[1]], mark.offset)

    def fetch(self, number: int, records: int) -> None:
        first = self.next[number]
        there = self.broker.topic[number][: self.broker.written[number]]
        values = there[first : first + records]
        offsets = range(first, first + len(values))
        self.next[number] += len(values)
        for source in SOURCES:
            intake = self.counting.intakes[source.name, number]
            times = [T0 + 7 * n + 5.0 for n in offsets]
            found = Fetched((source.name, number), offsets, list(values), list(times), True, None)
            rest = found.since(intake.lane.position)
            intake.take_all(rest.offsets, rest.values, rest.written_s, appended=True)

    def carry_out(self, steps: Iterator[Step], chance: random.Random, danger: float) -> bool:
        """Do the steps; False if it is killed on the way."""
        flying: list[Write] = []
        for step in steps:
            if chance.random() < danger:
                for write in flying[: chance.randint(0, len(flying))]:
                    self.broker.take(write)
                return False
            match step:
                case Write():
                    flying.append(step)
                case Arrived():
                    for write in flying:
                        self.broker.take(write)
                    flying.clear()
                case Commit(marks) if chance.random() >= danger:
                    self.broker.commit(self.stored.commits(marks))
                    self.stored.committed(marks)
                    self.counting.committed(marks)
        return True

    def idle(self, number: int, name: str, through: float) -> Iterator[Step]:
        return self.counting.idle({(name, number): through})


def _totals(counts: list[Counts]) -> dict[tuple[Any, ...], int]:
    out: dict[tuple[Any, ...], int] = {}
    for one in counts:
        for total in one.totals:
            key = (one.source, one.lane, total.bucket, total.level, total.id)
            out[key] = max(out.get(key, 0), total.count)
    return out


def _alone(broker: _Broker, lane: LaneId) -> tuple[list[Counts], dict[bytes, set[bytes]]]:
    """Count a source's lane as if nothing happened, with the idle decisions that were committed."""
    source, number = CONFIG.sources[lane[0]], lane[1]
    intake = Intake(source, number, ["sender"], items=RecordItems(source, None))
    decided = broker.decided.get(lane, {})
    for offset, value in enumerate(broker.topic[number]):
        if offset in decided:
            intake.lane.idle(decided[offset])
            intake.settle()
        intake.take(offset, value, T0 + 7 * offset + 5.0, appended=True)
    intake.lane.idle(decided[RECORDS])
    intake.settle()
    rejects: dict[bytes, set[bytes]] = {}
    for reject in intake.rejects:
        value = encode_reject(reject, payload=source.payload_in_rejects, source=source.name)
        rejects.setdefault(reject_key(reject, source.name), set()).add(value)
    flushed = records(source.name, number, LANES, source.bucket_s, intake.lane.flush(), 1)
    return [counts for _, counts in flushed], rejects


@pytest.mark.parametrize("seed", range(12))
def test_each_source_counts_as_if_it_were_alone(seed: int) -> None:
    """Killed between any two steps, with commits refused: the same totals and rejects of both."""
    chance, broker = random.Random(seed), _Broker(seed)
    danger = chance.choice([0.0, 0.05, 0.15, 0.3])
    process, kills, turns = _Process(broker), 0, 0
    while min(process.next) < RECORDS:
        turns += 1
        danger = danger if turns < 400 else 0.0
        number = chance.randrange(LANES)
        broker.written[number] = min(broker.written[number] + chance.randint(0, 20), RECORDS)
        process.fetch(number, chance.randint(1, 60))
        steps = process.counting.flush(early=chance.random() < 0.5)
        if chance.random() < 0.4 and process.next[number] == broker.written[number]:
            name = chance.choice(SOURCES).name
            lane = process.counting.intakes[name, number].lane
            steps = process.idle(number, name, max(lane.watermark, T0) + chance.uniform(0, 600))
        if not process.carry_out(steps, chance, danger):
            process, kills = _Process(broker), kills + 1
    for source in SOURCES:
        for number in range(LANES):
            process.carry_out(process.idle(number, source.name, T0 + 9e5), chance, 0.0)
    want: dict[tuple[Any, ...], int] = {}
    rejects: dict[bytes, set[bytes]] = {}
    for source in SOURCES:
        for number in range(LANES):
            counts, of_lane = _alone(broker, (source.name, number))
            want |= _totals(counts)
            rejects |= of_lane
    assert len(want) > 30
    assert _totals(broker.counts) == want
    assert broker.rejects == rejects
    assert broker.largest <= METADATA_BYTES
    assert kills > 0 or danger < 0.1


def test_a_source_that_comes_later_begins_with_the_oldest_record() -> None:
    """The other goes on where it was, and a commit of one of them says of the other what was."""
    broker = _Broker(1)
    broker.written = [RECORDS] * LANES
    alone = StoredMarks({"ses": SOURCES[:1]})
    process = _Process(broker)
    process.fetch(0, 120)
    process.carry_out(process.counting.flush(early=False), random.Random(1), 0.0)
    mark = process.counting.intakes["mail", 0].lane.mark()
    broker.commits.clear()
    broker.commit(alone.commits({("mail", 0): mark}))
    again = _Process(broker)
    assert again.counting.intakes["mail", 0].lane.position == mark.offset > 0
    assert again.counting.intakes["spam", 0].lane.position == 0
    assert again.next[0] == 0
    again.fetch(0, RECORDS)
    assert again.carry_out(again.counting.flush(early=False), random.Random(1), 0.0)
    offset, metadata = broker.commits["ses", 0]
    both = decode_marks(offset, metadata, ["mail", "spam"])
    assert offset == min(each.offset for each in both.values())
    assert both["mail"].offset >= mark.offset
