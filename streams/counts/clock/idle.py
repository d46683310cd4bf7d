"""The time through which a lane that is read to its end, or far enough, may be declared idle.

A lane without events would hold every close of its group, and one with few events would hold it
until enough of them agree. How far it may be declared idle depends on its data:

* Live data: its last events were written about when they happened. Then the lane's time goes on at
  the pace of the wall clock, as far behind it as its events are, less the time that we wait.
* Any data, after a silence: a lane never needs to stay behind the largest watermark of the group's
  lanes.

Old data do not follow the wall clock: a pause in reading a file of 2020 says nothing about 2026,
and a lane that has never had an event goes no farther than the largest watermark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from streams.counts.mark import ROOMS


def idle_through(
    *,
    lag_s: float | None,
    now_s: float,
    idle_after_s: float,
    lateness_s: float,
    bucket_s: float,
    group_watermarks: Iterable[float],
) -> float:
    """Return the time through which a lane at its end is idle.

    Parameters
    ----------
    lag_s
        How long after their events the lane's records are written; None where that is not known.
    now_s
        The wall clock.
    idle_after_s, lateness_s, bucket_s
        The source's settings.
    group_watermarks
        The watermarks of the group's lanes, as far as known, if it has been silent for
        `idle_after_s`.

    Returns
    -------
    float
        Epoch s; minus infinity where nothing allows it.

    Examples
    --------
    >>> idle_through(lag_s=1.0, now_s=1101.0, idle_after_s=30.0, lateness_s=10.0, bucket_s=60.0,
    ...              group_watermarks=[])
    1060.0
    >>> idle_through(lag_s=9e8, now_s=9e9, idle_after_s=30.0, lateness_s=10.0, bucket_s=60.0,
    ...              group_watermarks=[1020.0])
    1020.0
    """
    through = max(group_watermarks, default=float("-inf"))
    if lag_s is not None and lag_s <= lateness_s + bucket_s + idle_after_s:
        through = max(through, now_s - lag_s - idle_after_s - lateness_s)
    return through


def idle_now(
    through: float, *, at_end: bool, passed_s: float | None, idle_after_s: float
) -> float | None:
    """Return the time through which a lane may be declared idle now; None where it may not.

    A lane whose records its source leaves out is hardly ever read to its end, where there are many.
    But what is not yet read was written after them.

    Parameters
    ----------
    through
        What `idle_through` says of it.
    at_end
        Whether it is read to its end.
    passed_s
        When its last record was written, epoch s, if that was left out; else None.
    idle_after_s
        The source's setting.

    Examples
    --------
    >>> idle_now(1000.0, at_end=True, passed_s=None, idle_after_s=30.0)
    1000.0
    >>> idle_now(1000.0, at_end=False, passed_s=900.0, idle_after_s=30.0)
    870.0
    >>> idle_now(1000.0, at_end=False, passed_s=None, idle_after_s=30.0)
    """
    if at_end:
        return through
    return None if passed_s is None else min(through, passed_s - idle_after_s)


def idle_step_s(bucket_s: int, open_s: float, sharing: int = 1) -> int:
    """Return the steps in which a lane falls idle, a bucket or several.

    Each decision stands in the mark of the lane's oldest open bucket, and a mark has little room.
    All these decisions lie within that bucket and the time that buckets wait: `open_s`, which is
    the lateness, and how far an event may be ahead. Where it is long, so many buckets are open;
    then they are closed in steps. Sources that share a topic have less room each.

    Examples
    --------
    >>> idle_step_s(60, 10.0), idle_step_s(60, 6 * 3600.0)
    (60, 480)
    """
    return bucket_s * math.ceil((open_s + bucket_s) / (ROOMS[sharing].steps * bucket_s))
