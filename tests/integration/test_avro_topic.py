"""A topic of Avro is counted; while the registry is away its lanes wait, and others do not."""

from __future__ import annotations

import io
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastavro
from confluent_kafka import Producer

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import TopicSpec, topic_plan
from streams.broker.topics.records import read_records
from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.process import CountProcess
from streams.counts.wire import decode_counts
from streams.sources.schemas.decision import decode_decision
from tests.sources.schemas.registry_stand_in import StandIn, stand_in
from tests.waiting.progress import until

SCHEMA = {
    "type": "record",
    "name": "Sent",
    "fields": [
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "code", "type": "string"},
    ],
}
T0_MS = 1_700_000_000_000
FULL = 120


def _record(id: int, second: float, code: str) -> bytes:
    out = io.BytesIO()
    value = {"at": T0_MS + round(second * 1000), "code": code}
    plain = json.loads(json.dumps(SCHEMA).replace('"logicalType": "timestamp-millis"', '"x": 1'))
    fastavro.schemaless_writer(out, fastavro.parse_schema(plain), value)
    return b"\x00" + id.to_bytes(4, "big") + out.getvalue()


def _settings(kafka: str, tmp_path: Path, url: str) -> Config:
    name = tmp_path.name.replace("_", "-")[-40:]
    source: dict[str, Any] = {
        "kind": "send",
        "topic": f"{name}-mt",
        "topic_format": "source",
        "format": "avro",
        "time": "at",
        "sender": "code",
        "lateness": "0s",
        "idle_after": "1s",
        "schema_registry": {"url": url},
    }
    plain = {**source, "format": "json", "topic": f"{name}-json"}
    del plain["schema_registry"]
    return parse_config(
        {
            "name": name,
            "timezone": "UTC",
            "data_dir": str(tmp_path / "state"),
            "kafka": {"bootstrap": kafka},
            "count": {"levels": ["sender", "all"]},
            "sources": {
                "mt": source,
                "json": plain,
                "sends": {"kind": "send", "topic": f"{name}-s"},
                "complaints": {"kind": "complaint", "topic": f"{name}-c"},
            },
        }
    )


@contextmanager
def _counting(config: Config) -> Iterator[CountProcess]:
    """Count in a thread; its end is a clean stop."""
    stop = threading.Event()
    process = CountProcess(config, Connection(config.kafka.bootstrap), "one")
    thread = threading.Thread(target=process.run, args=(stop,))
    thread.start()
    try:
        yield process
    finally:
        stop.set()
        thread.join()


def _counted(config: Config) -> Counter[str]:
    """What the topic counts says of each sender: the largest total of each lane and bucket."""
    largest: dict[tuple[Any, ...], int] = {}
    for message in read_records(Connection(config.kafka.bootstrap), config.topic("counts"), 0, 0):
        counts = decode_counts(message.value() or b"")
        for total in counts.totals:
            if total.level == "sender":
                key = (counts.source, counts.lane, total.bucket, total.id)
                largest[key] = max(largest.get(key, 0), total.count)
    found: Counter[str] = Counter()
    for (source, _, _, entity), count in largest.items():
        found[f"{source} {entity}"] += count
    return found


def _records_of(config: Config, topic: str) -> list[bytes]:
    place = Connection(config.kafka.bootstrap)
    return [message.value() or b"" for message in read_records(place, topic, 0, 0)]


def test_lanes_wait_for_the_registry_and_lose_nothing(kafka: str, tmp_path: Path) -> None:
    """Away, it is waited for; what it then says holds, also where it is gone for good."""
    place = Connection(kafka)
    with stand_in() as registry:
        config = _settings(kafka, tmp_path, registry.url)
        mt, plain = config.sources["mt"].topic, config.sources["json"].topic
        ensure(place, [TopicSpec(mt, 1), TopicSpec(plain, 1)])
        ensure(place, [spec for spec in topic_plan(config) if not spec.only_read])
        _write(place, mt, plain)
        _waits_and_goes_on(config, registry)
    # Another process, which begins anew where no registry is: what was decided holds.
    with _counting(config):
        _produce(place, mt, [_record(7, 400 + n / 10, "late") for n in range(10)])
        until(lambda: _counted(config)["mt late"] == 10, "the known schema is enough")


def _write(place: Connection, mt: str, plain: str) -> None:
    records = [_record(7, n / 10, f"s{n % 3}") for n in range(FULL)]
    records.insert(30, b"\x00\x00\x00\x00\x09no schema is 9")
    records.insert(60, b"{}")
    _produce(place, mt, records)
    lines = [json.dumps({"at": T0_MS + n * 100, "code": "j"}).encode() for n in range(FULL)]
    _produce(place, plain, lines)


def _produce(place: Connection, topic: str, values: list[bytes]) -> None:
    producer = Producer({**for_confluent(place), "linger.ms": 5})
    for value in values:
        producer.produce(topic, value, timestamp=time.time_ns() // 1_000_000)
    assert not producer.flush(60)


def _waits_and_goes_on(config: Config, registry: StandIn) -> None:
    registry.answers["/schemas/ids/7"] = (503, b"")
    with _counting(config) as process:
        until(lambda: _counted(config)["json j"] == FULL, "the other topic is counted")
        until(lambda: "/schemas/ids/7" in registry.asked, "the registry is asked")
        until(lambda: _gauge(process) == 1, "the metric says that a lane waits")
        assert not [key for key in _counted(config) if key.startswith("mt ")]
        registry.add("7", json.dumps(SCHEMA))
        until(
            lambda: sum(count for key, count in _counted(config).items() if "mt s" in key) == FULL,
            "all is counted",
        )
        until(lambda: _gauge(process) == 0, "no lane waits any more")
    rejects = [json.loads(value) for value in _records_of(config, config.topic("rejects"))]
    assert sorted((each["offset"], each["reason"]) for each in rejects) == [
        (30, "unknown_schema"),
        (60, "no_schema_id"),
    ]
    decided = list(map(decode_decision, _records_of(config, config.topic("schemas"))))
    assert [(each.id, each.problem is None) for each in decided if each] == [
        ("7", True),
        ("9", False),
    ]


def _gauge(process: CountProcess) -> float:
    labels = {"source": "mt", "lane": "0"}
    found = process.meters.registry.get_sample_value("weathervane_count_waits_for_schema", labels)
    return -1.0 if found is None else found
