"""A shard: a complete monitor of some of the entities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from streams.alerts.era import Era
from streams.alerts.rendering import Published
from streams.config.model import Config
from streams.detection.bucket_result import BucketResult, ShardTurn
from streams.detection.checkpoint import Checkpoints
from streams.detection.close import Group
from streams.detection.context.bucket import Inspect
from streams.detection.judges.moves import NOTHING_MOVED, Moved
from streams.detection.merge import ClosedBucket
from streams.detection.sealing import Shelf
from streams.items import Counts
from streams.registry.control import RegistryRow, RegistryRows
from streams.registry.table import Registry
from streams.stored.parts import StoredGroup


class Shard:
    """Judges the entities of one partition of ``counts``.

    Parameters
    ----------
    number
        The partition.
    config
        The configuration.
    inspect
        What a close must report in addition to the alerts.
    shelf
        Keeps what waits for a lane; None means in memory.

    Attributes
    ----------
    registry
        What control records have declared; all groups share it.
    groups
        Its groups of sources, by name.
    position
        Next counts offset to be read.
    reached
        Counts offset through which the state is complete. After a restart `position` lies
        before it: totals of buckets that were open are read again, which changes nothing.
    era
        The epoch of its feeds, and what its state was warmed by.
    unknown_sources
        Sources in ``counts`` that the configuration does not name.
    """

    def __init__(
        self,
        number: int,
        config: Config,
        inspect: Inspect = Inspect(),  # noqa: B008 (frozen)
        shelf: Shelf | None = None,
    ) -> None:
        self.number = number
        self.registry = Registry()
        self.groups = {
            name: Group(name, sources, config, number, inspect, shelf, self.registry)
            for name, sources in config.groups.items()
        }
        self._group_of = {
            source.name: name for name, sources in config.groups.items() for source in sources
        }
        self.position = 0
        self.reached = 0
        self.unknown_sources: set[str] = set()
        self.era = Era()
        states = {
            n: StoredGroup(g.state, g.parts(), g.misuse.paged()) for n, g in self.groups.items()
        }
        self._checkpoints = Checkpoints(number, states, self.registry)

    def take(self, offset: int, counts: Counts, written_s: float | None = None) -> list[Published]:
        """Take a counts record; return the alerts it leads to: all that `turns` gives."""
        return [alert for turn in self.turns(offset, counts, written_s) for alert in turn.alerts]

    def turns(
        self, offset: int, counts: Counts, written_s: float | None = None
    ) -> Iterator[ShardTurn]:
        """Take a counts record, a bucket that it closes a turn.

        Records before `reached` come again after a restart: they fill the open buckets, and lead
        to no alert, since theirs are published and in the checkpoint.
        A source that the configuration does not name is skipped, and its name is kept.

        Parameters
        ----------
        offset
            Its offset in ``counts``.
        counts
            The record.
        written_s
            When it was written; None raises no early alerts.

        Yields
        ------
        ShardTurn
            The alerts that it leads to, in order of publication; often none. Take no other record,
            and no checkpoint, until the last turn is over.
        """
        again = offset < self.reached
        group = self._group(offset, counts)
        if group is not None:
            yield from group.take(offset, counts, None if again else written_s)

    def control(self, offset: int, record: RegistryRows) -> None:
        """Take a control record: it holds for all buckets that are not closed at its place."""
        self.skip(offset)
        self.registry.take(record.rows)

    def close(self, offset: int, counts: Counts) -> Iterator[BucketResult]:
        """Take a counts record as `take` does; yield the result of each bucket that it closes."""
        group = self._group(offset, counts)
        if group is not None:
            yield from group.close(offset, counts)

    def _group(self, offset: int, counts: Counts) -> Group | None:
        self.skip(offset)
        name = self._group_of.get(counts.source)
        if name is None:
            self.unknown_sources.add(counts.source)
            return None
        return self.groups[name]

    def judge(self, group: str, bucket: ClosedBucket) -> BucketResult:
        """Judge a bucket that was closed earlier, such as a recorded one.

        Recorded rows of the registry hold for its group only: another one may have closed other
        buckets when they came. `join` ends that.
        """
        if bucket.declared:
            self._declare(group, bucket.declared)
        return self.groups[group].judge(bucket)

    def _declare(self, group: str, rows: Sequence[RegistryRow]) -> None:
        if len(self.groups) > 1 and self.groups[group].registry is self.registry:
            self.groups[group].registry = self.registry.copy()
        self.groups[group].registry.take(rows)

    def join(self) -> None:
        """Let all groups go on with all rows that one of them has: recorded buckets are over."""
        newest = max((g.registry for g in self.groups.values()), key=lambda known: known.seq)
        self.registry.take_over(newest)
        for group in self.groups.values():
            group.registry = self.registry

    def inspect(self, inspect: Inspect) -> None:
        """Report these things from the next close on; no alert and no checkpoint depends on it."""
        for group in self.groups.values():
            group.inspect = inspect

    def enter(self, era: Era) -> None:
        """Publish alerts as those of an epoch from now on; a checkpoint holds it."""
        self.era = era
        for group in self.groups.values():
            group.enter(era)

    def begin_again(self, moved: Moved = NOTHING_MOVED) -> list[Published]:
        """Begin all feeds at 1 with what is in progress, group by group: see `judges.moves`."""
        return [alert for group in self.groups.values() for alert in group.begin_again(moved)]

    def skip(self, offset: int) -> None:
        """Pass over a counts record."""
        self.position = max(self.position, offset + 1)
        self.reached = max(self.reached, self.position)

    @property
    def buckets_closed(self) -> int:
        """Buckets closed since the shard was made, over all groups."""
        return sum(group.buckets_closed for group in self.groups.values())

    @property
    def first_needed(self) -> int:
        """Counts offset from which a restart must read, given the present state."""
        return min(group.first_needed(self.position) for group in self.groups.values())

    def checkpoint(self) -> Iterator[tuple[bytes, bytes]]:
        """Slots of the present state: see `Checkpoints.slots`."""
        return self._checkpoints.slots(self.reached, self.first_needed, self.era)

    def outdated(self) -> Iterator[list[bytes]]:
        """Keys of older checkpoints: see `Checkpoints.outdated`."""
        return self._checkpoints.outdated(self.reached)

    def restore(self, slots: Mapping[bytes, bytes]) -> bool:
        """Take the farthest complete checkpoint, if there is one: see `Checkpoints.restore`."""
        head = self._checkpoints.restore(slots)
        if head is None:
            return False
        self.enter(head.era)
        self.reached = head.reached
        # The records between the two are read again: they hold totals of buckets that were open.
        self.position = head.first_needed
        return True
