"""What the events of a bucket name together: access code, signature, category, and so on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.items import PARENT_LEVELS, SURPLUS, Level, Sender
from streams.sources.batch import SenderKey
from streams.sources.event_facts import Used

USES_AN_ENTITY = 100
"""Uses of an entity in a bucket of a lane: the first ones, in the order of the records."""

NAMES = ("access_code", "signature", "category", "platform", "merchant", "account")


class NamedUse(NamedTuple):
    """What events name together, and how many they are.

    Attributes
    ----------
    names
        `NAMES` of the sender, and the region and the kind of a complaint. Where all are None but
        the kind, and this is `SURPLUS`, these are the events for whose uses there was no room.
    total
        How many they are.
    """

    names: tuple[str | None, ...]
    total: int


_SURPLUS_NAMES = (None,) * (len(NAMES) + 1) + (SURPLUS,)


def uses_of(
    counts: Mapping[SenderKey, int],
    used: Mapping[tuple[SenderKey, Used], int],
    levels: Sequence[Level],
) -> dict[tuple[Level, str], list[NamedUse]]:
    """Return the uses of each narrowest entity that is counted, in the order of the records.

    Parameters
    ----------
    counts
        How many events each sender has.
    used
        How many of them had which region and kind; empty of sends.
    levels
        The levels that are counted.

    Examples
    --------
    >>> uses_of({Sender("a", signature="Mall"): 3, "b": 1}, {}, ["sender", "all"])
    {('sender', 'a'): [NamedUse(names=(None, 'Mall', None, None, None, None, None, None), total=3)]}
    """
    found: dict[tuple[Level, str], dict[tuple[str | None, ...], int]] = {}
    totals: dict[tuple[Level, str], int] = {}
    split: dict[SenderKey, list[tuple[Used, int]]] = {}
    for (key, of_complaint), count in used.items():
        split.setdefault(key, []).append((of_complaint, count))
    for key, total in counts.items():
        parts = split.get(key)
        if isinstance(key, str) and parts is None:
            continue  # it names nothing
        entity = _narrowest(key, levels)
        if entity is None:
            continue
        names = (None,) * len(NAMES) if isinstance(key, str) else _names(key)
        rows = found.setdefault(entity, {})
        totals[entity] = totals.get(entity, 0) + total
        for of_complaint, count in parts or [((None, None), total)]:
            row = (*names, *of_complaint)
            if row in rows:
                rows[row] += count
            elif len(rows) < USES_AN_ENTITY:
                rows[row] = count
    out = {}
    for entity, rows in found.items():
        uses = [NamedUse(row, count) for row, count in rows.items()]
        left = totals[entity] - sum(rows.values())
        out[entity] = [*uses, NamedUse(_SURPLUS_NAMES, left)] if left > 0 else uses
    return out


def _names(sender: Sender) -> tuple[str | None, ...]:
    return tuple(getattr(sender, name) for name in NAMES)


def _narrowest(key: SenderKey, levels: Sequence[Level]) -> tuple[Level, str] | None:
    if isinstance(key, str):
        return ("sender", key) if "sender" in levels else None
    if key.id is not None and "sender" in levels:
        return "sender", key.id
    for level in PARENT_LEVELS:
        name = getattr(key, level) if level in levels else None
        if name is not None:
            return level, name
    return None
