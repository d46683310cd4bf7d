"""What an open bucket of a lane counts beside totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from streams.counts.facts.cells import BucketCells, NamedCell, cells_of_senders
from streams.counts.facts.hashes import NameHashes
from streams.counts.facts.people import Packed, People
from streams.counts.facts.uses import NamedUse, uses_of
from streams.facts.record import DistinctOf
from streams.facts.wanted import FactsWanted
from streams.items import Level
from streams.sources.batch import SenderKey
from streams.sources.event_facts import EventFacts, Used

CONSENTS = ("explicit", "default", "none", "unknown")


class FlushedFacts(NamedTuple):
    """What a closed bucket of a lane has counted beside totals.

    Attributes
    ----------
    distinct
        Sketches by level and what they are of.
    consents
        Consent by level and id: how many messages had each of `CONSENTS`.
    uses
        What events named together, by the level and id that they count for.
    uses_counted
        Whether that was counted: who has no uses then named nothing.
    cells
        How many events had which category, platform, region and kind, sorted.
    """

    distinct: dict[tuple[Level, DistinctOf], Packed]
    consents: dict[Level, dict[str, list[int]]]
    uses: dict[tuple[Level, str], list[NamedUse]]
    uses_counted: bool = False
    cells: Sequence[NamedCell] = ()


class BucketFacts:
    """Counts beside totals in one open bucket of a lane.

    Everything is bounded by the number of senders that the bucket may admit: `HASHES_A_SENDER` for
    each in every sketch of people, four counts of consent, and two uses. Only senders that the
    bucket has admitted are in it, but for cells, which have a bound of their own.

    Parameters
    ----------
    wanted
        What is counted.
    counts
        The bucket's counts: their keys are the senders that it has admitted.
    most_senders
        How many it admits.
    names
        Hashes of names.
    """

    def __init__(
        self,
        wanted: FactsWanted,
        counts: Mapping[SenderKey, int],
        most_senders: int,
        names: NameHashes,
    ) -> None:
        self._wanted, self._counts, self._names = wanted, counts, names
        self._room = most_senders
        self._people: dict[DistinctOf, People[SenderKey]] = {}
        self._consents: dict[tuple[SenderKey, str], int] = {}
        self._used: dict[tuple[SenderKey, Used], int] = {}
        self._cells = BucketCells()

    def add(
        self, senders: Sequence[SenderKey], counts: Sequence[int] | None, found: EventFacts
    ) -> None:
        """Count events that the bucket has counted just now."""
        for what, texts in found.people.items():
            people = self._people.get(what)
            if people is None:
                people = self._people[what] = People(self._room, self._names)
            people.note_all(senders, texts)
            people.settle(self._counts)
        if found.consents is not None:
            self._add_consents(senders, counts, found.consents)
        if found.used is not None and self._wanted.cells:
            self._cells.add(senders, counts, found.used)
        if found.used is not None and self._wanted.uses:
            self._add_used(senders, counts, found.used)

    def _add_consents(
        self,
        senders: Sequence[SenderKey],
        counts: Sequence[int] | None,
        consents: Sequence[str | None],
    ) -> None:
        found, admitted = self._consents, self._counts
        for at, (sender, consent) in enumerate(zip(senders, consents, strict=True)):
            if consent is None:
                continue
            pair = sender, consent
            if pair in found:
                found[pair] += 1 if counts is None else counts[at]
            elif sender in admitted:
                found[pair] = 1 if counts is None else counts[at]

    def _add_used(
        self, senders: Sequence[SenderKey], counts: Sequence[int] | None, used: Sequence[Used]
    ) -> None:
        found, admitted = self._used, self._counts
        for at, pair in enumerate(zip(senders, used, strict=True)):
            if pair in found:
                found[pair] += 1 if counts is None else counts[at]
            elif pair[0] in admitted and len(found) < 2 * self._room:
                found[pair] = 1 if counts is None else counts[at]

    def flushed(self, levels: Sequence[Level]) -> FlushedFacts:
        """Return what the bucket has counted: it has closed."""
        keys = list(self._counts)
        at = [level for level, _ in self._wanted.distinct] + list(self._wanted.consents)
        ids = {level: _names_at(keys, level) for level in dict.fromkeys(at)}
        for people in self._people.values():
            people.settle(self._counts, last=True)
        distinct: dict[tuple[Level, DistinctOf], Packed] = {}
        by_key: dict[Level, dict[SenderKey, str | None]] = {}

        def named(level: Level) -> dict[SenderKey, str | None]:
            if level not in by_key:
                by_key[level] = dict(zip(keys, ids[level], strict=True))
            return by_key[level]

        for level, what in self._wanted.distinct:
            if what in self._people:
                distinct[level, what] = self._people[what].by_name(named(level))
        consents: dict[Level, dict[str, list[int]]] = {}
        for level in self._wanted.consents if self._consents else ():
            at_level = consents[level] = {}
            for (key, consent), count in self._consents.items():
                name = named(level)[key]
                if name is not None:
                    row = at_level.setdefault(name, [0] * len(CONSENTS))
                    row[CONSENTS.index(consent)] += count
        uses = uses_of(self._counts, self._used, levels) if self._wanted.uses else {}
        cells: Sequence[NamedCell] = ()
        if self._wanted.cells:
            cells = self._cells.flushed() or cells_of_senders(self._counts)
        return FlushedFacts(distinct, consents, uses, self._wanted.uses, cells)


def _names_at(keys: Sequence[SenderKey], level: Level) -> list[str | None]:
    """Return the entity of a level that each sender counts for."""
    if level == "all":
        return ["all"] * len(keys)
    if level == "sender":
        return [key if isinstance(key, str) else key.id for key in keys]
    field = attrgetter(level)
    return [None if isinstance(key, str) else field(key) for key in keys]
