"""Judging an archive anew, by the functions that run online."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from streams.analysis.shards import OnAlert, ReplaySummary, Shards
from streams.archive.manifest import Manifest, misfits
from streams.archive.read.reader import Recorded
from streams.config.model import Config
from streams.detection.bucket_result import OnClose, untold
from streams.detection.watched_entity import Watcher, unwatched


class Misfit(Exception):
    """The configuration would count otherwise than the archive was; `problems` say where."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ArchiveReplay:
    """A replay of recorded closed buckets.

    Parameters
    ----------
    config
        The configuration; only what is decided after the count may differ from the recording's.
    manifest
        What the buckets were counted by.
    watcher
        Whom each stream is to tell of, if anybody.
    on_close
        Is told of every closed bucket.

    Attributes
    ----------
    shards
        What judges them.

    Raises
    ------
    Misfit
        Where the configuration counts otherwise: that needs the raw events.
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
            raise Misfit(problems)
        self.shards = Shards(config, watcher, on_close)

    def run(
        self,
        buckets: Iterable[Recorded],
        on_alert: OnAlert,
        on_progress: Callable[[], None] = lambda: None,
    ) -> ReplaySummary:
        """Judge buckets in their order.

        Parameters
        ----------
        buckets
            As `Archive.buckets` gives them.
        on_alert
            Gets every revision in order of publication.
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

    def judge(self, recorded: Recorded, on_alert: OnAlert) -> None:
        """Judge the next bucket only: for several replays that share one reading."""
        place, bucket = recorded
        self.shards.judge(place.shard, place.group, bucket, on_alert)
