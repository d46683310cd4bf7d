"""Judges the buckets of an archive again, by the functions that run online."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from streams.analysis.shards import OnAlert, OnBucket, ReplaySummary, Shards, ignore
from streams.archive.manifest import Manifest, misfits
from streams.archive.read.buckets import RecordedBucket
from streams.config.model import Config
from streams.detection.context.bucket import Inspect


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
    inspect
        What the closes have to report beside the alerts.

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
        inspect: Inspect = Inspect(),  # noqa: B008 (frozen)
    ) -> None:
        problems = misfits(manifest, config)
        if problems:
            raise CountsDiffer(problems)
        self.shards = Shards(config, inspect)

    def run(
        self,
        buckets: Iterable[RecordedBucket],
        on_alert: OnAlert,
        on_progress: Callable[[], None] = lambda: None,
        on_bucket: OnBucket = ignore,
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
        on_bucket
            Gets what became of each bucket, before its revisions.
        """
        began = time.perf_counter()
        summary = ReplaySummary()
        self.shards.begin(on_alert)
        for recorded in buckets:
            self.judge(recorded, on_alert, on_bucket)
            on_progress()
        self.shards.sum_up(summary)
        summary.wall_s = round(time.perf_counter() - began, 3)
        return summary

    def judge(
        self, recorded: RecordedBucket, on_alert: OnAlert, on_bucket: OnBucket = ignore
    ) -> None:
        """Judge only the next bucket: so several replays can share one reading."""
        shard_group, bucket = recorded
        self.shards.judge(shard_group.shard, shard_group.group, bucket, on_alert, on_bucket)
