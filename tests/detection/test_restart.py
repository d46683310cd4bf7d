"""A shard that goes on from a checkpoint publishes nothing that was published before it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.detection.shard import Shard
from streams.items import Counts
from tests.detection.drawn import checkpoint, drawn_stream, restored, two_groups

WRITTEN_S = 0.0
"""When all was written: before any bucket was over, so that every one may have early alerts."""


def with_open_totals(seed: int) -> list[Counts]:
    """A drawn stream in which most totals come once before the mark that closes their bucket."""
    stream = drawn_stream(seed)[0]
    halves = [(msgspec.structs.replace(record, watermark=None), record) for record in stream]
    return [record for both in halves for record in both]


def published(shard: Shard, stream: Sequence[Counts], start: int, stop: int) -> list[bytes]:
    """All that records lead to, early alerts too."""
    return [
        alert.value
        for offset in range(start, stop)
        for alert in shard.take(offset, stream[offset], WRITTEN_S)
    ]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_a_restart_publishes_nothing_again_and_the_rest_alike(
    seed: int, data: st.DataObject
) -> None:
    """Also early alerts: none again, none forgotten, each decided when its bucket closes."""
    stream = with_open_totals(seed)
    at = data.draw(st.integers(0, len(stream)))
    whole = Shard(0, two_groups())
    published(whole, stream, 0, at)
    again = restored(dict(checkpoint(whole)))
    assert published(again, stream, again.position, at) == []
    rest = published(whole, stream, at, len(stream))
    assert published(again, stream, at, len(stream)) == rest


def test_the_streams_drawn_have_early_alerts_that_a_checkpoint_must_hold() -> None:
    """Among a few seeds there is one whose early alert is undecided at some record."""
    undecided = 0
    for seed in range(5):
        shard, stream = Shard(0, two_groups()), with_open_totals(seed)
        for offset, record in enumerate(stream):
            shard.take(offset, record, WRITTEN_S)
            undecided = max(undecided, sum(g.early_alerts for g in shard.groups.values()))
    assert undecided > 0
