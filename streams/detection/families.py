"""Which alert is part of a wider one: senders that burst together are one family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Protocol

from detectors.state import State
from streams.alerts.lifecycle import AlertChange, OpenAlert
from streams.detection.context.bucket import Stream
from streams.detection.context.groups import Wider
from streams.detection.context.membership import Parents, members
from streams.detection.misuse.table import FACTS_OF_MISUSE
from streams.detection.signals import NEWCOMER, NEWCOMERS, Signal
from streams.items import LEVELS, Level

CAUSE = 0.5
"""A sender with this part of the excess of `all` is the cause of it, and not a part of it."""

NAMES_A_LEVEL = 3
"""Names of a level that an alert has at most; a sender may rotate them without end."""

FEW_SENDERS = 10_000
"""What a wider entity belongs to is looked up for an alert if it has so many senders at most."""


class OpenOn(Protocol):
    """The open alerts of one signal and level."""

    @property
    def has_alerts(self) -> bool:
        """Whether there are any."""
        ...

    def alert_of(self, entity: str) -> OpenAlert | None:
        """The alert of an entity: the first, by kind, of several."""
        ...

    def alerts_of(self, entity: str) -> Iterable[OpenAlert]:
        """All alerts of an entity: one of each kind at most."""
        ...


class Families:
    """Parents of open alerts, by id.

    An alert's parent is the narrowest wider alert, of the same signal, that

    * is of a signature, platform or category that the sender's events of this bucket name
      (of a signature or platform: that all its senders' events name), and in this bucket is
      still above what fits its baseline; or
    * is of `all`, opened in the same close, where this one has less than half of its
      excess. During a long alert of `all` a sender that bursts stands by itself: its
      expectation holds what all did, so that it did more.

    A newcomer's alert is first of all part of the flood that the newcomer came in, if there is one:
    the alert of the signal ``newcomers`` on what it belongs to, the narrowest first.

    The revision that opens the child names it or, where the parent opened later, the next one
    that updates the child; it is remembered until the child is resolved. No alert is
    suppressed: every child is numbered and in the feed, and a reader who wants one alert a
    family leaves out those that have a parent.

    With several shards a sender's signature may be another shard's: then there is no link.
    """

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}
        self.state = State()
        self.state.keyed(self, parents=dict[str, str])

    def link(
        self, changes: Sequence[AlertChange], belongs: Parents, entities: Mapping[Stream, OpenOn]
    ) -> None:
        """Find the parents of what a close opened or updated.

        Parameters
        ----------
        changes
            All changes of the close.
        belongs
            What the bucket's senders belong to.
        entities
            Entities of all streams, with the alerts that are open after the close.
        """
        opened = {change.alert.alert_id for change in changes if change.step == "opened"}
        orphans = [
            change
            for change in changes
            if change.step != "resolved" and change.alert.alert_id not in self.parents
        ]
        # Looking up who belongs to whom is worth it only where a wider entity has an alert.
        looked_up = [change for change in orphans if _has_wider_alert(change, entities)]
        between = {
            (change.level, change.entity) for change in looked_up if change.level != "sender"
        }
        shared = _shared(belongs, between, members(belongs, between)) if between else {}
        for change in looked_up:
            if change.level == "sender":
                shared["sender", change.entity] = belongs.get(change.entity, set())
        for change in orphans:
            child, names = change.alert, shared.get((change.level, change.entity), set())
            candidates = (
                parent.alert_id
                for signal in _signals(change)
                for level in _wider(change.level)
                for wider, name in sorted(names | {("all", "all")})
                if wider == level
                and (signal, level) in entities
                and (parent := entities[signal, level].alert_of(name)) is not None
                and _together(level, signal, parent, child, opened)
            )
            found = next(candidates, None)
            if found is not None:
                self.parents[child.alert_id] = found

    def parent(self, change: AlertChange) -> str | None:
        """Id of the parent of this revision's alert; after the last one it is forgotten."""
        if change.step == "resolved":
            return self.parents.pop(change.alert.alert_id, None)
        return self.parents.get(change.alert.alert_id)


def _signals(change: AlertChange) -> list[Signal]:
    """Signals that a parent may be of, the first choice first."""
    if change.signal in FACTS_OF_MISUSE:
        return list(FACTS_OF_MISUSE[change.signal].parents)
    newcomer = change.alert.detector == NEWCOMER and change.step == "opened"
    return [NEWCOMERS, change.signal] if newcomer else [change.signal]


def _has_wider_alert(change: AlertChange, entities: Mapping[Stream, OpenOn]) -> bool:
    """Whether an entity of a wider level but the total has an alert of such a signal."""
    levels = [level for level in _wider(change.level) if level != "all"]
    streams = [(signal, level) for signal in _signals(change) for level in levels]
    return any(entities[stream].has_alerts for stream in streams if stream in entities)


def note_names(changes: Sequence[AlertChange], belongs: Parents) -> None:
    """Note in each alert what its entity belongs to, once that is known.

    Parameters
    ----------
    changes
        All changes of a close, or early alerts.
    belongs
        What the bucket's senders belong to.
    """
    unnamed = [
        change
        for change in changes
        if change.step != "resolved" and change.alert.belongs_to is None
    ]
    between = {(change.level, change.entity) for change in unnamed if _wider(change.level)[:-1]}
    between = {wider for wider in between if wider[0] != "sender"}
    senders = members(belongs, between) if between else set[str]()
    few = 0 < len(senders) <= FEW_SENDERS
    names = _shared(belongs, between, senders) if few else {}
    for change in unnamed:
        if change.level == "sender":
            names["sender", change.entity] = belongs.get(change.entity, set())
        own = names.get((change.level, change.entity), set())
        found = {
            level: sorted(name for of, name in own if of == level)[:NAMES_A_LEVEL]
            for level in _wider(change.level)
        }
        change.alert.belongs_to = {level: found[level] for level in found if found[level]} or None


def keep_names(changes: Sequence[AlertChange], entities: Mapping[Stream, OpenOn]) -> None:
    """Let open alerts keep what was noted in their revisions, which are copies: to their end.

    Parameters
    ----------
    changes
        All changes of a close, after `note_names`.
    entities
        Entities of all streams, with the alerts that are open after the close.
    """
    streams: Mapping[tuple[str, str], OpenOn] = entities
    for change in changes:
        on = streams.get((change.signal, change.level))
        if on is None or change.step == "resolved" or change.alert.belongs_to is None:
            continue
        for alert in on.alerts_of(change.entity):
            if alert.alert_id == change.alert.alert_id:
                alert.belongs_to = change.alert.belongs_to


@cache
def _wider(level: Level) -> list[Level]:
    """Levels wider than this one, the narrowest first."""
    return list(reversed(LEVELS[: LEVELS.index(level)]))


def _together(
    level: Level, signal: Signal, parent: OpenAlert, child: OpenAlert, opened: set[str]
) -> bool:
    if level != "all" or (signal == NEWCOMERS and child.detector == NEWCOMER):
        return parent.quiet == 0
    excess = child.observed - child.expected
    return (
        parent.alert_id in opened
        and child.alert_id in opened
        and excess < CAUSE * (parent.observed - parent.expected)
    )


def _shared(belongs: Parents, between: set[Wider], senders: set[str]) -> dict[Wider, set[Wider]]:
    """What all senders of each of these signatures, platforms and categories belong to."""
    shared: dict[Wider, set[Wider]] = {}
    undecided = set(between)
    for sender in senders:
        names = belongs[sender]
        for wider in names & undecided:
            shared[wider] = shared[wider] & names if wider in shared else set(names)
            if len(shared[wider]) == 1:  # nothing but itself: no other sender changes that
                undecided.remove(wider)
        if not undecided:
            break  # in a flood of ids each look-up more would be one of a million
    return shared
