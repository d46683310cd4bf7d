"""Garbage through a real Kafka and the real processes: what count says against what was written.

The same records are decided twice: by the counting process, which tells its numbers on
``/metrics``, and by the same functions here, record by record. Each record carries the time
at which it was written, so that both judge "too far ahead" by the same clock.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import httpx
from confluent_kafka import Producer
from prometheus_client.parser import text_string_to_metric_families

from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import Recipe
from streams.broker.topics.offsets import end_offsets
from streams.config.model import Config
from streams.items import End
from streams.sources.event_json import encode_event
from tests.events_of import at
from tests.garbage.decode_path import LANE, take_all
from tests.garbage.memory import resident_mb
from tests.garbage.records import Kind, records
from tests.integration.pipeline import Pipeline, pipeline

SPAN_S = 7200
KINDS: tuple[Kind, ...] = get_args(Kind)
CONFIG = """
name = "garbage"
timezone = "UTC"
[count]
idle_after = "1d"
[detect]
checkpoint_every = "2s"
[sources.sends]
kind = "send"
partitions = 1
[sources.complaints]
kind = "complaint"
partitions = 1
"""


@dataclass
class Passage:
    """What became of records that went through Kafka.

    Attributes
    ----------
    records, events, ends, rejects
        Written, and what the counting process said of them; end marks as decided here.
    problems
        What does not add up.
    memory_mb
        Resident memory of the counting process, from the first tenth on.
    """

    records: int = 0
    events: int = 0
    ends: int = 0
    rejects: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)


def send_garbage(recipe: Recipe, data: Path, *, seed: int, number: int) -> Passage:
    """Write so many records, half sends and half complaints, and hold count to its sums."""
    passage = Passage()
    from_s = time.time() - SPAN_S - 600
    with pipeline(recipe, data, CONFIG) as running:
        running.start("count", "detect")
        _write(running, passage, seed, number // 2, from_s)
        running.drain()
        passage.memory_mb.append(resident_mb(running.pid("count")))
        _compare(running, passage, seed, number // 2, from_s)
        statuses = running.stop()
        if any(statuses.values()):
            passage.problems.append(f"a worker stopped by itself: {statuses}")
    return passage


def _lane(
    kind: Kind, seed: int, number: int, from_s: float
) -> Iterator[tuple[bytes | None, float]]:
    """A lane's records, and an end mark, so that all is counted for good."""
    to_s = from_s + SPAN_S
    for value, written_s in records(seed, kind, number, from_s=from_s, to_s=to_s):
        # Kafka keeps whole milliseconds.
        yield value, int(written_s * 1000) / 1000
    mark = End(v=1, source="gw-1", through=at(int(to_s)))
    yield encode_event(mark), int(to_s)


def _write(running: Pipeline, passage: Passage, seed: int, number: int, from_s: float) -> None:
    failed: list[str] = []

    def arrived(error: object, _: object) -> None:
        if error is not None:
            failed.append(str(error))

    producer = Producer(
        {
            **for_confluent(running.place),
            "linger.ms": 20,
            "message.max.bytes": 8_000_000,
            "log_level": 2,
        }
    )
    lanes = [(f"{kind}s", _lane(kind, seed, number, from_s)) for kind in KINDS]
    for index in range(number + 1):
        for topic, lane in lanes:
            value, written_s = next(lane)
            passage.records += 1
            while True:
                try:
                    producer.produce(
                        topic,
                        value,
                        partition=LANE,
                        timestamp=round(written_s * 1000),
                        on_delivery=arrived,
                    )
                    break
                except BufferError:
                    producer.poll(0.1)
        producer.poll(0)
        if index % max(number // 10, 1) == 0 and index:
            passage.memory_mb.append(resident_mb(running.pid("count")))
    if producer.flush() or failed:
        passage.problems.append(f"not all was written: {failed[:1]}")


def _compare(running: Pipeline, passage: Passage, seed: int, number: int, from_s: float) -> None:
    said = _counted(running.config)
    for kind in KINDS:
        source = f"{kind}s"
        here = take_all(running.config, source, _lane(kind, seed, number, from_s))
        passage.problems += here.problems()
        passage.ends += here.ends
        expected = {("events", ""): here.events} | {
            ("rejects", reason): count for reason, count in here.rejects.items()
        }
        found = {key[1:]: count for key, count in said.items() if key[0] == source and count}
        if found != expected:
            passage.problems.append(f"{source}: counted {found}, decided here {expected}")
    for (_, what, reason), count in said.items():
        if what == "events":
            passage.events += count
        else:
            passage.rejects[what, reason] += count
    rejected = passage.rejects.total()
    if passage.records != passage.events + passage.ends + rejected:
        passage.problems.append(
            f"{passage.records} records, {passage.events} events, {passage.ends} end marks,"
            f" {rejected} rejects"
        )
    (kept,) = end_offsets(running.place, [running.config.topic("rejects")]).values()
    if kept != rejected:
        passage.problems.append(f"{rejected} rejects, but the topic holds {kept}")


def _counted(config: Config) -> dict[tuple[str, str, str], int]:
    """Events and rejects by source, what and reason, as the process tells them."""
    text = httpx.get(f"http://127.0.0.1:{config.metrics.count_port}/metrics").text
    counted = {}
    for family in text_string_to_metric_families(text):
        what = family.name.removeprefix("weathervane_count_")
        if what in ("events", "rejects"):
            for sample in family.samples:
                if sample.name.endswith("_total"):
                    reason = sample.labels.get("reason", "")
                    counted[sample.labels["source"], what, reason] = int(sample.value)
    return counted
