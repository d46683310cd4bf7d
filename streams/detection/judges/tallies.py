"""Sums over the groups of a shard, or of all shards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def added(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add up numbers by name.

    Examples
    --------
    >>> added([{"a": 1, "b": 2}, {"b": 3}])
    {'a': 1, 'b': 5}
    """
    sums: dict[str, int] = {}
    for part in parts:
        for name, number in part.items():
            sums[name] = sums.get(name, 0) + number
    return sums
