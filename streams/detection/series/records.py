"""What a closed bucket says of single entities, as records of the topic ``series``. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streams.detection.bucket_result import BucketResult
from streams.detection.context.bucket import BucketContext
from streams.detection.judges.judge import Judge, Judged
from streams.series.codec import encode_bucket
from streams.series.record import BucketSeries, FullRow, SeriesBlock


def reported(
    bucket: BucketContext, judged: Sequence[tuple[Judge, Judged]]
) -> tuple[list[FullRow], list[SeriesBlock]]:
    """Collect what the judges of a bucket report of single entities, as far as it was asked for."""
    watched: list[FullRow] = []
    blocks: list[SeriesBlock] = []
    for judge, found in judged if bucket.inspect.looks else ():
        watched += judge.watched(bucket, found)
        block = judge.block(bucket, found)
        blocks += [] if block is None else [block]
    return watched, blocks


def series_of(result: BucketResult, epoch: int) -> BucketSeries:
    """Give the series of a bucket that was judged with `Inspect.series`.

    Parameters
    ----------
    result
        What became of the bucket.
    epoch
        Of the feed.
    """
    return BucketSeries(
        group=result.group,
        shard=result.shard,
        epoch=epoch,
        start=result.bucket.start,
        end=result.bucket.end,
        blocks=result.blocks,
        full=result.watched,
    )


def series_records(result: BucketResult, epoch: int) -> Iterator[tuple[bytes, bytes]]:
    """Give key and value of each record of a bucket; the same bucket has the same bytes."""
    yield from encode_bucket(series_of(result, epoch))
