"""Senders grouped by what they belong to, in arrays: there may be as many groups as senders."""

from __future__ import annotations

from collections.abc import Sequence
from operator import ne

import msgspec
import numpy as np
import numpy.typing as npt

from streams.items import Level

Rows = npt.NDArray[np.intp]

Wider = tuple[Level, str]
"""Level and id of what a sender belongs to, such as a platform."""


class Groups(msgspec.Struct, frozen=True):
    """Places of senders in a list, by what they belong to.

    Attributes
    ----------
    names
        What they belong to, in order.
    starts
        Where the places of each begin, and the end of the last.
    places
        The places of all, one group after the other; ascending in each.

    Examples
    --------
    >>> mall, shop = ("platform", "Mall"), ("signature", "Shop")
    >>> groups = Groups.grouping([shop, mall], np.array([0, 1, 0, 0]), np.array([4, 2, 1, 4]))
    >>> groups.names, groups.starts.tolist(), groups.places.tolist()
    ([('platform', 'Mall'), ('signature', 'Shop')], [0, 1, 3], [2, 1, 4])
    >>> groups.only(np.array([False, True])).places.tolist()
    [1, 4]
    """

    names: Sequence[Wider]
    starts: Rows
    places: Rows

    @classmethod
    def grouping(cls, names: Sequence[Wider], owners: Rows, places: Rows) -> Groups:
        """Group places, each of which may come more than once.

        Parameters
        ----------
        names
            What they may belong to, each once or more; what no place belongs to is no group.
        owners
            To which of the names each place belongs.
        places
            The places.
        """
        by_name = sorted(range(len(names)), key=names.__getitem__)
        in_order = [names[at] for at in by_name]
        others = map(ne, in_order, [None, *in_order])
        number = np.cumsum(np.fromiter(others, dtype=np.intp, count=len(names))) - 1
        rank = np.empty(len(names), dtype=np.intp)
        rank[by_name] = number
        ranks = rank[owners]
        order = np.lexsort((places, ranks))
        ranks, places = ranks[order], places[order]
        fresh = np.ones(len(order), dtype=np.bool_)
        fresh[1:] = (ranks[1:] != ranks[:-1]) | (places[1:] != places[:-1])
        ranks, places = ranks[fresh], places[fresh]
        met, starts = np.unique(ranks, return_index=True)
        ends = np.append(starts, len(ranks)).astype(np.intp)
        first = np.searchsorted(number, met)
        return cls([in_order[at] for at in first.tolist()], ends, places)

    def only(self, wanted: npt.NDArray[np.bool_]) -> Groups:
        """Return the groups for which `wanted` is true."""
        kept = np.flatnonzero(wanted).tolist()
        if len(kept) == len(self.names):
            return self
        lengths = np.diff(self.starts)[kept]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)
        pieces = [self.places[self.starts[at] : self.starts[at + 1]] for at in kept]
        places = np.concatenate(pieces) if pieces else self.places[:0]
        return Groups([self.names[at] for at in kept], starts, places)

    def with_all(self, senders: int) -> Groups:
        """Return the groups after one of all senders, which is called ``("all", "all")``."""
        starts = np.concatenate([[0], self.starts + senders]).astype(np.intp)
        places = np.concatenate([np.arange(senders), self.places]).astype(np.intp)
        return Groups([("all", "all"), *self.names], starts, places)
