"""What each sender of a bucket belongs to: kept as it came, unfolded where it is asked for.

Only the families of senders with an alert are asked for: to keep a set for each sender of a
bucket cost more than all else that merging does.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence

from streams.items import Family, Level

Parents = Mapping[str, set[tuple[Level, str]]]
"""What each sender of a closed bucket belongs to."""

Lane = tuple[str, int]


class _Record:
    """One record's families, by place in its totals."""

    __slots__ = ("_families", "_unfolded")

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = [(of.level, of.id, array("Q", of.members)) for of in families]
        self._unfolded: dict[int, set[tuple[Level, str]]] | None = None

    def at(self, place: int) -> set[tuple[Level, str]]:
        if self._unfolded is None:
            self._unfolded = {}
            for level, name, members in self._families:
                for member in members:
                    self._unfolded.setdefault(member, set()).add((level, name))
        return self._unfolded[place]


class Belonging(Mapping[str, set[tuple[Level, str]]]):
    """What a bucket's senders belong to, over all lanes.

    Examples
    --------
    >>> belonging = Belonging()
    >>> at = belonging.add_record([Family("platform", "Mall", [0])])
    >>> belonging.put(("sends", 0), "a", at, 0)
    >>> belonging["a"], belonging.get("b")
    ({('platform', 'Mall')}, None)
    """

    def __init__(self) -> None:
        self._records: list[_Record] = []
        self._lanes: dict[Lane, dict[str, int]] = {}

    def add_record(self, families: Sequence[Family]) -> int:
        """Keep a record's families; returns its number."""
        self._records.append(_Record(families))
        return len(self._records) - 1

    def put(self, lane: Lane, sender: str, record: int, place: int) -> None:
        """A sender's total in a lane stands at a place of a record: what was put before is old."""
        # One number, not a pair: a million pairs are a million objects to be collected.
        self._lanes.setdefault(lane, {})[sender] = record << 32 | place

    def __getitem__(self, sender: str) -> set[tuple[Level, str]]:
        found = [at for of in self._lanes.values() if (at := of.get(sender)) is not None]
        if not found:
            raise KeyError(sender)
        names: set[tuple[Level, str]] = set()
        for at in found:
            names |= self._records[at >> 32].at(at & 0xFFFF_FFFF)
        return names

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for of in self._lanes.values() for name in of))

    def __len__(self) -> int:
        return len({name for of in self._lanes.values() for name in of})
