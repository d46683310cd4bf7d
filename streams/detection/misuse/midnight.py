"""Where in a silence judges of misuse are asked that only wait: the first and last bucket of a day.

Which others are closed one by one depends on how the marks of lanes came.
"""

from __future__ import annotations

from streams.counts.bucket import Buckets
from streams.detection.merge import ClosedBucket


def is_at_midnight(closed: ClosedBucket, days: Buckets) -> bool:
    """Whether a bucket is the first or the last one of a day.

    Parameters
    ----------
    closed
        The bucket.
    days
        How time is divided into days.
    """
    return len({days.day(at) for at in (closed.start - 1, closed.start, closed.end)}) > 1


def last_of_day(closed: ClosedBucket, days: Buckets, buckets: Buckets) -> int:
    """Return the start of the last bucket of a bucket's day.

    Parameters
    ----------
    closed
        The bucket.
    days, buckets
        How time is divided.
    """
    return buckets.start(days.end(days.start(closed.start)) - 1)
