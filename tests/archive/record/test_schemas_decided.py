"""A recorder of records that name schemas takes what counting decided, and waits for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError

from streams.archive.read.events import RecordedEvents
from streams.archive.record.process import RecordFailed, RecordProcess
from streams.archive.record.recorder import Recorder
from streams.broker.client.connection import Connection
from streams.broker.topics.rights import record_rights
from streams.config.load import parse_config
from streams.registry.control import NO_ROWS
from streams.sources.schemas.decision import Decision
from tests.events_of import T0

URL = "http://registry.example:8081"
SCHEMA = {
    "type": "record",
    "name": "Message",
    "fields": [{"name": "ts", "type": "long"}, {"name": "src", "type": "string"}],
}
_TABLE = {
    "kind": "send",
    "topic": "avro",
    "topic_format": "source",
    "format": "avro",
    "schema_registry": {"url": URL},
    "time": "$.ts",
}
CONFIG = parse_config(
    {
        "timezone": "UTC",
        "sources": {
            "mt": {**_TABLE, "sender": "$.src"},
            # Another source of the same topic: what one cannot decode yet neither takes.
            "all": {**_TABLE, "sender": {"value": "everybody"}},
        },
    }
)


def _record(id: int, second: int) -> bytes:
    number = (round(T0) + second) << 1
    out = bytearray(b"\0" + id.to_bytes(4, "big"))
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number, 4]) + b"s1"


class _Message:
    def __init__(self, topic: str, offset: int, value: bytes | None, error: Any = None) -> None:
        self.topic, self.offset = lambda: topic, lambda: offset
        self.value, self.error = lambda: value, lambda: error
        self.partition, self.headers = lambda: 0, lambda: None
        self.timestamp = lambda: (2, round((T0 + offset) * 1000))


class _Broker:
    """A topic of records, and decisions that come at times."""

    def __init__(self, decisions: dict[int, list[Decision]]) -> None:
        self.records = [_record(7, 1), _record(8, 2), _record(7, 3), _record(9, 4)]
        self.decisions, self.looks, self.written = decisions, 0, 0
        self._given = False

    def consume(self, *_: Any, **__: Any) -> list[Any]:
        assert not self._given, "nothing is fetched while records wait"
        self._given = True
        records = [_Message("avro", n, value) for n, value in enumerate(self.records)]
        return [*records, _Message("avro", len(records), None, _EndOfPartition())]

    def read(self) -> Iterator[Decision]:
        self.looks += 1
        yield from self.decisions.pop(self.looks, [])

    def list_topics(self, topic: str, **_: Any) -> Any:
        one = type("Topic", (), {"error": None, "partitions": [0]})
        return type("Topics", (), {"topics": {topic: one}})

    def get_watermark_offsets(self, place: Any, **_: Any) -> tuple[int, int]:
        return 0, len(self.records) if place.topic == "avro" else 0

    def assign(self, *_: Any) -> None: ...

    def close(self) -> None: ...


class _EndOfPartition:
    def code(self) -> int:
        return KafkaError._PARTITION_EOF


def _process(monkeypatch: pytest.MonkeyPatch, broker: _Broker, recorder: Recorder) -> RecordProcess:
    module = "streams.archive.record.process"
    monkeypatch.setattr(f"{module}.Consumer", lambda *_: broker)
    monkeypatch.setattr(f"{module}.SchemaTopic", lambda *_: broker)
    monkeypatch.setattr(f"{module}.first_rows", lambda *_: NO_ROWS)
    monkeypatch.setattr(f"{module}._LOOK_S", 0.0)
    return RecordProcess(CONFIG, Connection("127.0.0.1:1"), recorder)


def test_it_waits_until_counting_has_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was decided holds, of an unknown schema too; every record is taken once, in order."""
    text = json.dumps(SCHEMA)
    known = [Decision(URL, id, "AVRO", text) for id in ("7", "9")]
    broker = _Broker({1: known[:1], 4: [Decision(URL, "8", problem="it has none")], 9: known})
    with Recorder(tmp_path / "a", CONFIG, events=True) as recorder:
        process = _process(monkeypatch, broker, recorder)
        process.run(threading.Event(), until_end=True)
        assert process.caught_up
        assert recorder.raw_events.rejects.total == 2
    for name in ("mt", "all"):
        kept = [row.offset for row in RecordedEvents(tmp_path / "a", name)]
        assert kept == [0, 2, 3], name
    assert broker.looks >= 9


def test_it_says_who_decides_where_nobody_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks no registry: what it cannot decode is not taken, and all before it is saved."""
    monkeypatch.setattr("streams.archive.record.process.ANSWER_WITHIN_S", 0.05)
    broker = _Broker({1: [Decision(URL, "7", "AVRO", json.dumps(SCHEMA))]})
    with Recorder(tmp_path / "a", CONFIG, events=True) as recorder:
        process = _process(monkeypatch, broker, recorder)
        with pytest.raises(RecordFailed, match=r"schema 8 of .* is not decided about: .*count"):
            process.run(threading.Event(), until_end=True)
        (place,) = [place for place in recorder.following if place.topic == "avro"]
        assert recorder.following[place] == 1
    assert [row.offset for row in RecordedEvents(tmp_path / "a", "mt")] == [0]


def test_it_needs_no_right_to_write() -> None:
    """It reads the decisions with the sources' topics; without events it reads neither."""
    rights = record_rights(CONFIG, events=True)
    assert set(rights.values()) == {("Read",)}
    assert ("topic", CONFIG.topic("schemas")) in rights
    assert ("topic", CONFIG.topic("schemas")) not in record_rights(CONFIG)
