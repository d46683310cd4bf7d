"""What the lanes of a source must count beside totals: it follows from what is judged."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from streams.facts.record import DistinctOf
from streams.items import Level
from streams.sources.formats.format import Kind

VALID_WITHIN_S = 7 * 86400.0
"""A complaint is valid that was filed so soon after what it is about, where that is known."""


class FactsWanted(NamedTuple):
    """What the lanes of one source count beside totals.

    Attributes
    ----------
    distinct
        Of which entities to count which different things, in order.
    consents
        At which levels to count the consent of messages.
    uses
        Whether to count what events name together.
    late
        At which levels to count late complaints.
    valid_within_s
        How soon a complaint must be filed to be valid.
    cells
        Whether to count events by category, platform, region and kind.

    Examples
    --------
    >>> one = FactsWanted(distinct=(("sender", "reporters"),))
    >>> FactsWanted.all_of([one, FactsWanted(uses=True)]).uses, bool(one.anything)
    (True, True)
    """

    distinct: tuple[tuple[Level, DistinctOf], ...] = ()
    consents: tuple[Level, ...] = ()
    uses: bool = False
    late: tuple[Level, ...] = ()
    valid_within_s: float = VALID_WITHIN_S
    cells: bool = False

    @property
    def anything(self) -> bool:
        """Whether anything is to be counted beside totals."""
        return bool(self.distinct or self.consents or self.uses or self.late or self.cells)

    @classmethod
    def all_of(cls, wanted: Iterable[FactsWanted]) -> FactsWanted:
        """Return what any of these wants."""
        parts = list(wanted)
        return cls(
            tuple(sorted({pair for each in parts for pair in each.distinct})),
            tuple(sorted({level for each in parts for level in each.consents})),
            any(each.uses for each in parts),
            tuple(sorted({level for each in parts for level in each.late})),
            max((each.valid_within_s for each in parts), default=VALID_WITHIN_S),
            any(each.cells for each in parts),
        )


NOTHING_WANTED = FactsWanted()

Asking = Literal[
    "count_by", "fan_out", "new_code", "scope", "sublet", "snowshoe", "consent", "cells"
]
"""What asks for facts: a source that is counted by reporters or by cells, signals. Rules ask by
themselves, in `streams.config.facts.rules`."""


class _Want(NamedTuple):
    """What is wanted of sources of a kind, at some levels; no levels stand for all of them."""

    kind: Kind
    levels: tuple[Level, ...] = ()
    distinct: tuple[DistinctOf, ...] = ()
    consents: bool = False
    uses: bool = False
    late: bool = False
    cells: bool = False

    def at(self, counted: Collection[Level]) -> FactsWanted:
        levels = tuple(each for each in counted if not self.levels or each in self.levels)
        return FactsWanted(
            tuple((level, what) for level in levels for what in self.distinct),
            levels if self.consents else (),
            self.uses,
            levels if self.late else (),
            cells=self.cells,
        )


_OWNERS: tuple[Level, ...] = ("sender", "access_code", "signature", "account", "merchant")

_WANTS: dict[Asking, tuple[_Want, ...]] = {
    "count_by": (_Want("complaint", distinct=("reporters",)),),
    "fan_out": (_Want("send", distinct=("recipients",)),),
    "new_code": (_Want("send", uses=True), _Want("complaint", uses=True)),
    "scope": (_Want("send", uses=True), _Want("complaint", uses=True)),
    "sublet": (_Want("send", uses=True), _Want("complaint", uses=True)),
    "snowshoe": (_Want("send", uses=True), _Want("complaint", uses=True)),
    "consent": (
        _Want("send", _OWNERS, ("recipients",), consents=True),
        _Want("complaint", _OWNERS, ("optouts",)),
    ),
    "cells": (_Want("send", cells=True), _Want("complaint", cells=True)),
}


def facts_wanted(
    kind: Kind, levels: Collection[Level], asking: Iterable[Asking] = ()
) -> FactsWanted:
    """Return what the lanes of a source must count beside totals.

    Parameters
    ----------
    kind
        The source's kind.
    levels
        The levels that are counted.
    asking
        What asks for facts.

    Examples
    --------
    >>> facts_wanted("complaint", ["sender", "all"], ["count_by"]).distinct
    (('all', 'reporters'), ('sender', 'reporters'))
    >>> facts_wanted("send", ["sender", "all"], ["count_by"]).anything
    False
    """
    found = [want.at(levels) for each in asking for want in _WANTS[each] if want.kind == kind]
    return FactsWanted.all_of(found) if found else NOTHING_WANTED
