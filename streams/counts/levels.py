"""Counts by sender, to totals of the levels; and who belongs to whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import cast

from streams.items import Level, Sender
from streams.sources.batch import Who


def roll_up(counts: Mapping[Who, int], levels: Sequence[Level]) -> dict[Level, Mapping[str, int]]:
    """Totals of each level by id, in the order in which the ids were first counted.

    Examples
    --------
    >>> shop = {"signature": "Shop", "platform": "Mall"}
    >>> counts = {Sender("a", **shop): 2, "b": 4, Sender("b", **shop): 3, Sender(None): 1}
    >>> roll_up(counts, ["sender", "signature", "all"])
    {'sender': {'a': 2, 'b': 7}, 'signature': {'Shop': 5}, 'all': {'all': 10}}
    """
    whole = {sender: count for sender, count in counts.items() if type(sender) is Sender}
    out: dict[Level, Mapping[str, int]] = {}
    for level in levels:
        if level == "all":
            total = sum(counts.values())
            out[level] = {"all": total} if total else {}
        elif level != "sender":
            out[level] = _sums(map(attrgetter(level), whole), whole.values())
        elif whole:  # of whom some may be counted by their id, too
            ids = [sender if isinstance(sender, str) else sender.id for sender in counts]
            out[level] = _sums(ids, counts.values())
        else:
            out[level] = cast("Mapping[str, int]", counts)
    return out


def _sums(names: Iterable[str | None], counts: Iterable[int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, count in zip(names, counts, strict=True):
        if name is not None:
            sums[name] = sums.get(name, 0) + count
    return sums


def parents_of(
    counted: Iterable[Who], levels: Sequence[Level], told: Collection[str]
) -> dict[str, set[tuple[Level, str]]]:
    """What each sender's events name beside it: signatures, platforms, categories.

    Parameters
    ----------
    told
        Ids of the senders that are asked for.

    Examples
    --------
    >>> shop = Sender("a", signature="Shop", platform="Mall")
    >>> sorted(parents_of([shop, "b"], ["sender", "signature", "all"], ["a", "b"])["a"])
    [('signature', 'Shop')]
    """
    whole = [who for who in counted if type(who) is Sender and who.id in told]
    out: dict[str, set[tuple[Level, str]]] = {}
    for level in levels:
        if level in ("sender", "all"):
            continue
        for sender, name in zip(whole, map(attrgetter(level), whole), strict=True):
            if name is not None:
                out.setdefault(cast("str", sender.id), set()).add((level, name))
    return out
