"""Recorded buckets in another shape: other shards, fewer levels, larger buckets.

A state is warmed by them as if they had always been counted so. Several archives, such as the parts
of the local one, are read one after the other; what two of them hold counts once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import partial

from streams.archive.facts_counted import facts_missing, wanted_words
from streams.archive.manifest import ArchiveUnusable, Manifest
from streams.archive.read.buckets import RecordedBucket, added, unsharded
from streams.archive.tables import ShardGroup
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.bucket import Buckets
from streams.counts.wire import shard_of
from streams.detection.context.groups import Wider
from streams.detection.context.membership import Parents, members
from streams.detection.merge import ClosedBucket, Sums
from streams.facts.bucket import Facts
from streams.facts.join import joined as joined_facts
from streams.facts.join import of_some
from streams.items import Level
from streams.registry.control import RegistryRow


def unfit(manifest: Manifest, config: Config) -> list[str]:
    """Say why an archive cannot warm a configuration: a line for each reason, none if it can.

    Its raw events are counted for that where its counts do not do.
    """
    problems = [
        f"sources.{name}.kind must be as in the archive; it is another one"
        for name, source in config.sources.items()
        if name in manifest.sources and manifest.sources[name].signal != source.signal
    ]
    counts = unfit_counts(manifest, config)
    if counts and not manifest.events:
        problems += counts
        problems.append(
            "and it holds no events to count anew: `weathervane record ARCHIVE --events` keeps them"
        )
    return problems


def unfit_counts(manifest: Manifest, config: Config) -> list[str]:
    """Say why the counts of an archive do not do for a configuration, as `unfit` does."""
    wanted = set(config.count.levels) - set(manifest.levels)
    problems = [
        f"count.levels must keep to those of the archive, {', '.join(manifest.levels)}; it has no"
        f" counts of {', '.join(sorted(wanted))}"
    ] if wanted else []  # fmt: skip
    return (
        problems
        + [
            f"sources.{name}.bucket must be a multiple of the archive's {was.bucket_s} s;"
            f" got {source.bucket_s} s"
            for name, source in config.sources.items()
            if (was := manifest.sources.get(name)) is not None and source.bucket_s % was.bucket_s
        ]
        + [
            problem
            for name, source in config.sources.items()
            if name in manifest.sources
            for problem in facts_missing(
                name, manifest.sources[name].facts, wanted_words(source.facts)
            )
        ]
    )


@dataclass(slots=True)
class _Gathered:
    """A bucket of the new shape, as far as it has come: its sums, and seconds by source."""

    end: int
    sums: Sums = field(default_factory=dict)
    beyond: Sums = field(default_factory=dict)
    parents: list[Parents] = field(default_factory=list)
    seconds: dict[str, int] = field(default_factory=dict)
    facts: list[Facts] = field(default_factory=list)
    declared: dict[int, RegistryRow] = field(default_factory=dict)


class OtherShape:
    """Turns the recorded buckets of archives into those of a configuration.

    A new bucket comes once all old ones in it have come, of every source of its group that the
    archive holds. One that lacks a part, in a gap, is left out. The first may lack its beginning,
    as that of a monitor does which begins then.

    Parameters
    ----------
    config
        The configuration that they are for.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._levels = set(config.count.levels)
        self._through: dict[str, int] = {}
        self._begun: set[str] = set()
        self._buckets = {
            name: Buckets(sources[0].bucket_s, sources[0].timezone)
            for name, sources in config.groups.items()
        }
        self._open: dict[str, dict[int, _Gathered]] = {name: {} for name in config.groups}

    def buckets(
        self, manifest: Manifest, groups: Collection[str], recorded: Iterable[RecordedBucket]
    ) -> Iterator[RecordedBucket]:
        """Give the buckets of a further archive in the new shape, those of all shards as shard 0.

        Parameters
        ----------
        manifest, groups
            How the archive was counted, and of which groups it has buckets.
        recorded
            What `Archive.buckets` gives.

        Raises
        ------
        ArchiveUnusable
            If an old bucket lies in two new ones.
        """
        held = {
            group: [
                source
                for source in sources
                if source.name in manifest.sources and manifest.sources[source.name].group in groups
            ]
            for group, sources in self._config.groups.items()
        }
        of_old: dict[str, list[Source]] = {}
        for sources in held.values():
            for source in sources:
                of_old.setdefault(manifest.sources[source.name].group, []).append(source)
        for shard_group, bucket in unsharded(recorded):
            touched: dict[str, None] = {}
            for source in of_old.get(shard_group.group, ()):
                if bucket.start >= self._through.get(source.name, bucket.start):
                    self._gather(source, bucket)
                    self._through[source.name] = bucket.end
                    touched[source.group] = None
            for group in touched:
                yield from self._complete(group, [source.name for source in held[group]])

    def _gather(self, source: Source, bucket: ClosedBucket) -> None:
        buckets = self._buckets[source.group]
        start = buckets.start(bucket.start)
        end = buckets.end(start)
        if bucket.end > end:
            raise ArchiveUnusable(
                f"sources.{source.name}.bucket must hold the archive's buckets whole; the one from"
                f" {buckets.label(bucket.start)} ends after {buckets.label(end)}"
            )
        gathered = self._open[source.group].setdefault(start, _Gathered(end))
        seconds = gathered.seconds
        if not any(parents is bucket.parents for parents in gathered.parents):
            gathered.parents.append(bucket.parents)
        seconds[source.name] = seconds.get(source.name, 0) + bucket.end - bucket.start
        gathered.declared |= {row.seq: row for row in bucket.declared}
        own, levels = source.name, self._levels
        gathered.facts.append(
            of_some(
                bucket.facts,
                lambda name, level, _: name == own and level in levels,
                lambda name: name == own,
            )
        )
        for gathered_sums, sums in ((gathered.sums, bucket.sums), (gathered.beyond, bucket.beyond)):
            for (name, level), counts in sums.items():
                if name == source.name and level in self._levels:
                    before = gathered_sums.get((name, level), {})
                    gathered_sums[name, level] = added(before, counts)

    def _complete(self, group: str, sources: list[str]) -> Iterator[RecordedBucket]:
        through = min(self._through.get(name, 0) for name in sources)
        opened = self._open[group]
        for start in sorted(opened):
            gathered = opened[start]
            if gathered.end > through:
                return
            del opened[start]
            first = group not in self._begun
            self._begun.add(group)
            if first or all(gathered.seconds.get(name) == gathered.end - start for name in sources):
                parents = _joined(gathered.parents)
                facts, beyond = joined_facts(gathered.facts), gathered.beyond
                rows = [gathered.declared[seq] for seq in sorted(gathered.declared)]
                bucket = ClosedBucket(
                    start, gathered.end, gathered.sums, parents, beyond, facts, rows
                )
                yield RecordedBucket(ShardGroup(0, group), bucket)


def split(bucket: ClosedBucket, shards: int) -> list[ClosedBucket]:
    """Split a bucket into those of the shards, as counts are split: all get what was beyond."""
    if shards == 1:
        return [bucket]
    sums = _split(bucket.sums, shards)
    return [
        bucket._replace(
            sums=sums[n],
            parents=_OfShard(bucket.parents, n, shards),
            facts=of_some(bucket.facts, partial(_is_of_shard, n, shards), partial(_is_first, n)),
        )
        for n in range(shards)
    ]


def _is_of_shard(shard: int, shards: int, _: str, level: Level, name: str) -> bool:
    return shard_of(level, name, shards) == shard


def _is_first(shard: int, _: str) -> bool:
    return shard == 0


def _split(sums: Mapping[tuple[str, Level], Mapping[str, int]], shards: int) -> list[Sums]:
    parts: list[Sums] = [{} for _ in range(shards)]
    for (source, level), counts in sums.items():
        for name, count in counts.items():
            of_shard = parts[shard_of(level, name, shards)]
            of_shard.setdefault((source, level), {})[name] = count
    return parts


def _joined(parents: list[Parents]) -> Parents:
    return parents[0] if len(parents) == 1 else _Joined(parents)


class _Joined(Mapping[str, set[Wider]]):
    """What senders belong to, over several buckets."""

    def __init__(self, parts: list[Parents]) -> None:
        self._parts = parts

    def __getitem__(self, sender: str) -> set[Wider]:
        found = [names for part in self._parts if (names := part.get(sender)) is not None]
        if not found:
            raise KeyError(sender)
        return set().union(*found)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(sender for part in self._parts for sender in part))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def members(self, wider: Set[Wider]) -> set[str]:
        """See `streams.detection.context.membership.members`."""
        return {sender for part in self._parts for sender in members(part, wider)}


class _OfShard(Mapping[str, set[Wider]]):
    """What the senders of one shard belong to."""

    def __init__(self, parents: Parents, shard: int, shards: int) -> None:
        self._parents, self._shard, self._shards = parents, shard, shards

    def _here(self, sender: str) -> bool:
        return shard_of("sender", sender, self._shards) == self._shard

    def __getitem__(self, sender: str) -> set[Wider]:
        if not self._here(sender):
            raise KeyError(sender)
        return self._parents[sender]

    def __iter__(self) -> Iterator[str]:
        return filter(self._here, self._parents)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def members(self, wider: Set[Wider]) -> set[str]:
        """See `streams.detection.context.membership.members`."""
        return set(filter(self._here, members(self._parents, wider)))
