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

from collections.abc import Iterable


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
