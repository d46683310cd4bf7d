"""How the store is cut into segments of time, and which of them go. Pure.

Rows stand entity by entity, so that old ones cannot be found among the others. So each group's rows
are in segments: a segment is dropped as a whole.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

PIECES: Final = 8
"""Into so many segments is cut what is kept, by time and by bytes."""


class Segment(NamedTuple):
    """Rows of a group from a time on, until the next segment begins; epoch s."""

    group: str
    first: int

    @property
    def family(self) -> str:
        """Its name in the database."""
        return f"{self.group}|{self.first}"


def segment_of_family(family: str) -> Segment | None:
    """Return the segment of a name in the database; None for the other parts of the store."""
    group, separator, first = family.rpartition("|")
    return Segment(group, int(first)) if separator else None


def covering(segments: Sequence[Segment], start: int) -> Segment | None:
    """Return the segment of a group that holds a bucket; None before the first."""
    place = bisect_right([segment.first for segment in segments], start)
    return segments[place - 1] if place else None


def wanted(segments: Sequence[Segment], group: str, start: int, keep_s: float) -> Segment:
    """Return the segment that must hold a bucket; it may be a new one.

    Parameters
    ----------
    segments
        The group's, in their order.
    group, start
        The bucket.
    keep_s
        How long rows are kept.
    """
    span = max(int(keep_s / PIECES), 1)
    on_grid = start // span * span
    found = covering(segments, start)
    return found if found is not None and found.first >= on_grid else Segment(group, on_grid)


def outdated(
    segments: Sequence[Segment], newest: Mapping[str, int], keep_s: float
) -> list[Segment]:
    """Return the segments all of whose rows are older than what is kept.

    Parameters
    ----------
    segments
        All, by group and time.
    newest
        End of the newest bucket of each group.
    keep_s
        How long rows are kept.
    """
    return [
        segment
        for segment, after in itertools.pairwise(segments)
        if segment.group == after.group and after.first <= newest[segment.group] - keep_s
    ]


def between(segments: Sequence[Segment], from_s: float, to_s: float) -> list[Segment]:
    """Return the segments of a group that may hold buckets of a span."""
    ends = [segment.first for segment in segments[1:]]
    return (
        [
            segment
            for segment, end in zip(segments, [*ends, math.inf], strict=True)
            if segment.first < to_s and end > from_s
        ]
        if segments
        else []
    )


def too_many(
    sizes: Mapping[Segment, int], newest: Mapping[str, int], most_bytes: int
) -> list[Segment]:
    """Return the segments that go, so that the others have at most so many bytes.

    Those go first that are the furthest behind their group; the newest one of a group stays.
    """
    total = sum(sizes.values())
    last = {segment.group: segment for segment in sorted(sizes)}
    spare = [segment for segment in sizes if last[segment.group] != segment]
    spare.sort(key=lambda one: (one.first - newest.get(one.group, one.first), one))
    out = []
    for segment in spare:
        if total <= most_bytes:
            break
        out.append(segment)
        total -= sizes[segment]
    return out
