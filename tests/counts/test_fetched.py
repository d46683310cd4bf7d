"""How what was fetched is taken apart."""

from __future__ import annotations

from itertools import groupby

from confluent_kafka import KafkaError, Message
from hypothesis import given
from hypothesis import strategies as st

from streams.counts.fetched import _offsets, by_lane, errors


def _message(topic: str, partition: int, offset: int) -> Message:
    return Message(topic=topic, partition=partition, offset=offset)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 1)), min_size=1, max_size=9))
def test_messages_stay_in_their_order_and_lane(lanes: list[tuple[str, int]]) -> None:
    """Whatever lanes a fetch holds, each run has its own lane's messages, all of them once."""
    messages = [_message(*lane, offset) for offset, lane in enumerate(lanes)]
    found = [(lane, [message.offset() for message in run]) for lane, run in by_lane(messages)]
    assert found == [
        (lane, [offset for offset, _ in run])
        for lane, run in groupby(enumerate(lanes), key=lambda each: each[1])
    ]


@given(st.sets(st.integers(0, 20), min_size=1))
def test_offsets_are_the_messages_own(offsets: set[int]) -> None:
    """With the gaps that transactions and compaction leave, and without."""
    records = [_message("a", 0, offset) for offset in sorted(offsets)]
    assert list(_offsets(records)) == sorted(offsets)


def test_errors_are_found_among_records() -> None:
    """The end of a partition comes as an error, among the records before it."""
    end = KafkaError(KafkaError._PARTITION_EOF)
    records = [_message("a", 0, offset) for offset in range(3)]
    assert errors(records) == []
    (found,) = errors([*records, Message(topic="a", partition=0, offset=3, error=end)])
    assert found.code() == KafkaError._PARTITION_EOF
