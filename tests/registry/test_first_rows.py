"""Rows that a partition of counts does not tell of; a cluster that has no registry."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.errors import TopicsError, UnseenTopicError
from streams.broker.topics.needed import topics_of
from streams.broker.topics.rights import count_rights, detect_rights, record_rights
from streams.config.load import parse_config
from streams.config.model import Config
from streams.registry import first_rows as reading
from streams.registry.control import NO_ROWS, FirstRows, RegistryRow, RegistryRows, encode_control
from streams.registry.entry import CodeEntry, key_of
from streams.registry.first_rows import first_rows, topic_rows
from streams.registry.topic_rows import encode_row

PLACE = Connection("kafka-1:9092")


def _config(*signals: str) -> Config:
    return parse_config({"name": "m", "detect": {"misuse": {"signals": list(signals)}}})


PLAIN, JUDGED = _config("consent"), _config("scope", "consent")
TOPIC, GROUP = PLAIN.topic("registry"), PLAIN.consumer_group("registry")


class _Record(NamedTuple):
    at: int
    bytes_: bytes | None
    name: bytes | None = None

    def offset(self) -> int:
        return self.at

    def key(self) -> bytes | None:
        return self.name

    def value(self) -> bytes | None:
        return self.bytes_

    def headers(self) -> None:
        return None


class _Broker:
    """What the reader asks of a cluster.

    Parameters
    ----------
    records
        By topic and partition; a topic that is not there does not exist.
    committed
        Of the sequencer's group.
    refused
        The code with which questions are refused; None where they are not.
    """

    def __init__(
        self,
        records: dict[tuple[str, int], list[_Record]],
        committed: int = -1001,
        refused: int | None = None,
    ) -> None:
        self._records, self._committed, self._refused = records, committed, refused

    def missing(self, _: Connection, names: Sequence[str]) -> list[str]:
        return [name for name in names if name not in {topic for topic, _ in self._records}]

    def read(self, _: Connection, topic: str, number: int, begin: int) -> Iterator[_Record]:
        return (one for one in self._records[topic, number] if one.at >= begin)

    def committed(self, places: list[TopicPartition], **_: Any) -> list[TopicPartition]:
        if self._refused is not None:
            raise KafkaException(KafkaError(self._refused))
        return [TopicPartition(place.topic, place.partition, self._committed) for place in places]

    def get_watermark_offsets(self, _: TopicPartition, **__: Any) -> tuple[int, int]:
        return 0, 0

    def __enter__(self) -> _Broker:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def stand_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "missing_topics", self.missing)
        monkeypatch.setattr(reading, "read_records", self.read)
        monkeypatch.setattr(reading, "new_consumer", lambda *_: self)


def _row(offset: int, code: str) -> _Record:
    entry = CodeEntry(id=code)
    return _Record(offset, encode_row(entry), key_of(entry).encode())


def _known(seq: int, code: str) -> RegistryRow:
    return RegistryRow(seq, f"code/{code}", CodeEntry(id=code))


def _control(after: int) -> _Record:
    return _Record(7, encode_control(RegistryRows(after=after, rows=[_known(after + 1, "1062")])))


@pytest.mark.parametrize(
    ("committed", "counts", "expected"),
    [
        (-1001, [], NO_ROWS),  # the sequencer has done nothing yet
        (2, [], FirstRows([_known(1, "1069"), _known(2, "1065")], 2)),
        (3, [_Record(3, b"counts"), _control(1)], FirstRows([_known(1, "1069")], 1)),
        (3, [_control(0)], NO_ROWS),
        # The control record came after what was committed: the rows before it are done.
        (1, [_control(2)], FirstRows([_known(1, "1069"), _known(2, "1065")], 2)),
    ],
)
def test_rows_before_the_first_control_record_come_from_the_topic(
    monkeypatch: pytest.MonkeyPatch, committed: int, counts: list[_Record], expected: FirstRows
) -> None:
    rows = [_row(0, "1069"), _row(1, "1065"), _row(2, "1062")]
    records = {(TOPIC, 0): rows, (PLAIN.topic("counts"), 1): counts}
    _Broker(records, committed).stand_in(monkeypatch)
    assert first_rows(PLACE, PLAIN, 1) == expected


@pytest.mark.parametrize(
    ("broker", "remedy"),
    [
        (_Broker({}), f"topic {TOPIC}, which must exist on kafka-1:9092; `weathervane topics`"),
        (
            _Broker({(TOPIC, 0): []}, refused=KafkaError.GROUP_AUTHORIZATION_FAILED),
            f"must be allowed to Read topic {TOPIC}, and to Read group {GROUP}; ",
        ),
        (
            _Broker({(TOPIC, 0): []}, refused=KafkaError.TOPIC_AUTHORIZATION_FAILED),
            "operations/README.md, Least privilege, lists all rights",
        ),
    ],
)
def test_without_a_registry_all_goes_on_where_nothing_is_judged_by_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broker: _Broker, remedy: str
) -> None:
    broker.stand_in(monkeypatch)
    with caplog.at_level(logging.WARNING):
        assert first_rows(PLACE, PLAIN, 0) == NO_ROWS
    assert "goes on without a registry" in caplog.text
    assert remedy in caplog.text
    with pytest.raises(UnseenTopicError, match="cannot go on without a registry") as error:
        first_rows(PLACE, JUDGED, 0)
    assert remedy in str(error.value)


def test_other_errors_stop_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _Broker({(TOPIC, 0): []}, refused=KafkaError._TIMED_OUT).stand_in(monkeypatch)
    with pytest.raises(TopicsError, match="Kafka at kafka-1:9092"):
        first_rows(PLACE, PLAIN, 0)


def test_a_command_names_the_topic_that_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    _Broker({}).stand_in(monkeypatch)
    with pytest.raises(UnseenTopicError, match="`weathervane topics` creates it"):
        topic_rows(PLACE, TOPIC)


def test_processes_need_the_topic_where_something_is_judged_by_it() -> None:
    """They wait for topics that they need, and name the rights that they lack."""
    for rights_of in (count_rights, detect_rights, record_rights):
        plain, judged = rights_of(PLAIN), rights_of(JUDGED)
        assert TOPIC not in topics_of(plain, PLAIN)
        assert TOPIC in topics_of(judged, JUDGED)
        assert judged["group", GROUP] == ("Read",)
        assert judged.keys() - plain.keys() == {("group", GROUP), ("topic", TOPIC)}
