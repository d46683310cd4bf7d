"""An archive's raw events counted anew, to closed buckets of any shape.

They warm a monitor of smaller buckets, or of a level that the counts of the archive lack.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from streams.analysis.source_lanes import SourceLanes, absent, declare_idle, furthest_behind
from streams.archive.manifest import Manifest
from streams.archive.read.buckets import RecordedBucket
from streams.archive.read.events import RecordedEvents
from streams.archive.read.reader import Archive
from streams.archive.record.unjudged import UnjudgedShard
from streams.archive.tables import ShardGroup
from streams.config.model import Config
from streams.counts.lane_records import LaneRecords
from streams.items import Counts
from streams.registry.control import RegistryRow


def recounted(config: Config, archive: Archive) -> Iterator[RecordedBucket]:
    """Count the events of an archive by a configuration; give its buckets, as those of one shard.

    What was open when the recording stopped is left out: a bucket comes if its counts are recorded
    too, and an event of its group came after it.

    Parameters
    ----------
    config, archive
        The configuration, and an archive with raw events.

    Raises
    ------
    streams.archive.manifest.ArchiveUnusable
        If a file is damaged.
    """
    through = _closed_through(config, archive.manifest, archive.through())
    found = {name: RecordedEvents(archive.root, name) for name in config.sources}
    events = {name: of for name, of in found.items() if of.lanes}
    return _with_rows(_counted(config, events, through), _declared(config, archive))


def _declared(config: Config, archive: Archive) -> dict[str, deque[tuple[int, RegistryRow]]]:
    """Read what was declared, by the configuration's groups: a row holds from when one had it."""
    was, declared = archive.manifest.sources, dict[str, deque[tuple[int, RegistryRow]]]()
    for name, sources in config.groups.items():
        found: dict[int, tuple[int, RegistryRow]] = {}
        for group in sorted({was[one.name].group for one in sources if one.name in was}):
            for start, row in archive.declared(group):
                first, _ = found.setdefault(row.seq, (start, row))
                found[row.seq] = min(first, start), row
        declared[name] = deque(found[seq] for seq in sorted(found))
    return declared


def _with_rows(
    buckets: Iterable[RecordedBucket], declared: Mapping[str, deque[tuple[int, RegistryRow]]]
) -> Iterator[RecordedBucket]:
    """Let each row hold from the bucket on in which the recorded one begins."""
    for shard_group, bucket in buckets:
        waiting, rows = declared[shard_group.group], list[RegistryRow]()
        while waiting and waiting[0][0] < bucket.end:
            rows.append(waiting.popleft()[1])
        yield RecordedBucket(shard_group, bucket._replace(declared=rows) if rows else bucket)


def _closed_through(config: Config, was: Manifest, through: Mapping[str, int]) -> dict[str, int]:
    """Say until when the buckets of each group are over: for all its sources that were recorded.

    Parameters
    ----------
    config
        The configuration. Its groups may be others than the archive's.
    was, through
        How the archive was counted, and until when each of its groups is recorded, epoch s.

    Returns
    -------
    dict
        Epoch s, by group; a group of which nothing is recorded is not there.
    """
    ends = {
        name: [
            through[was.sources[source.name].group]
            for source in sources
            if source.name in was.sources and was.sources[source.name].group in through
        ]
        for name, sources in config.groups.items()
    }
    return {name: min(of_group) for name, of_group in ends.items() if of_group}


def _counted(
    config: Config, events: Mapping[str, LaneRecords], through: Mapping[str, int]
) -> Iterator[RecordedBucket]:
    shard = UnjudgedShard(0, config)
    sources = [SourceLanes(config.sources[name], of, config.count.levels)
               for name, of in events.items()]  # fmt: skip

    def close(counts: Counts) -> Iterator[RecordedBucket]:
        for result in shard.close(shard.position, counts):
            if result.bucket.end <= through.get(result.group, 0):
                yield RecordedBucket(ShardGroup(0, result.group), result.bucket)

    for idle in absent(config, sources):
        yield from close(idle)
    while lanes := furthest_behind(sources):
        lanes.read()
        lanes.rejects.clear()
        for _, counts in lanes.flush(1):
            yield from close(counts)
    for name, of_group in config.groups.items():
        names = {source.name for source in of_group}
        last = [lanes for lanes in sources if lanes.source.name in names]
        for lanes in last:
            lanes.finish()
        front = max((lanes.front for lanes in last), default=float("-inf"))
        declare_idle(last, min(front, through.get(name, 0)))
        for lanes in last:
            for _, counts in lanes.flush(1):
                yield from close(counts)
