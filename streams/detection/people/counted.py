"""Counts of distinct people, in place of counts of events."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from detectors.distinct.bottom_k import Sketch
from streams.config.sources import Source
from streams.detection.merge import ClosedBucket
from streams.facts.bucket import Facts
from streams.facts.record import DistinctOf
from streams.items import Level

EMPTY = Sketch()

LEAST_K = 32
"""Below it a sketch is too rough to judge recipients by: one day of estimates with a standard error
of 27 % among others made 11 false alerts of a thousand senders, one with 13 % none."""


def sketch_of(
    facts: Facts, sources: Collection[str], level: Level, entity: str, what: DistinctOf
) -> Sketch | None:
    """Sketch of an entity over some sources; None where none of them counted such people of it."""
    parts = [
        sketch
        for source in sources
        if (sketch := facts.distinct.get((source, level), {}).get(entity, {}).get(what))
    ]
    return parts[0].union(*parts[1:]) if parts else None


def people_among(sketch: Sketch, events: int) -> int:
    """How many people stand behind events: at most as many as these, also as an estimate.

    Where nobody is named, each event counts as somebody: else a source that names no one would be
    silent, whatever it sends.

    Examples
    --------
    >>> people_among(Sketch.from_hashes([3, 7]), 57), people_among(Sketch(), 57)
    (2, 57)
    """
    return min(sketch.count().value, events) or events


def counted_by_reporters(sources: Collection[Source]) -> tuple[str, ...]:
    """Names of the sources whose complaints are judged by reporters."""
    return tuple(source.name for source in sources if source.table.count_by == "reporters")


def by_reporters(closed: ClosedBucket, sources: Collection[str]) -> ClosedBucket:
    """Return a bucket in which complaints of some sources are replaced by distinct reporters.

    What full lanes counted together stays: it is known by its events only.

    Parameters
    ----------
    closed
        The bucket, as it was counted.
    sources
        Names of these sources; a bucket is returned as it is where there are none.
    """
    if not any(name in sources for name, _ in closed.sums):
        return closed
    sums = {
        (name, level): _people(totals, closed.facts.distinct.get((name, level), {}))
        if name in sources
        else totals
        for (name, level), totals in closed.sums.items()
    }
    return closed._replace(sums=sums)


def _people(
    totals: Mapping[str, int], found: Mapping[str, Mapping[DistinctOf, Sketch]]
) -> dict[str, int]:
    return {
        entity: people_among(found.get(entity, {}).get("reporters", EMPTY), events)
        for entity, events in totals.items()
    }


def recipients(
    facts: Facts, sources: Collection[str], sent: Mapping[tuple[str, Level], Mapping[str, int]]
) -> dict[Level, dict[str, int]]:
    """Distinct recipients of entities, by level, where messages name them.

    Parameters
    ----------
    facts
        What was counted in the bucket.
    sources
        Names of the sources of messages that count.
    sent
        Their messages, by source and level; entities that are not among them are left out.

    Returns
    -------
    dict
        Empty where a flood left lanes room for so few hashes that estimates would be noise.
    """
    found: dict[Level, dict[str, list[Sketch]]] = {}
    events: dict[Level, dict[str, int]] = {}
    for source in sources:
        for (name, level), totals in sent.items():
            if name != source:
                continue
            known = facts.distinct.get((name, level), {})
            for entity, number in totals.items():
                sketch = known.get(entity, {}).get("recipients")
                if sketch and sketch.k < LEAST_K:
                    return {}
                if sketch:
                    found.setdefault(level, {}).setdefault(entity, []).append(sketch)
                    of_level = events.setdefault(level, {})
                    of_level[entity] = of_level.get(entity, 0) + number
    return {
        level: {
            entity: people_among(parts[0].union(*parts[1:]), events[level][entity])
            for entity, parts in of_level.items()
        }
        for level, of_level in found.items()
    }
