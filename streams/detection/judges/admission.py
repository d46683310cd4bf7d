"""How many entities a shard holds at most: who of a bucket's newcomers is admitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from streams.detection.context.bucket import Stream
from streams.detection.judges.judge import AllEntities
from streams.detection.judges.retired import Retired
from streams.detection.merge import ClosedBucket
from streams.detection.signals import SIGNAL_TABLE, Signal
from streams.items import SURPLUS, SURPLUS_IDS, Level


@dataclass(frozen=True, slots=True)
class Admission:
    """Admits newcomers as long as there is room, those with the largest counts first.

    Who has a row keeps it. Then come the retired, then the others by count, then by name: never by
    arrival. The totals of those for whom there is no room leave the bucket, as those do for which a
    lane had no room (`count.max_senders`): their sum, and how many they are, stay.

    Attributes
    ----------
    most
        Rows of a level and signal.
    signals
        Signal of each source of the group.
    entities, retired
        Of each stream.
    """

    most: int
    signals: Mapping[str, Signal]
    entities: AllEntities
    retired: Mapping[Stream, Retired]

    def bounded(self, closed: ClosedBucket) -> ClosedBucket:
        """Return the bucket without the totals of those for whom there is no room."""
        room = self.most - max(map(len, self.entities.values()), default=0)
        if sum(map(len, closed.sums.values())) <= room:
            return closed  # even if all of them were new
        counted = {(self.signals[name], level) for name, level in closed.sums}
        streams = [stream for stream in self.entities if stream in counted]
        refused = {stream: names for stream in streams if (names := self._refused(closed, *stream))}
        if not refused:
            return closed
        sums, beyond = dict(closed.sums), {key: dict(of) for key, of in closed.beyond.items()}
        for key, totals in closed.sums.items():
            name, level = key
            out = refused.get((self.signals[name], level), set()).intersection(totals)
            if out:
                sums[key] = {entity: n for entity, n in totals.items() if entity not in out}
                surplus = beyond.setdefault(key, {SURPLUS: 0, SURPLUS_IDS: 0})
                surplus[SURPLUS] = surplus.get(SURPLUS, 0) + sum(
                    n for entity, n in totals.items() if entity in out
                )
                surplus[SURPLUS_IDS] = surplus.get(SURPLUS_IDS, 0) + len(out)
        return closed._replace(sums=sums, beyond=beyond)

    def _refused(self, closed: ClosedBucket, signal: Signal, level: Level) -> set[str]:
        rows = self.entities[signal, level].rows
        holders = [
            len(self.entities[facts.name, level])
            for facts in SIGNAL_TABLE
            if facts.enters_by == signal and (facts.name, level) in self.entities
        ]
        room = max(self.most - max(holders), 0)
        parts = [
            totals
            for (name, at), totals in closed.sums.items()
            if at == level and self.signals[name] == signal
        ]
        if sum(map(len, parts)) <= room:
            return set()
        new = _added(parts, rows)
        if len(new) <= room:
            return set()
        retired = self.retired[signal, level]
        order = sorted(new, key=lambda entity: (entity not in retired, -new[entity], entity))
        return set(order[room:])


def _added(parts: Iterable[Mapping[str, int]], known: Mapping[str, int]) -> dict[str, int]:
    """Totals of those that are not known."""
    new: dict[str, int] = {}
    for totals in parts:
        for entity, count in totals.items():
            if entity not in known:
                new[entity] = new.get(entity, 0) + count
    return new
