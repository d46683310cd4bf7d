"""Makes state from recorded weeks, and raises no alert: a monitor that knows its senders.

The recorded buckets go through the judges that run online, so that the state is the one of a
monitor that ran all along. What is in progress at their end begins the feeds: see
`streams.detection.judges.moves`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec
import orjson

from streams.alerts.era import Era
from streams.alerts.identity import EPOCH
from streams.analysis.recount import recounted
from streams.archive.manifest import ArchiveUnusable, Manifest
from streams.archive.read.buckets import RecordedBucket
from streams.archive.read.other_shape import OtherShape, split, unfit, unfit_counts
from streams.archive.read.reader import Archive
from streams.config.model import Config
from streams.detection.merge import ClosedBucket
from streams.detection.shard import Shard


def recorded_for(
    config: Config,
    archives: Sequence[Archive],
    until_s: float | None = None,
    on_note: Callable[[str], None] = lambda note: None,
) -> Iterator[RecordedBucket]:
    """Give the buckets of archives, in their order, in the shape of a configuration.

    Where the counts of an archive do not do, its raw events are counted anew.

    Parameters
    ----------
    config, archives
        The configuration, and the archives, the oldest first. The last must fit; what comes before
        one that does not is left out.
    until_s
        Only buckets that end by this time, epoch s; None means all.
    on_note
        Gets a sentence where something is left out, or counted anew.

    Raises
    ------
    ArchiveUnusable
        If the last archive cannot be brought into this shape.
    """
    shape = OtherShape(config)
    for archive in _fitting(config, archives, on_note):
        manifest, groups, buckets = archive.manifest, archive.groups, archive.buckets()
        lacking = unfit_counts(manifest, config)
        if lacking:
            on_note(f"{archive.root}: its events are counted anew; {'; '.join(lacking)}")
            manifest, groups = Manifest.from_config(config), set(config.groups)
            buckets = recounted(config, archive)
        for recorded in shape.buckets(manifest, groups, buckets):
            if until_s is None or recorded.bucket.end <= until_s:
                yield recorded


def _fitting(
    config: Config, archives: Sequence[Archive], on_note: Callable[[str], None]
) -> Sequence[Archive]:
    for number in reversed(range(len(archives))):
        root, problems = archives[number].root, unfit(archives[number].manifest, config)
        if problems and number == len(archives) - 1:
            raise ArchiveUnusable(f"{root}: {'; '.join(problems)}")
        if problems:
            on_note(f"{root}: it and what is before it is left out; {'; '.join(problems)}")
            return archives[number + 1 :]
    return archives


def warm(
    shards: Sequence[Shard],
    recorded: Iterable[RecordedBucket],
    *,
    epoch: int = EPOCH,
    on_progress: Callable[[], None] = lambda: None,
) -> Era:
    """Judge recorded buckets by new shards, and drop the alerts; return what the feeds begin from.

    Parameters
    ----------
    shards
        All shards of a configuration. They have judged nothing yet.
    recorded
        Buckets of all shards as one, in the configuration's shape.
    epoch
        Epoch of the alerts that open.
    on_progress
        Called after each bucket.
    """
    for shard in shards:
        shard.enter(Era(epoch))
    digest, through = hashlib.blake2b(digest_size=6), 0
    for shard_group, bucket in recorded:
        digest.update(_content(shard_group.group, bucket))
        through = max(through, bucket.end)
        for shard, part in zip(shards, split(bucket, len(shards)), strict=True):
            shard.judge(shard_group.group, part)
            shard.groups[shard_group.group].merge.begin_at(bucket.end)
        on_progress()
    era = Era(epoch, digest.hexdigest() if through else "", through)
    for shard in shards:
        shard.join()
        shard.enter(era)
    return era


def _content(group: str, bucket: ClosedBucket) -> bytes:
    counts: dict[str, Mapping[str, int]] = {}
    for kind, sums in (("", bucket.sums), ("beyond/", bucket.beyond)):
        counts |= {f"{kind}{source}/{level}": found for (source, level), found in sums.items()}
    named = [group, bucket.start, bucket.end, counts]
    if bucket.declared:
        named.append(msgspec.to_builtins(bucket.declared))
    return orjson.dumps(named, option=orjson.OPT_SORT_KEYS)
