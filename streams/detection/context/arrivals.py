"""The newcomers of a bucket: how many came to each entity, and with how many events."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from streams.alerts.cloudevent import NewIds
from streams.detection.context.membership import Parents, Wider, grouped
from streams.detection.signals import Signal
from streams.items import Level

Rows = npt.NDArray[np.intp]

ALL: Wider = ("all", "all")


class Arrivals(msgspec.Struct, frozen=True):
    """The ids that the group had not seen before a bucket.

    Attributes
    ----------
    names
        These ids, in order.
    came
        How many came to each entity, and their events, by level and id.
    members
        Which of them, as places in `names`.
    """

    names: Sequence[str] = ()
    came: Mapping[Level, Mapping[str, NewIds]] = msgspec.field(default_factory=dict)
    members: Mapping[Wider, Rows] = msgspec.field(default_factory=dict)

    def ids(self, level: Level) -> dict[str, int]:
        """How many came to each entity of a level."""
        return {entity: came.ids for entity, came in self.came.get(level, {}).items()}


NOBODY = Arrivals()


def arrivals(
    counts: Mapping[Signal, Mapping[str, int]],
    known: Mapping[Signal, Container[str]],
    belongs: Parents,
    wider: Callable[[], Mapping[Level, Container[str]]],
) -> Arrivals:
    """Find a bucket's newcomers.

    Parameters
    ----------
    counts
        Of the narrowest level, by signal.
    known
        Ids that each signal knows. An id that one signal knows is new to none.
    belongs
        What the bucket's senders belong to.
    wider
        Gives the levels above, and which of their entities counted in the bucket: with several
        shards, an entity's newcomers are judged where the entity is.

    Examples
    --------
    >>> belongs = {"b": {("platform", "Mall")}, "c": {("platform", "Mall")}}
    >>> found = arrivals({"sends": {"a": 1, "b": 2, "c": 5}}, {"sends": {"a"}}, belongs,
    ...                  lambda: {"all": {"all"}, "platform": {"Mall"}})
    >>> found.names, found.came["platform"]["Mall"]
    (['b', 'c'], NewIds(ids=2, events={'sends': 7}))
    """
    new: set[str] = set()
    for signal, totals in counts.items():
        of_signal = known[signal]
        new.update([name for name in totals if name not in of_signal])
    if not new:
        return NOBODY
    names = sorted(name for name in new if not any(name in of for of in known.values()))
    if not names:
        return NOBODY
    events = {
        signal: np.array([totals.get(name, 0) for name in names], dtype=np.int64)
        for signal, totals in counts.items()
    }
    members = {ALL: np.arange(len(names))} | grouped(belongs, names)
    counted = wider()
    members = {of: rows for of, rows in members.items() if of[1] in counted.get(of[0], ())}
    came: dict[Level, dict[str, NewIds]] = {}
    for (level, entity), rows in members.items():
        came.setdefault(level, {})[entity] = NewIds(
            len(rows),
            {
                signal: int(total)
                for signal, numbers in sorted(events.items())
                if (total := np.sum(numbers[rows]))
            },
        )
    return Arrivals(names, came, members)
