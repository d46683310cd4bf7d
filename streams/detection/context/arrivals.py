"""The newcomers of a bucket: how many came to each entity, and with how many events."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from streams.alerts.cloudevent import NewIds
from streams.detection.context.groups import Groups, Rows
from streams.detection.context.membership import Parents, grouped
from streams.detection.signals import Signal
from streams.items import Level

EMPTY = Groups([], np.zeros(1, dtype=np.intp), np.zeros(0, dtype=np.intp))


class Arrivals(msgspec.Struct, frozen=True):
    """The ids that the group had not seen before a bucket.

    Attributes
    ----------
    names
        These ids, in order.
    groups
        What they belong to, and which of them: places in `names`.
    events
        Events of each group's newcomers, by signal.
    places
        Place of each entity in `groups`, by level and id.
    """

    names: Sequence[str] = ()
    groups: Groups = EMPTY
    events: Mapping[Signal, npt.NDArray[np.int64]] = msgspec.field(default_factory=dict)
    places: Mapping[Level, Mapping[str, int]] = msgspec.field(default_factory=dict)

    def ids(self, level: Level) -> dict[str, int]:
        """How many came to each entity of a level."""
        lengths = np.diff(self.groups.starts)
        of_level = self.places.get(level, {})
        return dict(zip(of_level, lengths[list(of_level.values())].tolist(), strict=True))

    def all_events(self, level: Level) -> Iterator[tuple[str, int]]:
        """Yield each entity of a level, and the events of its newcomers."""
        together = sum(self.events.values(), np.zeros(len(self.groups.names), dtype=np.int64))
        of_level = self.places.get(level, {})
        return zip(of_level, together[list(of_level.values())].tolist(), strict=True)

    def members(self, level: Level, entity: str) -> Rows | None:
        """Which of the ids came to an entity; None where none did."""
        at = self.places.get(level, {}).get(entity)
        if at is None:
            return None
        return self.groups.places[self.groups.starts[at] : self.groups.starts[at + 1]]

    def came(self, level: Level, entity: str) -> NewIds | None:
        """How many came to an entity, and their events; None where none did."""
        at = self.places.get(level, {}).get(entity)
        if at is None:
            return None
        ids = int(self.groups.starts[at + 1] - self.groups.starts[at])
        return NewIds(
            ids,
            {signal: total for signal, of in self.events.items() if (total := int(of[at]))},
        )


NOBODY = Arrivals()


def arrivals(
    counts: Mapping[Signal, Mapping[str, int]],
    known: Mapping[Signal, Container[str]],
    belongs: Parents,
    wider: Callable[[], Mapping[Level, Sequence[Mapping[str, int]]]],
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
        Gives the levels above, and counts of their entities in the bucket, of each signal: with
        several shards, an entity's newcomers are judged where the entity is.

    Examples
    --------
    >>> belongs = {"b": {("platform", "Mall")}, "c": {("platform", "Mall")}}
    >>> found = arrivals({"sends": {"a": 1, "b": 2, "c": 5}}, {"sends": {"a"}}, belongs,
    ...                  lambda: {"all": [{"all": 8}], "platform": [{"Mall": 7}]})
    >>> found.names, found.came("platform", "Mall")
    (['b', 'c'], NewIds(ids=2, events={'sends': 7}))
    """
    new: set[str] = set()
    for signal, totals in counts.items():
        of_signal = known[signal]
        new.update([name for name in totals if name not in of_signal])
    if not new:
        return NOBODY
    names = sorted(name for name in new if not any(name in of for of in known.values()))
    del new  # a flood may name a million
    if not names:
        return NOBODY
    counted = {level: _any_of(parts) for level, parts in wider().items()}
    groups = grouped(belongs, names)
    wanted = (entity in counted.get(level, ()) for level, entity in groups.names)
    groups = groups.only(np.fromiter(wanted, dtype=np.bool_, count=len(groups.names)))
    if "all" in counted.get("all", ()):
        groups = groups.with_all(len(names))
    places: dict[Level, dict[str, int]] = {}
    for at, (level, entity) in enumerate(groups.names):
        places.setdefault(level, {})[entity] = at
    events = {}
    for signal, totals in sorted(counts.items()):
        of_each = (totals.get(name, 0) for name in names)
        of_names = np.fromiter(of_each, dtype=np.int64, count=len(names))
        # Sums from the beginning: `reduceat` has none for an empty group.
        sums = np.concatenate([[0], np.cumsum(of_names[groups.places])])
        events[signal] = sums[groups.starts[1:]] - sums[groups.starts[:-1]]
    return Arrivals(names, groups, events, places)


def _any_of(counts: Sequence[Mapping[str, int]]) -> Container[str]:
    """Entities with counts of any signal; without a copy where there is one."""
    return counts[0] if len(counts) == 1 else set[str]().union(*counts)
