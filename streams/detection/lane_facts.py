"""What lanes counted of an open bucket beside totals, merged when the bucket closes.

Facts come with the last total of a bucket in a lane. They are a function of the lane's records, so
a recount brings the same again: what comes with as large a total replaces what came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from detectors.distinct.bottom_k import Sketch
from streams.counts.facts.wire import sketches_in
from streams.facts.bucket import NO_FACTS, CellCount, Consents, Facts, LateTotal, SourceUse
from streams.facts.record import CellTotal, Consent, DistinctOf, Late, Use
from streams.items import Counts, Level

LaneKey = tuple[str, int]
"""Source and lane."""

_Names = tuple[str | None, ...]

Places = Mapping[int, tuple[Level, str]]
"""The level and the id of totals of an open bucket, by their place in a record."""


class FactsOfLane(msgspec.Struct, array_like=True):
    """What a lane counted of a bucket beside totals.

    Attributes
    ----------
    sketches
        `k` and hashes by level and id, and what they are of.
    consents, uses
        By level and id.
    late
        By bucket, level and id.
    uses_counted
        Whether the lane has counted uses: who has none then named nothing.
    cells
        By their names.
    """

    sketches: dict[Level, dict[str, dict[DistinctOf, tuple[int, bytes]]]] = {}
    consents: dict[Level, dict[str, Consent]] = {}
    uses: dict[Level, dict[str, list[Use]]] = {}
    late: dict[str, Late] = {}
    uses_counted: bool = False
    cells: dict[str, CellTotal] = {}

    @property
    def size(self) -> int:
        """About how many totals take as much memory."""
        return (
            len(self.late)
            + len(self.cells)
            + sum(len(of_level) for of_level in self.sketches.values())
            + sum(len(of_level) for of_level in self.consents.values())
            + sum(len(rows) for of_level in self.uses.values() for rows in of_level.values())
        )

    def take(self, counts: Counts, places: Places) -> None:
        """Take what a record has of the totals at some places."""
        for placed in sketches_in(counts):
            if placed.place in places:
                level, name = places[placed.place]
                found = self.sketches.setdefault(level, {}).setdefault(name, {})
                found[placed.what] = placed.k, placed.packed
        for consent in counts.consents:
            if consent.place in places:
                level, name = places[consent.place]
                self.consents.setdefault(level, {})[name] = consent
        self.uses_counted = self.uses_counted or counts.uses_counted
        begun: set[int] = set()
        for use in counts.uses:
            if use.place in places:
                level, name = places[use.place]
                uses = self.uses.setdefault(level, {})
                if use.place not in begun:
                    uses[name] = []
                    begun.add(use.place)
                uses[name].append(use)

    def take_own(self, found: Late | CellTotal) -> None:
        """Take what belongs to the bucket, and to none of its totals."""
        if isinstance(found, Late):
            self._take_late(found)
        else:
            self._take_cell(found)

    def _take_late(self, late: Late) -> None:
        key = f"{late.of_bucket}/{late.level}/{late.id}"
        before = self.late.get(key)
        if before is None or late.count >= before.count:
            self.late[key] = late

    def _take_cell(self, cell: CellTotal) -> None:
        names = (cell.category, cell.platform, cell.region, cell.kind)
        key = "\n".join([name or "" for name in names])  # no name is empty, or has a line end
        before = self.cells.get(key)
        if before is None or cell.count >= before.count:
            self.cells[key] = cell


def has_facts(counts: Counts) -> bool:
    """Whether a record has anything beside totals."""
    own = (counts.distinct, counts.consents, counts.uses, counts.late, counts.cells)
    return counts.uses_counted or any(own)


def of_no_total(counts: Counts) -> list[Late | CellTotal]:
    """Return what a record has of buckets that belongs to none of its totals."""
    return [*counts.late, *counts.cells]


def merged(lanes: Mapping[LaneKey, FactsOfLane], counting: Collection[LaneKey]) -> Facts:
    """Return the facts of a bucket that closes.

    Parameters
    ----------
    lanes
        Those of each lane.
    counting
        The lanes that have totals in it.
    """
    if not lanes:
        return NO_FACTS
    distinct: dict[tuple[str, Level], dict[str, dict[DistinctOf, Sketch]]] = {}
    consents: dict[tuple[str, Level], dict[str, Consents]] = {}
    uses: dict[_Names, int] = {}
    late: dict[tuple[str, int, str, str], LateTotal] = {}
    cells: dict[_Names, int] = {}
    for lane in sorted(lanes):
        source, facts = lane[0], lanes[lane]
        for level, entities in facts.sketches.items():
            of_level = distinct.setdefault((source, level), {})
            for name, found in entities.items():
                own = of_level.setdefault(name, {})
                for what, (k, packed) in found.items():
                    sketch = Sketch(packed, k)
                    own[what] = own[what].union(sketch) if what in own else sketch
        for level, of_lane in facts.consents.items():
            known = consents.setdefault((source, level), {})
            for name, each in of_lane.items():
                before = known.get(name, Consents())
                row = (each.explicit, each.default, each.none, each.unknown)
                known[name] = Consents(*map(sum, zip(before, row, strict=True)))
        for use_key, count in _uses(facts):
            uses[source, *use_key] = uses.get((source, *use_key), 0) + count
        for each_late in facts.late.values():
            _add_late(late, source, each_late)
        for cell in facts.cells.values():
            names = (source, cell.category, cell.platform, cell.region, cell.kind)
            cells[names] = cells.get(names, 0) + cell.count
    return Facts(
        distinct,
        consents,
        [SourceUse._make((*key, uses[key])) for key in sorted(uses, key=_in_order)],
        [late[key] for key in sorted(late)],
        _counted(lanes, counting),
        [CellCount._make((*key, cells[key])) for key in sorted(cells, key=_in_order)],
    )


def _counted(
    lanes: Mapping[LaneKey, FactsOfLane], counting: Collection[LaneKey]
) -> tuple[str, ...]:
    """Return the sources all of whose lanes have counted uses."""
    known = {source for (source, _), facts in lanes.items() if facts.uses_counted}
    unknown = {lane[0] for lane in counting if lane not in lanes or not lanes[lane].uses_counted}
    return tuple(sorted(known - unknown))


def _uses(facts: FactsOfLane) -> Iterator[tuple[_Names, int]]:
    for level, of_level in facts.uses.items():
        for name, rows in of_level.items():
            for use in rows:
                _, *names, count = msgspec.structs.astuple(use)
                yield (level, name, *names), count


def _in_order(names: _Names) -> list[tuple[bool, str]]:
    """Return a key by which uses are sorted: what is not named comes first."""
    return [(name is not None, name or "") for name in names]


def _add_late(late: dict[tuple[str, int, str, str], LateTotal], source: str, found: Late) -> None:
    key = (source, found.of_bucket, found.level, found.id)
    reporters = Sketch(found.reporters, found.k)
    valid = Sketch(found.valid_reporters, found.k)
    total, before = found.count, late.get(key)
    if before is not None:
        total += before.total
        reporters, valid = before.reporters.union(reporters), before.valid_reporters.union(valid)
    late[key] = LateTotal(source, found.of_bucket, found.level, found.id, total, reporters, valid)
