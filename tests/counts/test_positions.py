"""Where counting goes on, and where it does not."""

from __future__ import annotations

from typing import Any, cast

import pytest
from confluent_kafka import Consumer, TopicPartition

from streams.counts.mark import FORM, Begin, Mark, encode_mark
from streams.counts.positions import CountFailed, Positions
from tests.events_of import source


class _Consumer:
    """A broker with one lane of a hundred records, and one commit."""

    def __init__(self, offset: int, metadata: str) -> None:
        self.place = TopicPartition("sends", 0, offset)
        self.metadata = metadata

    def committed(self, places: list[TopicPartition], **_: Any) -> list[TopicPartition]:
        return [TopicPartition("sends", 0, self.place.offset, self.metadata) for _ in places]

    def get_watermark_offsets(self, *_: Any, **__: Any) -> tuple[int, int]:
        return 0, 100


def _positions(metadata: str, begin: Begin | None) -> Positions:
    consumer = cast("Consumer", _Consumer(40, metadata))
    return Positions(consumer, "group", "counts", begin, {"sends": [source()]})


def test_it_goes_on_at_the_mark() -> None:
    """With the lane's state, and that of the form before."""
    mark = Mark(40, 5.0, 3.0, 2.0)
    for metadata in (encode_mark(mark), encode_mark(mark).replace(f',"v":{FORM}', "")):
        assert _positions(metadata, None).marks([("sends", 0)]).marks == {("sends", 0): mark}


@pytest.mark.parametrize("metadata", ['{"v":99,"front":{}}', "another program's"])
def test_a_mark_that_cannot_be_read_ends_it_with_a_sentence(metadata: str) -> None:
    """It says what is there and what to do; told where to begin, it begins."""
    positions = _positions(metadata, None)
    for asked in (positions.marks, lambda lanes: list(positions.published(lanes))):
        with pytest.raises(CountFailed, match=r"^sends partition 0: .*--begin oldest.* group"):
            asked([("sends", 0)])
    places = _positions(metadata, "oldest").marks([("sends", 0)])
    assert places.marks == {("sends", 0): Mark(0)}
    assert places.begun == {("sends", 0)}
