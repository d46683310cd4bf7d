"""Rolls counts by sender up to totals of the levels, and finds what each sender belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import cast

from streams.items import PARENT_LEVELS, Level, Sender
from streams.sources.batch import SenderKey


def roll_up(
    counts: Mapping[SenderKey, int], levels: Sequence[Level]
) -> dict[Level, Mapping[str, int]]:
    """Return the totals of each level by id, in the order in which the ids were first counted.

    Examples
    --------
    >>> shop = {"signature": "Shop", "platform": "Mall"}
    >>> counts = {Sender("a", **shop): 2, "b": 4, Sender("b", **shop): 3, Sender(None): 1}
    >>> roll_up(counts, ["sender", "signature", "all"])
    {'sender': {'a': 2, 'b': 7}, 'signature': {'Shop': 5}, 'all': {'all': 10}}
    """
    # Counted by id alone are senders that name nothing else: they are in no total but these two.
    named = {sender: count for sender, count in counts.items() if type(sender) is Sender}
    out: dict[Level, Mapping[str, int]] = {}
    for level in levels:
        if level == "all":
            total = sum(counts.values())
            out[level] = {"all": total} if total else {}
        elif level != "sender":
            out[level] = _sums(map(attrgetter(level), named), named.values())
        elif named:  # a sender may be counted both by its id and as a whole
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
    counted: Iterable[SenderKey], levels: Sequence[Level], senders: Collection[str]
) -> dict[str, set[tuple[Level, str]]]:
    """Return what each sender's events name beside it: signatures, platforms, categories.

    Parameters
    ----------
    senders
        Ids of the senders to look up.

    Examples
    --------
    >>> shop = Sender("a", signature="Shop", platform="Mall")
    >>> sorted(parents_of([shop, "b"], ["sender", "signature", "all"], ["a", "b"])["a"])
    [('signature', 'Shop')]
    """
    named = [key for key in counted if type(key) is Sender and key.id in senders]
    out: dict[str, set[tuple[Level, str]]] = {}
    for level in levels:
        if level not in PARENT_LEVELS:
            continue
        for sender, name in zip(named, map(attrgetter(level), named), strict=True):
            if name is not None:
                out.setdefault(cast("str", sender.id), set()).add((level, name))
    return out
