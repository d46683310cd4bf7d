"""Puts bursts of known size and time into real closed buckets, so that they have labels.

`drawing.py` draws the bursts. This module says what a burst is, and puts it into the buckets.

Two kinds, in turn. *Added*: on top of what a sender counts come, in each bucket of the burst,
some times what it usually counts, weighed by how much its whole source counts in that bucket,
drawn from a negative binomial. *Kept*: a sender's counts are thinned everywhere, each kept with
a chance of 1 in ratio, but for the burst, which is left as it was: real counts with their real
clumps. What comes and goes does so for the sender's roll-ups, too, as far as they are of its
messages in that source: see `name_shares.py`.

Pure: the same bursts and buckets, the same buckets with bursts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from streams.analysis.labels.windows import Window
from streams.archive.read.buckets import RecordedBucket
from streams.archive.tables import ShardGroup
from streams.detection.context.groups import Wider
from streams.detection.context.membership import Parents, members
from streams.items import Level


class Change(NamedTuple):
    """What comes to an entity's count in a bucket, or goes; of a sender, what it belongs to."""

    source: str
    level: Level
    entity: str
    added: int
    parents: frozenset[Wider] = frozenset()


@dataclass(frozen=True, slots=True)
class Burst:
    """An injected burst; times in epoch s.

    `usual` is what its sender counts in a bucket without it, `ratio` how many times that come
    with it: both as it was when the burst began.
    """

    signal: str
    sender: str
    start: int
    end: int
    ratio: float
    usual: float
    kept: bool

    @property
    def window(self) -> Window:
        """Its label."""
        how = "kept while the rest was thinned" if self.kept else "added"
        note = f"injected: {self.ratio:.3g} times {self.usual:.3g} a bucket, {how}"
        return Window(
            "sender", self.sender, self.signal, self.start, self.end, note=note, kind="injected"
        )


@dataclass(frozen=True, slots=True)
class Injection:
    """Bursts, and what they change.

    Attributes
    ----------
    bursts
        In order of time.
    changes
        By place and start of the bucket.
    """

    bursts: tuple[Burst, ...]
    changes: Mapping[tuple[ShardGroup, int], Sequence[Change]]

    def into(self, buckets: Iterable[RecordedBucket]) -> Iterator[RecordedBucket]:
        """The same buckets with the bursts; they themselves stay as they are."""
        for recorded in buckets:
            changes = self.changes.get((recorded.shard_group, recorded.bucket.start))
            yield recorded if changes is None else _changed(recorded, changes)


class _Parents(Mapping[str, set[Wider]]):
    """What a bucket's senders belong to, including senders that count in it only by a burst."""

    def __init__(self, own: Parents, added: Mapping[str, set[Wider]]) -> None:
        self._own, self._added = own, added

    def __getitem__(self, sender: str) -> set[Wider]:
        if sender not in self._added:
            return self._own[sender]
        return self._added[sender] | self._own.get(sender, set())

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._own, *self._added]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def members(self, wider: Set[Wider]) -> set[str]:
        """See `streams.detection.context.membership.members`."""
        added = {sender for sender, names in self._added.items() if not names.isdisjoint(wider)}
        return added | members(self._own, wider)


def _changed(recorded: RecordedBucket, changes: Sequence[Change]) -> RecordedBucket:
    bucket = recorded.bucket
    added: dict[tuple[str, Level], Counter[str]] = defaultdict(Counter)
    parents: dict[str, set[Wider]] = {}
    for change in changes:
        added[change.source, change.level][change.entity] += change.added
        if change.parents:
            parents[change.entity] = set(change.parents)
    sums = dict(bucket.sums)
    for key, extra in added.items():
        counts = dict(sums.get(key, {}))
        for name, count in extra.items():
            counts[name] = counts.get(name, 0) + count
            if not counts[name]:
                del counts[name]
        sums[key] = counts
    if parents:
        bucket = bucket._replace(parents=_Parents(bucket.parents, parents))
    return recorded._replace(bucket=bucket._replace(sums=sums))
