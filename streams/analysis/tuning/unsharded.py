"""A bucket's shards as one: a sender's platform may be counted in another shard than it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby

from streams.archive.read.reader import Recorded
from streams.archive.schema import Place
from streams.detection.context.membership import Parents, Wider, members
from streams.detection.merge import ClosedBucket, Sums


def unsharded(buckets: Iterable[Recorded]) -> Iterator[Recorded]:
    """Give each bucket of a group once, as if there were one shard, 0.

    Parameters
    ----------
    buckets
        As `Archive.buckets` gives them: the shards of a bucket one after the other.
    """
    for (group, _), shards in groupby(buckets, lambda one: (one.place.group, one.bucket.start)):
        of = [recorded.bucket for recorded in shards]
        yield Recorded(Place(0, group), of[0] if len(of) == 1 else _together(of))


def _together(of: Sequence[ClosedBucket]) -> ClosedBucket:
    sums: Sums = {}
    for bucket in of:
        for key, counts in bucket.sums.items():
            sums[key] = {**sums.get(key, {}), **counts}  # an entity is in one shard
    return ClosedBucket(of[0].start, of[0].end, sums, _Parents([one.parents for one in of]))


class _Parents(Mapping[str, set[Wider]]):
    """What the senders of all shards belong to."""

    def __init__(self, of: Sequence[Parents]) -> None:
        self._of = of

    def __getitem__(self, sender: str) -> set[Wider]:
        for parents in self._of:
            if (found := parents.get(sender)) is not None:
                return found
        raise KeyError(sender)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(sender for parents in self._of for sender in parents))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def members(self, of: Set[Wider]) -> set[str]:
        """See `streams.detection.context.membership.members`."""
        return {sender for parents in self._of for sender in members(parents, of)}
