"""What lanes count beside totals, in records of ``counts``: made, and read."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from streams.counts.bucket import DAY_S
from streams.counts.facts.uses import NAMES, NamedUse
from streams.facts.record import (
    HASH_BYTES,
    LEAST_K,
    CellTotal,
    Consent,
    Distinct,
    DistinctOf,
    K,
    Late,
    Use,
)
from streams.items import LEVELS, Counts, Level, Total

if TYPE_CHECKING:
    from streams.counts.facts.bucket_facts import FlushedFacts

FACTS_A_RECORD = 400_000
"""Bytes of facts in a record, about: more are in the next one. So it stays under 1 MiB."""

LATE_A_RECORD = 200
"""Late totals in a record: each is at most 2,700 bytes."""


class FactsOfTotals(TypedDict):
    """The facts of a record's totals, by the fields of `Counts`."""

    distinct: list[Distinct]
    consents: list[Consent]
    uses: list[Use]
    uses_counted: bool


class RecordFacts:
    """Takes apart what closed buckets have counted, as their totals are split into records.

    Parameters
    ----------
    facts
        By bucket.

    Attributes
    ----------
    fit_into_one
        Whether all of them fit into one record.
    """

    def __init__(self, facts: Mapping[int, FlushedFacts]) -> None:
        self._facts = facts
        self._sketches: dict[tuple[int, Level], list[tuple[DistinctOf, int, dict[str, bytes]]]] = {}
        whole = 0
        for bucket, flushed in facts.items():
            for (level, what), (k, packed) in flushed.distinct.items():
                self._sketches.setdefault((bucket, level), []).append((what, k, packed))
                whole += sum(map(len, packed.values())) * 4 // 3 + 5 * len(packed)
            whole += sum(sum(map(_weight, uses)) for uses in flushed.uses.values())
        self.fit_into_one = whole <= FACTS_A_RECORD

    def __bool__(self) -> bool:
        return bool(self._facts)

    def weight(self, total: Total) -> int:
        """About how many bytes the facts of a total take in a record."""
        flushed = self._facts.get(total.bucket)
        if flushed is None:
            return 0
        found = 0
        for _, _, packed in self._sketches.get((total.bucket, total.level), ()):
            found += len(packed.get(total.id, b"")) * 4 // 3 + 5
        return found + sum(map(_weight, flushed.uses.get((total.level, total.id), ())))

    def of_totals(self, totals: Sequence[Total]) -> FactsOfTotals:
        """Return the facts of the totals of one record."""
        sketches: dict[tuple[DistinctOf, int], list[tuple[list[int], list[bytes]]]] = {}
        consents: list[Consent] = []
        uses: list[Use] = []
        counted = False
        end = 0
        for (bucket, level), group in groupby(totals, key=attrgetter("bucket", "level")):
            ids = [total.id for total in group]
            first, end = end, end + len(ids)
            flushed = self._facts.get(bucket)
            if flushed is None:
                continue
            counted = counted or flushed.uses_counted
            for what, k, packed in self._sketches.get((bucket, level), ()):
                found = list(map(packed.get, ids))
                places = [place for place, own in enumerate(found, first) if own]
                if places:
                    own = [each for each in found if each]
                    sketches.setdefault((what, k), []).append((places, own))
            of_level = flushed.consents.get(level, {})
            if of_level:
                rows = enumerate(map(of_level.get, ids), first)
                consents += [Consent(place, *row) for place, row in rows if row is not None]
            for place, name in enumerate(ids, first) if flushed.uses else ():
                uses += [_use(place, use) for use in flushed.uses.get((level, name), ())]
        distinct = [_distinct(what, k, sketches[what, k]) for what, k in sorted(sketches)]
        return {
            "distinct": distinct,
            "consents": consents,
            "uses": uses,
            "uses_counted": counted,
        }


def _weight(use: NamedUse) -> int:
    return 40 + sum(len(name.encode()) + 3 for name in use.names if name is not None)


def _distinct(what: DistinctOf, k: int, runs: list[tuple[list[int], list[bytes]]]) -> Distinct:
    places = [place for of_run, _ in runs for place in of_run]
    sketches = [each for _, of_run in runs for each in of_run]
    return Distinct(
        what,
        k,
        struct.pack(f"<{len(places)}H", *places),
        bytes([len(each) // HASH_BYTES for each in sketches]),
        b"".join(sketches),
    )


def _use(place: int, use: NamedUse) -> Use:
    names = dict(zip((*NAMES, "region", "kind"), use.names, strict=True))
    return Use(place, **names, count=use.total)


class PlacedSketch(NamedTuple):
    """A sketch in a record: the place of its total, what it is of, its `k` and its hashes."""

    place: int
    what: DistinctOf
    k: int
    packed: bytes


def sketches_in(counts: Counts) -> Iterator[PlacedSketch]:
    """Yield the sketches of a record; call `facts_problem` before."""
    for part in counts.distinct:
        begin = 0
        for place, size in zip(_places(part), part.sizes, strict=True):
            end = begin + size * HASH_BYTES
            yield PlacedSketch(place, part.what, part.k, part.hashes[begin:end])
            begin = end


def _places(part: Distinct) -> list[int]:
    return list(struct.unpack(f"<{len(part.places) // 2}H", part.places))


def facts_problem(counts: Counts) -> str | None:
    """Say what is wrong with the facts of a record; None where nothing is.

    Examples
    --------
    >>> facts_problem(Counts("sends", 0, 1, 60, consents=[Consent(3, 1, 0, 0, 0)]))
    'facts must have their total in the record'
    """
    highest = [row.place for rows in (counts.consents, counts.uses) for row in rows]
    for part in counts.distinct:
        if not LEAST_K <= part.k <= K:
            return f"k of a sketch must be from {LEAST_K} to {K}; found {part.k}"
        if len(part.places) != 2 * len(part.sizes) or max(part.sizes, default=0) > part.k:
            return "a sketch must have a place, and at most k hashes"
        if len(part.hashes) != HASH_BYTES * sum(part.sizes):
            return "sketches must have as many hashes as they say"
        highest += _places(part)
    if max(highest, default=-1) >= len(counts.totals):
        return "facts must have their total in the record"
    if any(_misplaced(counts, cell.bucket) for cell in counts.cells):
        return f"cells must be of buckets of {counts.bucket_s} s"
    return next(filter(None, (_late_problem(counts, late) for late in counts.late)), None)


def _misplaced(counts: Counts, bucket: int) -> bool:
    """Whether no bucket begins at a time; where days do depends on their zone."""
    return not 1 <= counts.bucket_s <= DAY_S or (
        counts.bucket_s < DAY_S and bucket % counts.bucket_s != 0
    )


def _late_problem(counts: Counts, late: Late) -> str | None:
    if late.level not in LEVELS:
        return "late totals must be of a level"
    if not 1 <= counts.bucket_s <= DAY_S:
        return f"bucket_s must be 1 to {DAY_S}; found {counts.bucket_s}"
    if counts.bucket_s < DAY_S and (
        late.bucket % counts.bucket_s or late.of_bucket % counts.bucket_s
    ):
        return f"late totals must be of buckets of {counts.bucket_s} s"
    if not late.of_bucket < late.bucket:
        return "late totals must be of a bucket before the one in which they came"
    if not LEAST_K <= late.k <= K:
        return f"k of a sketch must be from {LEAST_K} to {K}; found {late.k}"
    for packed in (late.reporters, late.valid_reporters):
        if len(packed) % HASH_BYTES or len(packed) > late.k * HASH_BYTES:
            return f"a sketch must have whole hashes of {HASH_BYTES} bytes, and at most k"
    return None


def cell_parts(facts: Mapping[int, FlushedFacts]) -> Iterator[list[CellTotal]]:
    """Split the cells of closed buckets by record."""
    part: list[CellTotal] = []
    weight = 0
    for bucket, flushed in facts.items():
        for cell in flushed.cells:
            own = 30 + sum(len(name.encode()) + 3 for name in cell[:4] if name is not None)
            if part and weight + own > FACTS_A_RECORD:
                yield part
                part, weight = [], 0
            part.append(CellTotal(bucket, *cell))
            weight += own
    if part:
        yield part


def late_parts(late: Sequence[Late]) -> Iterator[list[Late]]:
    """Split late totals by record."""
    for at in range(0, len(late), LATE_A_RECORD):
        yield list(late[at : at + LATE_A_RECORD])
