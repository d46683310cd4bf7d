"""Judges the buckets of an archive again, by the functions that run online."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from streams.analysis.shards import OnAlert, ReplaySummary, Shards
from streams.archive.manifest import Manifest, misfits
from streams.archive.read.buckets import RecordedBucket
from streams.config.model import Config
from streams.detection.bucket_result import OnClose, untold
from streams.detection.watched_entity import Watcher, unwatched


class CountsDiffer(Exception):
    """The configuration would count otherwise than the archive was counted; see `problems`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ArchiveReplay:
    """A replay of recorded closed buckets.

    Parameters
    ----------
    config
        The configuration. Settings of what happens after the count may differ from the recording's.
    manifest
        How the buckets were counted.
    watcher
        Says which entity of each stream to follow, if any.
    on_close
        Gets every closed bucket.

    Attributes
    ----------
    shards
        Judge the buckets.

    Raises
    ------
    CountsDiffer
        If the configuration counts otherwise: that needs the raw events.
    """

    def __init__(
        self,
        config: Config,
        manifest: Manifest,
        *,
        watcher: Watcher = unwatched,
        on_close: OnClose = untold,
    ) -> None:
        problems = misfits(manifest, config)
        if problems:
            raise CountsDiffer(problems)
        self.shards = Shards(config, watcher, on_close)

    def run(
        self,
        buckets: Iterable[RecordedBucket],
        on_alert: OnAlert,
        on_progress: Callable[[], None] = lambda: None,
    ) -> ReplaySummary:
        """Judge buckets in their order, and sum up.

        Parameters
        ----------
        buckets
            As `Archive.buckets` gives them.
        on_alert
            Gets every revision in the order of publication.
        on_progress
            Called after each bucket.
        """
        began = time.perf_counter()
        summary = ReplaySummary()
        for recorded in buckets:
            self.judge(recorded, on_alert)
            on_progress()
        self.shards.sum_up(summary)
        summary.wall_s = round(time.perf_counter() - began, 3)
        return summary

    def judge(self, recorded: RecordedBucket, on_alert: OnAlert) -> None:
        """Judge only the next bucket: so several replays can share one reading."""
        shard_group, bucket = recorded
        self.shards.judge(shard_group.shard, shard_group.group, bucket, on_alert)
