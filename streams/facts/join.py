"""Facts of several buckets, or of a bucket's shards, as those of one; and a part of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from detectors.distinct.bottom_k import Sketch
from streams.facts.bucket import NO_FACTS, CellCount, Consents, Facts, LateTotal, SourceUse
from streams.facts.record import DistinctOf
from streams.items import Level


def joined(parts: Sequence[Facts]) -> Facts:
    """Return the facts of all: unions of sketches, sums of numbers.

    Examples
    --------
    >>> one = Facts(distinct={("x", "sender"): {"a": {"reporters": Sketch.from_hashes([1, 2])}}})
    >>> two = Facts(distinct={("x", "sender"): {"a": {"reporters": Sketch.from_hashes([2, 3])}}})
    >>> joined([one, two]).distinct["x", "sender"]["a"]["reporters"].count().value
    3
    """
    parts = [part for part in parts if part != NO_FACTS]
    if len(parts) < 2:
        return parts[0] if parts else NO_FACTS
    distinct: dict[tuple[str, Level], dict[str, dict[DistinctOf, Sketch]]] = {}
    consents: dict[tuple[str, Level], dict[str, Consents]] = {}
    uses: dict[SourceUse, int] = {}
    late: dict[tuple[str, int, Level, str], LateTotal] = {}
    cells: dict[CellCount, int] = {}
    for part in parts:
        for key, entities in part.distinct.items():
            for name, sketches in entities.items():
                own = distinct.setdefault(key, {}).setdefault(name, {})
                for what, sketch in sketches.items():
                    own[what] = own[what].union(sketch) if what in own else sketch
        for key, numbers in part.consents.items():
            known = consents.setdefault(key, {})
            for name, each in numbers.items():
                pairs = zip(known.get(name, Consents()), each, strict=True)
                known[name] = Consents(*map(sum, pairs))
        for use in part.uses:
            names = use._replace(total=0)
            uses[names] = uses.get(names, 0) + use.total
        for cell in part.cells:
            its_names = cell._replace(total=0)
            cells[its_names] = cells.get(its_names, 0) + cell.total
        for total in part.late:
            place = (total.source, total.of_bucket, total.level, total.id)
            late[place] = _sum(late[place], total) if place in late else total
    return Facts(
        distinct,
        consents,
        [names._replace(total=uses[names]) for names in sorted(uses, key=_in_order)],
        [late[place] for place in sorted(late)],
        tuple(sorted({source for part in parts for source in part.uses_counted})),
        [names._replace(total=cells[names]) for names in sorted(cells, key=_in_order)],
    )


def of_some(
    facts: Facts,
    wanted: Callable[[str, Level, str], bool],
    cells_of: Callable[[str], bool] = lambda source: False,
) -> Facts:
    """Return the facts of some entities.

    Parameters
    ----------
    facts
        Those of all.
    wanted
        Whether an entity of a source is one of them: its source, level and id are given.
    cells_of
        Whether the cells of a source are wanted: they are no entity's.
    """
    if facts == NO_FACTS:
        return facts
    return Facts(
        {
            (source, level): found
            for (source, level), of in facts.distinct.items()
            if (found := {name: of[name] for name in of if wanted(source, level, name)})
        },
        {
            (source, level): own
            for (source, level), numbers in facts.consents.items()
            if (own := {name: numbers[name] for name in numbers if wanted(source, level, name)})
        },
        [use for use in facts.uses if wanted(use.source, use.level, use.id)],
        [late for late in facts.late if wanted(late.source, late.level, late.id)],
        facts.uses_counted,
        [cell for cell in facts.cells if cells_of(cell.source)],
    )


def _sum(one: LateTotal, other: LateTotal) -> LateTotal:
    return one._replace(
        total=one.total + other.total,
        reporters=one.reporters.union(other.reporters),
        valid_reporters=one.valid_reporters.union(other.valid_reporters),
    )


def _in_order(use: SourceUse | CellCount) -> list[tuple[bool, str]]:
    """Return a key by which uses and cells are sorted: what is not named comes first."""
    return [(name is not None, name or "") for name in use[:-1]]
