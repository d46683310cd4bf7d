"""Who looks like the successor of whom a watch is about: codes of its signature, account or holder.

The watch's row names what was used, and the registry says whose its code is. Others with one of
these names are counted together: those that are new since the watch began, and those that were
there before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from streams.detection.context.bucket import BucketContext
from streams.detection.context.membership import members
from streams.detection.judges.judge import AllEntities
from streams.detection.look_back.watch import Part, Watch
from streams.detection.merge import ClosedBucket
from streams.detection.misuse.uses import uses_in
from streams.items import SURPLUS, Level
from streams.registry.entry import CodeEntry
from streams.registry.table import Registry
from streams.registry.watch import WatchedSignal

CODE_LEVELS: tuple[Level, ...] = ("access_code", "sender")
"""Levels that have successors: wider ones are counted with all their codes anyway."""

Mark = tuple[str, str]
"""What a name is of, and the name: ``signature``, ``account``, ``merchant`` or ``holder``."""

NAMED: tuple[Level, ...] = ("signature", "account", "merchant")


class Used(NamedTuple):
    """A code in a bucket, with the names that it was counted with."""

    level: Level
    code: str
    marks: set[Mark]
    total: int


class Successors:
    """Finds what successors counted.

    Parameters
    ----------
    signal_of
        Signal of each source of the group.
    entities
        The group's.
    """

    def __init__(self, signal_of: Mapping[str, str], entities: AllEntities) -> None:
        self._signal_of, self._entities = signal_of, entities

    def counts(
        self,
        watches: Sequence[Watch],
        closed: ClosedBucket,
        context: BucketContext,
        registry: Registry,
    ) -> dict[str, dict[Part, int]]:
        """Return what successors of each watch counted in a bucket, by case and part.

        Watches remember who is new.
        """
        found: dict[str, dict[Part, int]] = {}
        signals: tuple[WatchedSignal, ...] = ("sends", "complaints")
        for signal in signals:
            of_signal = [each for each in watches if each.entry.signal == signal]
            by_mark = _by_mark(of_signal, registry, context.day)
            if by_mark:
                for used in self._used(signal, set(by_mark), closed, context, registry):
                    self._take(used, signal, by_mark, context.day, found)
        return found

    def _take(
        self,
        used: Used,
        signal: WatchedSignal,
        by_mark: Mapping[Mark, Sequence[Watch]],
        day: int,
        found: dict[str, dict[Part, int]],
    ) -> None:
        of_code: dict[str, Watch] = {}
        for mark in sorted(used.marks):
            of_code |= {watch.entry.id: watch for watch in by_mark.get(mark, ())}
        for case, watch in of_code.items():
            if used.code != watch.entry.entity:
                part = self._part(watch, signal, used, day)
                counts = found.setdefault(case, {})
                counts[part] = counts.get(part, 0) + used.total
                if part == "started":
                    watch.note_successor(used.code, used.total)

    def _part(self, watch: Watch, signal: WatchedSignal, used: Used, day: int) -> Part:
        entities = self._entities.get((signal, used.level))
        row = None if entities is None else entities.rows.get(used.code)
        if entities is None or row is None:
            return "started"
        return "others" if entities.age_days(row, day) > day - watch.first_day else "started"

    def _used(
        self,
        signal: WatchedSignal,
        marks: set[Mark],
        closed: ClosedBucket,
        context: BucketContext,
        registry: Registry,
    ) -> Iterator[Used]:
        """Give the codes of a bucket, or those that may have a mark: from uses, or families."""
        sources = {name for name, of in self._signal_of.items() if of == signal}
        if not sources.isdisjoint(closed.facts.uses_counted):
            for use in uses_in(closed):
                named = use.access_code is not None
                if (
                    use.source in sources
                    and use.kind != SURPLUS
                    and (named or use.level == "sender")
                ):
                    level: Level = "access_code" if named else "sender"
                    code = use.access_code or use.id
                    names = {(each, getattr(use, each)) for each in NAMED if getattr(use, each)}
                    yield Used(
                        level, code, names | _declared(code, registry, context.day), use.total
                    )
            return
        counts = context.counts.get((signal, "sender"), {})
        wanted = {(level, name) for level in NAMED for of, name in marks if of == level}
        senders = counts.keys() if registry.number_of("code") else members(closed.parents, wanted)
        for sender in sorted(senders):
            if count := counts.get(sender, 0):
                names = {(level, name) for level, name in closed.parents.get(sender, ())}
                names |= _declared(sender, registry, context.day)
                yield Used("sender", sender, names, count)


def _declared(code: str, registry: Registry, day: int) -> set[Mark]:
    """Return whose a registered code is."""
    entry = registry.code_of(code, day) if registry.number_of("code") else None
    if not isinstance(entry, CodeEntry):
        return set()
    named = (("account", entry.account), ("holder", entry.holder))
    return {(of, name) for of, name in named if name is not None}


def _by_mark(watches: Sequence[Watch], registry: Registry, day: int) -> dict[Mark, list[Watch]]:
    """Return the watches by the names that their successors would have."""
    found: dict[Mark, list[Watch]] = {}
    for watch in watches:
        entry = watch.entry
        if entry.level not in CODE_LEVELS:
            continue
        marks: set[Mark] = {("signature", name) for name in entry.signatures}
        marks |= {("account", name) for name in entry.accounts}
        marks |= {("merchant", name) for name in entry.merchants}
        for mark in sorted(marks | _declared(entry.entity, registry, day)):
            found.setdefault(mark, []).append(watch)
    return found
