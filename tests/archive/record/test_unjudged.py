"""A recorder closes the buckets that detect closes, without judging them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.archive.record.state import Partition
from streams.archive.record.unjudged import UnjudgedShard
from streams.counts.wire import decode_counts
from streams.detection.bucket_result import BucketResult
from streams.detection.shard import Shard
from tests.archive.record.written import (
    COUNTS,
    DAYS,
    HOUR,
    SHARDS,
    START,
    made_log,
    made_settings,
)


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(range(SHARDS)), st.floats(0.0, 1.0))
def test_it_closes_the_buckets_that_detect_closes(number: int, share: float) -> None:
    """With the same verdicts on their sources, but for how often a bucket was posted.

    It also goes on from the state of a recorder that judged, as those of earlier versions did.
    """
    detect, recorder = Shard(number, made_settings()), UnjudgedShard(number, made_settings())
    values = made_log()[Partition(COUNTS, number)]
    taken = round(share * len(values))
    for offset, value in enumerate(values[:taken]):
        if value is not None and value != b"{":
            detect.take(offset, decode_counts(value))
    if taken:
        assert recorder.restore(dict(detect.checkpoint()))
        assert recorder.position == detect.first_needed
    for offset, value in enumerate(values):
        if value is None or value == b"{" or offset < recorder.position:
            continue
        found = [_told(result) for result in recorder.close(offset, decode_counts(value))]
        if offset < taken:
            assert found == []
            continue
        assert found == [_told(result) for result in detect.close(offset, decode_counts(value))]
    assert {g.merge.closed for g in recorder.groups.values()} == {START + 4 * DAYS * 6 * HOUR}


def _told(result: BucketResult) -> object:
    bucket = result.bucket
    verdicts = {
        name: replace(verdict, changes=[], times=1) for name, verdict in result.verdicts.items()
    }
    parents = dict(bucket.parents.items())
    return result.shard, result.group, bucket._replace(parents=parents), verdicts
