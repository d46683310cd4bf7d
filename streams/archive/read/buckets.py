"""Tables of recorded counts back to closed buckets, and the shards of a bucket as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from streams.archive.tables import ShardGroup
from streams.detection.context.groups import Wider
from streams.detection.context.membership import Parents, members
from streams.detection.merge import ClosedBucket, Sums
from streams.facts.join import joined as joined_facts
from streams.items import PARENT_LEVELS, Level
from streams.names.canonical import form_of_stored

Epochs = npt.NDArray[np.int64]


class RecordedBucket(NamedTuple):
    """A closed bucket of an archive, and the shard and group in which it was closed."""

    shard_group: ShardGroup
    bucket: ClosedBucket


class RecordedParents(Mapping[str, set[Wider]]):
    """What a bucket's senders belong to, over all sources; looked up only when it is asked for.

    Examples
    --------
    >>> parents = RecordedParents()
    >>> nothing = {level: pa.nulls(1, pa.list_(pa.string())) for level in PARENT_LEVELS}
    >>> names = pa.table({**nothing, "platform": [["Mall"]]})
    >>> parents.add(["a"], names)
    >>> parents["a"], parents.get("b"), parents.members({("platform", "Mall")})
    ({('platform', 'Mall')}, None, {'a'})
    """

    def __init__(self) -> None:
        self._tables: list[tuple[Sequence[str], pa.Table]] = []
        self._rows: list[dict[str, int]] | None = None

    def add(self, senders: Sequence[str], rows: pa.Table) -> None:
        """Add senders, with their rows of the table of counts; one may stand there again."""
        levels = [level for level in PARENT_LEVELS if level in rows.column_names]
        named = [level for level in levels if rows[level].null_count < len(senders)]
        if not named:
            return
        rows = rows.select(named)
        if len(set(senders)) < len(senders):
            first = {sender: row for row, sender in reversed(list(enumerate(senders)))}
            again = [row for row, sender in enumerate(senders) if first[sender] != row]
            self.add([senders[row] for row in again], rows.take(pa.array(again)))
            kept = sorted(first.values())
            senders, rows = [senders[row] for row in kept], rows.take(pa.array(kept))
        self._tables.append((senders, rows.combine_chunks()))

    def joined(self, other: RecordedParents) -> RecordedParents:
        """Join it with those of another part of the bucket."""
        self._tables += other._tables
        self._rows = None
        return self

    def _row_numbers(self) -> list[dict[str, int]]:
        if self._rows is None:
            self._rows = [
                {sender: row for row, sender in enumerate(senders)} for senders, _ in self._tables
            ]
        return self._rows

    def __getitem__(self, sender: str) -> set[Wider]:
        names: set[Wider] = set()
        for numbers, (_, rows) in zip(self._row_numbers(), self._tables, strict=True):
            if sender in numbers:
                for level in rows.column_names:
                    found = rows[level][numbers[sender]].as_py() or ()
                    names.update((level, form_of_stored(name)) for name in found)
        if not names:
            raise KeyError(sender)
        return names

    def __iter__(self) -> Iterator[str]:
        names = dict.fromkeys(sender for senders, _ in self._tables for sender in senders)
        return (sender for sender in names if sender in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, sender: object) -> bool:
        return isinstance(sender, str) and bool(self.get(sender))

    def __bool__(self) -> bool:
        return bool(self._tables)

    def members(self, wider: Set[Wider]) -> set[str]:
        """See `streams.detection.context.membership.members`."""
        found: set[str] = set()
        for level in PARENT_LEVELS:
            names = {name for of_level, name in wider if of_level == level}
            for senders, rows in self._tables if names else ():
                if level not in rows.column_names:
                    continue
                column = rows[level].combine_chunks()
                flat = pc.list_flatten(column)
                stored = pc.unique(flat).to_pylist()
                wanted = [name for name in stored if form_of_stored(name) in names]
                matches = pc.is_in(flat, value_set=pa.array(wanted, pa.string()))
                numbers = pc.filter(pc.list_parent_indices(column), matches)
                found.update(senders[number] for number in numbers.to_pylist())
        return found


def split_by_bucket(table: pa.Table) -> Iterator[tuple[int, Sums, RecordedParents]]:
    """Split a table of counts into its buckets: the start in epoch s, the sums, the parents."""
    if table.num_rows == 0:
        return
    bucket = epochs(table, "bucket")
    source, level = _dictionary(table, "source"), _dictionary(table, "level")
    changes = (np.diff(bucket) != 0) | (np.diff(source.codes) != 0) | (np.diff(level.codes) != 0)
    cuts = [0, *(np.flatnonzero(changes) + 1).tolist(), table.num_rows]
    ids, counts = _dictionary(table, "id"), table["count"].to_numpy()
    # Earlier versions stored ids as they came: several may be one today.
    names = np.array(list(map(form_of_stored, ids.names)), dtype=object)
    start: int | None = None
    sums: Sums = {}
    parents = RecordedParents()
    for first, end in pairwise(cuts):
        if bucket[first] != start:
            if start is not None:
                yield start, sums, parents
            start, sums, parents = int(bucket[first]), {}, RecordedParents()
        entities = names[ids.codes[first:end]].tolist()
        level_name: Level = level.names[level.codes[first]]
        sums[source.names[source.codes[first]], level_name] = _summed(
            entities, counts[first:end].tolist()
        )
        if level_name == "sender":
            parents.add(entities, table.slice(first, end - first))
    assert start is not None
    yield start, sums, parents


def added(counts: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    """Add up counts by entity.

    Examples
    --------
    >>> added({"a": 1, "b": 2}, {"b": 3, "c": 4})
    {'a': 1, 'b': 5, 'c': 4}
    """
    out = {**counts, **others}
    if len(out) < len(counts) + len(others):
        for name, count in counts.items():
            if name in others:
                out[name] += count
    return out


def joined_sums(sums: Sums, others: Sums) -> Sums:
    """Add the sums of another part of a bucket."""
    for key, counts in others.items():
        # An entity is in one part only, but earlier versions had several names for it.
        sums[key] = added(sums.get(key, {}), counts)
    return sums


def _summed(entities: Sequence[str], counts: Sequence[int]) -> dict[str, int]:
    """Counts by entity; those of an entity that stands there more than once are added."""
    out = dict(zip(entities, counts, strict=True))
    if len(out) < len(entities):
        out = dict.fromkeys(out, 0)
        for entity, count in zip(entities, counts, strict=True):
            out[entity] += count
    return out


def epochs(table: pa.Table, name: str) -> Epochs:
    """Give a column of instants in epoch s: Parquet stores nothing coarser than milliseconds."""
    column: Epochs = table[name].cast(pa.timestamp("s", "UTC")).cast(pa.int64()).to_numpy()
    return column


class _Dictionary(NamedTuple):
    names: list[str]
    codes: npt.NDArray[np.int32]


def _dictionary(table: pa.Table, name: str) -> _Dictionary:
    column = table[name].unify_dictionaries().combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0)
    return _Dictionary(column.dictionary.to_pylist(), column.indices.to_numpy())


def unsharded(buckets: Iterable[RecordedBucket]) -> Iterator[RecordedBucket]:
    """Give each bucket of a group once, as if there were one shard, 0.

    A sender's platform may be counted in another shard than the sender.

    Parameters
    ----------
    buckets
        As `Archive.buckets` gives them: the shards of a bucket one after the other.
    """
    for (group, _), recorded in groupby(
        buckets, lambda recorded: (recorded.shard_group.group, recorded.bucket.start)
    ):
        shards = [each.bucket for each in recorded]
        yield RecordedBucket(
            ShardGroup(0, group), shards[0] if len(shards) == 1 else _joined(shards)
        )


def _joined(shards: Sequence[ClosedBucket]) -> ClosedBucket:
    sums: Sums = {}
    for bucket in shards:
        joined_sums(sums, bucket.sums)
    parents = _JoinedParents([bucket.parents for bucket in shards])
    beyond = {key: counts for bucket in shards for key, counts in bucket.beyond.items()}
    facts = joined_facts([bucket.facts for bucket in shards])
    # All shards get the same rows, but not in the same bucket: they hold from the first one on.
    rows = {row.seq: row for bucket in shards for row in bucket.declared}
    declared = [rows[seq] for seq in sorted(rows)]
    return ClosedBucket(shards[0].start, shards[0].end, sums, parents, beyond, facts, declared)


class _JoinedParents(Mapping[str, set[Wider]]):
    """What the senders of all shards belong to."""

    def __init__(self, shards: Sequence[Parents]) -> None:
        self._shards = shards

    def __getitem__(self, sender: str) -> set[Wider]:
        found = [names for parents in self._shards if (names := parents.get(sender)) is not None]
        if not found:
            raise KeyError(sender)
        return set().union(*found)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(sender for parents in self._shards for sender in parents))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def members(self, wider: Set[Wider]) -> set[str]:
        """See `streams.detection.context.membership.members`."""
        return {sender for parents in self._shards for sender in members(parents, wider)}
