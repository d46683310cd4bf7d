"""Events of a bucket by category, platform, region and kind: what a bulletin is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.items import SURPLUS
from streams.sources.batch import SenderKey
from streams.sources.event_facts import Used

MOST_CELLS = 10_000
"""Cells of a bucket of a lane: the first ones, in the order of the records."""

SENDERS_CACHED = 200_000

Names = tuple[str | None, str | None]
"""Category and platform of a sender."""

_NOTHING: Names = (None, None)


class NamedCell(NamedTuple):
    """What events name together, and how many they are; None is what they do not say."""

    category: str | None
    platform: str | None
    region: str | None
    kind: str | None
    total: int


class _NamesOf(dict[SenderKey, Names]):
    """The category and the platform of each sender, looked up once."""

    def __missing__(self, key: SenderKey) -> Names:
        if len(self) >= SENDERS_CACHED:
            self.clear()
        found = self[key] = _NOTHING if isinstance(key, str) else (key.category, key.platform)
        return found


class BucketCells:
    """Counts complaints of one open bucket of a lane by what they name, whoever they are about.

    Examples
    --------
    >>> cells = BucketCells()
    >>> cells.add(["a", "b"], None, [("11", "fraud"), ("11", "fraud")])
    >>> cells.flushed()
    [NamedCell(category=None, platform=None, region='11', kind='fraud', total=2)]
    """

    def __init__(self) -> None:
        self._names = _NamesOf()
        self._found: Counter[tuple[Names, Used]] = Counter()
        self._surplus = 0

    def add(
        self, senders: Sequence[SenderKey], counts: Sequence[int] | None, used: Sequence[Used]
    ) -> None:
        """Count complaints, in their order."""
        found = self._found
        pairs = zip(map(self._names.__getitem__, senders), used, strict=True)
        if counts is None and len(found) + len(senders) <= MOST_CELLS:
            found.update(pairs)
            return
        for at, pair in enumerate(pairs):
            count = 1 if counts is None else counts[at]
            if pair in found or len(found) < MOST_CELLS:
                found[pair] += count
            else:
                self._surplus += count

    def flushed(self) -> list[NamedCell]:
        """Return what was counted, in an order that does not depend on that of the events."""
        cells = [NamedCell(*names, *used, total) for (names, used), total in self._found.items()]
        cells.sort(key=_in_order)
        if self._surplus:
            cells.append(NamedCell(None, None, None, SURPLUS, self._surplus))
        return cells


def cells_of_senders(counts: Mapping[SenderKey, int]) -> list[NamedCell]:
    """Return the cells of events that say nothing but their sender: it costs nothing an event.

    Those of senders for whom the bucket had no room are in none.
    """
    found: Counter[Names] = Counter()
    surplus = 0
    names_of = _NamesOf()
    for key, count in counts.items():
        names = names_of[key]
        if names in found or len(found) < MOST_CELLS:
            found[names] += count
        else:
            surplus += count
    cells = [NamedCell(*names, None, None, total) for names, total in found.items()]
    cells.sort(key=_in_order)
    if surplus:
        cells.append(NamedCell(None, None, None, SURPLUS, surplus))
    return cells


def _in_order(cell: NamedCell) -> list[tuple[bool, str]]:
    return [(name is not None, name or "") for name in cell[:4]]
