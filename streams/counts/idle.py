"""The time through which a lane without events may be declared idle.

A lane without events would hold every close of its group. How far it may be declared idle depends
on its data:

* Live data: the last event was written about when it happened. Then the lane's time goes on at the
  pace of the wall clock, less the time that we wait.
* Any data: a lane never needs to stay behind the largest watermark of the group's lanes.

Old data do not follow the wall clock: a pause in reading a file of 2020 says nothing about 2026,
and a lane that has never had an event goes no farther than the largest watermark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from streams.counts.mark import IDLE_STEPS


def idle_through(
    *,
    front_s: float | None,
    last_written_s: float | None,
    now_s: float,
    idle_after_s: float,
    lateness_s: float,
    bucket_s: float,
    group_watermarks: Iterable[float],
) -> float:
    """Return the time through which a lane at its end, silent for `idle_after_s`, is idle.

    Parameters
    ----------
    front_s
        The largest event time of the lane, epoch s; None before the first.
    last_written_s
        Kafka's timestamp of its last event's record, epoch s.
    now_s
        The wall clock.
    idle_after_s, lateness_s, bucket_s
        The source's settings.
    group_watermarks
        The watermarks of the group's lanes, as far as known.

    Returns
    -------
    float
        Epoch s; minus infinity where nothing allows it.

    Examples
    --------
    >>> idle_through(front_s=1000.0, last_written_s=1001.0, now_s=1101.0, idle_after_s=30.0,
    ...              lateness_s=10.0, bucket_s=60.0, group_watermarks=[])
    1060.0
    >>> idle_through(front_s=1000.0, last_written_s=9e9, now_s=9e9 + 100, idle_after_s=30.0,
    ...              lateness_s=10.0, bucket_s=60.0, group_watermarks=[1020.0])
    1020.0
    """
    through = max(group_watermarks, default=float("-inf"))
    if front_s is not None and last_written_s is not None:
        lag_s = last_written_s - front_s
        if lag_s <= lateness_s + bucket_s + idle_after_s:
            elapsed_s = max(now_s - last_written_s, 0.0)
            through = max(through, front_s + elapsed_s - idle_after_s - lateness_s)
    return through


def idle_step_s(bucket_s: int, lateness_s: float) -> int:
    """Return the steps in which a lane falls idle, a bucket or several.

    Each decision stands in the mark of the lane's oldest open bucket, and a mark has little room.
    All these decisions lie within that bucket and the lateness before it. So many buckets are open
    where the lateness is long; then they are closed in steps.

    Examples
    --------
    >>> idle_step_s(60, 10.0), idle_step_s(60, 6 * 3600.0)
    (60, 480)
    """
    return bucket_s * math.ceil((lateness_s + bucket_s) / (IDLE_STEPS * bucket_s))
