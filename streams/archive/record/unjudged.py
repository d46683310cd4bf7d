"""A shard that closes buckets as detect's does, and judges no entity.

What an archive holds of a bucket is told by its counts, and by the judges of the sources, which are
small. So a recorder holds no entity: beside detect it takes little memory and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from detectors.state import State
from streams.config.model import Config
from streams.config.sources import Source
from streams.detection.bucket_result import BucketResult
from streams.detection.checkpoint import Checkpoints
from streams.detection.close import LONGEST_EMPTY_RUN
from streams.detection.merge import Merge
from streams.detection.people.counted import by_reporters, counted_by_reporters
from streams.detection.source_faults.source_judges import SourceJudges
from streams.items import LEVELS, Counts
from streams.registry.control import FirstRows, RegistryRow, RegistryRows
from streams.stored.parts import RowsPart, StoredGroup


class UnjudgedGroup:
    """One group of sources in one shard: merges totals, closes buckets, gives verdicts on sources.

    What it stores has the names that `streams.detection.close.Group` stores it by: a recorder goes
    on from the state of one that judged.

    Parameters
    ----------
    name, sources, config, shard
        As those of `streams.detection.close.Group`.

    Attributes
    ----------
    merge
        Totals of the open buckets.
    state, declared
        What is stored of the group, and of the rows of the registry.
    """

    def __init__(self, name: str, sources: list[Source], config: Config, shard: int) -> None:
        self._name, self._shard = name, shard
        self.merge = Merge(sources)
        levels = [level for level in LEVELS if level in config.count.levels]
        self._sources = SourceJudges(sources, config, levels, shard)
        self._by_reporters = counted_by_reporters(sources)
        self._empty_run = 0
        self.state = State()
        self.state.shared(self, _empty_run=int, _packed_sources=dict[str, bytes])
        self.state.include(merge=self.merge.state)
        self._seq, self._rows = 0, list[RegistryRow]()
        self.declared = State()
        self.declared.shared(self, _seq=int, _rows=list[RegistryRow])

    def declare(self, rows: Iterable[RegistryRow], seq: int = 0) -> None:
        """Take rows that hold from the next bucket that closes on; through a seq all are done."""
        fresh = [row for row in rows if row.seq > self._seq]
        self._rows += fresh
        self._seq = max(self._seq, seq, *(row.seq for row in fresh))

    @property
    def _packed_sources(self) -> dict[str, bytes]:
        return self._sources.pack()

    @_packed_sources.setter
    def _packed_sources(self, packed: dict[str, bytes]) -> None:
        self._sources.unpack(packed)

    def close(self, offset: int, counts: Counts) -> Iterator[BucketResult]:
        """Merge a counts record; give each bucket that it lets close, in order, without alerts."""
        self.merge.add(offset, counts)
        for closed in self.merge.close():
            bucket, self._rows = closed._replace(declared=tuple(self._rows)), []
            self._empty_run = 0 if bucket.sums else self._empty_run + 1
            verdicts = self._sources.close(by_reporters(bucket, self._by_reporters))
            yield BucketResult(self._shard, self._name, bucket, [], verdicts, {})
            if self._empty_run >= LONGEST_EMPTY_RUN and self._sources.all_off(bucket.end):
                self._empty_run += self.merge.pass_empty()


class UnjudgedShard:
    """One partition of ``counts``: its groups, and how far it has come.

    Parameters
    ----------
    number, config
        The partition, and the configuration.

    Attributes
    ----------
    groups
        Its groups of sources, by name.
    position, reached, unknown_sources
        As those of `streams.detection.shard.Shard`.
    """

    def __init__(self, number: int, config: Config) -> None:
        self.number = number
        self.groups = {
            name: UnjudgedGroup(name, sources, config, number)
            for name, sources in config.groups.items()
        }
        self._group_of = {
            source.name: self.groups[name]
            for name, sources in config.groups.items()
            for source in sources
        }
        self.position = self.reached = 0
        self.unknown_sources: set[str] = set()
        stored = {
            name: StoredGroup(group.state, {"declared": RowsPart(group.declared)})
            for name, group in self.groups.items()
        }
        self._checkpoints = Checkpoints(number, stored)

    def close(self, offset: int, counts: Counts) -> Iterator[BucketResult]:
        """Take a counts record; give what became of each bucket that it closes."""
        self.skip(offset)
        group = self._group_of.get(counts.source)
        if group is None:
            self.unknown_sources.add(counts.source)
            return
        yield from group.close(offset, counts)

    def control(self, offset: int, record: RegistryRows) -> None:
        """Take a control record."""
        self.skip(offset)
        self.declare(FirstRows(record.rows, 0))

    def declare(self, rows: FirstRows) -> None:
        """Take rows of the registry, for all groups."""
        for group in self.groups.values():
            group.declare(*rows)

    def skip(self, offset: int) -> None:
        """Pass over a counts record."""
        self.position = max(self.position, offset + 1)
        self.reached = max(self.reached, self.position)

    def checkpoint(self) -> Iterator[tuple[bytes, bytes]]:
        """Give the present state, which takes the place of all earlier ones."""
        open_from = [group.merge.first_needed for group in self.groups.values()]
        needed = min((at for at in open_from if at is not None), default=self.position)
        yield from self._checkpoints.slots(self.reached, needed)
        for _ in self._checkpoints.outdated(self.reached):
            pass  # the new state replaces the old one, so nothing has to be deleted

    def restore(self, slots: Mapping[bytes, bytes]) -> bool:
        """Take a stored state, if there is one: see `Checkpoints.restore`."""
        head = self._checkpoints.restore(slots)
        if head is None:
            return False
        self.reached, self.position = head.reached, head.first_needed
        return True
