"""The protocol broken on purpose, one rule at a time: each must be found out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any
from unittest.mock import patch

import msgspec

from streams.config.sources import Source
from streams.counts import wire
from streams.counts.lane import Lane
from streams.counts.mark import Mark
from streams.counts.open_bucket import Flush, LaneBucket
from streams.counts.protocol import Arrived, Commit, LaneCounting, LaneId
from streams.counts.protocol import Step as Counted
from streams.detection.merge import Merge
from streams.detection.protocol import Acknowledge, Delete, ShardProtocol, Store
from streams.detection.protocol import Step as Judged
from streams.items import Counts, Level

_add = Merge.add
_mark = Lane.mark
_begin = Lane.__init__
_flush = LaneCounting.flush
_write = LaneBucket.write
_checkpoint = ShardProtocol.checkpoint


def _last_total(merge: Merge, offset: int, counts: Counts) -> Any:
    """The last total of a lane counts, not the largest."""
    for total in counts.totals:
        bucket = merge._open.get(total.bucket)
        if bucket is not None:
            lane = bucket.lanes.get((counts.source, counts.lane), {})
            lane.get(total.level, {}).pop(total.id, None)
    return _add(merge, offset, counts)


def _summed_totals(merge: Merge, offset: int, counts: Counts) -> Any:
    """Totals of a lane are added up."""
    totals = []
    for total in counts.totals:
        bucket = merge._open.get(total.bucket)
        lane = (counts.source, counts.lane)
        before = {} if bucket is None else bucket.lanes.get(lane, {}).get(total.level, {})
        sum_ = total.count + before.get(total.id, 0)
        totals.append(msgspec.structs.replace(total, count=sum_))
    return _add(merge, offset, msgspec.structs.replace(counts, totals=totals))


def _oldest(lane: Lane) -> Mark:
    """Commit where the oldest open bucket began, not the smallest first offset of all."""
    mark = _mark(lane)
    unfinished = {**lane._open, **lane._done}
    if not unfinished:
        return mark
    oldest = unfinished[min(unfinished)].mark
    return replace(oldest, published=mark.published, idle=mark.idle, read=mark.read)


def _admit_by_flush(bucket: LaneBucket, out: Flush, *, final: bool) -> None:
    """A full bucket has room for another sender whenever its totals have been written."""
    _write(bucket, out, final=final)
    bucket.most_senders += 1


def _commit_early(counting: LaneCounting, *, early: bool) -> Iterator[Counted]:
    """Commit before what was written has arrived."""
    arrived = False
    for step in _flush(counting, early=early):
        if isinstance(step, Arrived):
            arrived = True
        else:
            yield step
    if arrived:
        yield Arrived()


def _watermark_first(
    source: str, lane: int, lanes: int, bucket_s: int, flush: Flush, shards: int
) -> Iterator[tuple[int, Counts]]:
    """The watermark stands in the first record of a flush."""
    seen = set()
    for shard, record in wire.records(source, lane, lanes, bucket_s, flush, shards):
        watermark = None if shard in seen else flush.watermark
        seen.add(shard)
        yield shard, msgspec.structs.replace(record, watermark=watermark)


def _acknowledge_first(judging: ShardProtocol) -> Iterator[Judged]:
    """Acknowledge the input before the state that no longer needs it is stored."""
    yield Acknowledge(judging.shard.first_needed)
    yield from _checkpoint(judging)


def _head_first(judging: ShardProtocol) -> Iterator[Judged]:
    """Store the head before what it names."""
    steps = list(_checkpoint(judging))
    stores = [step for step in steps if isinstance(step, Store)]
    yield from stores[-1:] + stores[:-1]
    yield from (step for step in steps if not isinstance(step, Store))


def _delete_first(judging: ShardProtocol) -> Iterator[Judged]:
    """Delete the older state before the newer one is stored."""
    steps = list(_checkpoint(judging))
    yield from (step for step in steps if isinstance(step, Delete))
    yield from (step for step in steps if not isinstance(step, Delete))


def _seen_lanes(merge: Merge) -> float:
    """A lane that has not been seen does not hold the close."""
    return min(merge.watermarks.values(), default=float("-inf"))


def _forget_idle(lane: Lane, source: Source, levels: list[Level], mark: Mark | None = None) -> None:
    """A recount forgets the idle decisions of the run before."""
    _begin(lane, source, levels, None if mark is None else replace(mark, idle=()))


def _idle_unwritten(counting: LaneCounting, through: dict[LaneId, float]) -> Iterator[Counted]:
    """An idle decision is published before it is committed."""
    for lane, until in through.items():
        counting.intakes[lane].lane.idle(until)
        counting.intakes[lane].settle()
    yield from _flush(counting, early=False)


def _committed_unseen(counting: LaneCounting, *, early: bool) -> Iterator[Counted]:
    """The present position is committed, open buckets or not."""
    for step in _flush(counting, early=early):
        if isinstance(step, Commit):
            lanes = {lane: counting.intakes[lane].lane for lane in step.marks}
            here = {lane: counted._here(counted.position) for lane, counted in lanes.items()}
            yield Commit(
                {
                    lane: replace(here[lane], published=mark.published, idle=mark.idle)
                    for lane, mark in step.marks.items()
                }
            )
        else:
            yield step


Break = Callable[[], AbstractContextManager[Any]]

unbroken: Break = nullcontext

BREAKS: dict[str, Break] = {
    "last-total": partial(patch.object, Merge, "add", _last_total),
    "summed-totals": partial(patch.object, Merge, "add", _summed_totals),
    "oldest-bucket": partial(patch.object, Lane, "mark", _oldest),
    "position": partial(patch.object, LaneCounting, "flush", _committed_unseen),
    "commit-early": partial(patch.object, LaneCounting, "flush", _commit_early),
    "watermark-first": partial(patch, "streams.counts.protocol.records", _watermark_first),
    "acknowledge-first": partial(patch.object, ShardProtocol, "checkpoint", _acknowledge_first),
    "head-first": partial(patch.object, ShardProtocol, "checkpoint", _head_first),
    "delete-first": partial(patch.object, ShardProtocol, "checkpoint", _delete_first),
    "unseen-lane": partial(patch.object, Merge, "frontier", property(_seen_lanes)),
    "idle-forgotten": partial(patch.object, Lane, "__init__", _forget_idle),
    "admit-by-flush": partial(patch.object, LaneBucket, "write", _admit_by_flush),
    "idle-before-commit": partial(patch.object, LaneCounting, "idle", _idle_unwritten),
}
"""By name: what to enter for the protocol to be broken in this one way."""
