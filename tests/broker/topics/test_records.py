"""A partition that no broker leads for a moment is asked for again; other errors are told."""

from __future__ import annotations

from typing import Any, cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from streams.broker.topics import records
from streams.broker.topics.records import ends_of

PLACE = TopicPartition("counts", 0)


class _Broker:
    """Answers with errors, and then with offsets."""

    def __init__(self, *codes: int) -> None:
        self._codes, self.asked = list(codes), 0

    def get_watermark_offsets(self, place: TopicPartition, **_: Any) -> tuple[int, int]:
        self.asked += 1
        if self._codes:
            raise KafkaException(KafkaError(self._codes.pop(0)))
        return 3, 7


def _ends(broker: _Broker) -> tuple[int, int]:
    return ends_of(cast("Consumer", broker), PLACE)


def test_a_topic_that_was_just_made_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both errors mean that a leader is still being chosen."""
    monkeypatch.setattr(records, "_ASK_AGAIN_AFTER_S", 0.0)
    broker = _Broker(KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)
    assert _ends(broker) == (3, 7)
    assert broker.asked == 3


def test_other_errors_are_told_at_once() -> None:
    """A topic that one may not see does not come back."""
    broker = _Broker(KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaException):
        _ends(broker)
    assert broker.asked == 1


def test_the_wait_for_a_leader_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partition without a leader is an error in the end."""
    monkeypatch.setattr(records, "WAIT_S", 0.0)
    broker = _Broker(*[KafkaError.NOT_LEADER_FOR_PARTITION] * 3)
    with pytest.raises(KafkaException):
        _ends(broker)
