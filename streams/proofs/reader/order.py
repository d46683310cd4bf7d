"""Which numbers of a list are out of their order: as few as explain it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def misplaced(numbers: Sequence[int]) -> list[int]:
    """Return the fewest numbers without which the others ascend; all must differ.

    Examples
    --------
    >>> misplaced([1, 2, 5, 3, 4, 6]), misplaced([2, 1])
    ([5], [2])
    """
    ends: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        if length == len(ends):
            ends.append(number)
            places.append(at)
        else:
            ends[length], places[length] = number, at
    kept, at = set[int](), places[-1] if places else -1
    while at >= 0:
        kept.add(at)
        at = before[at]
    return [number for at, number in enumerate(numbers) if at not in kept]
