"""An archive judged again and again: decoded once where it is small, with bursts where wanted."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from streams.alerts.cloudevent import Envelope, decode_event
from streams.alerts.history import Life, lives
from streams.analysis.archive_replay import ArchiveReplay
from streams.analysis.injection.bursts import Injection
from streams.analysis.tuning.space import Settings, merged
from streams.archive.read.buckets import RecordedBucket
from streams.archive.read.reader import Archive
from streams.config.load import parse_config

HELD_ROWS = 5_000_000
"""Largest number of counts of an archive that is held in memory: about 150 bytes each."""


class Judging:
    """An archive, and what any settings would have alerted in it.

    Parameters
    ----------
    archive
        The archive.
    data, name
        The configuration in force as it was read, and what its problems call it.
    on_bucket
        Called after each bucket that is judged.

    Attributes
    ----------
    since_s, until_s
        What it holds, epoch s.

    Raises
    ------
    ArchiveUnusable
        Where a file of the archive is damaged.
    """

    def __init__(
        self,
        archive: Archive,
        data: Mapping[str, Any],
        name: str,
        on_bucket: Callable[[], None] = lambda: None,
    ) -> None:
        self._archive, self._data, self._name, self._on_bucket = archive, data, name, on_bucket
        self._held: list[RecordedBucket] | None = None
        self._injection: Injection | None = None
        if archive.rows <= HELD_ROWS:
            self._held = list(archive.buckets())
        self.since_s, self.until_s = float(archive.first_s), 0.0
        for recorded in self.recorded():
            self.until_s = max(self.until_s, float(recorded.bucket.end))

    def recorded(self) -> Iterable[RecordedBucket]:
        """Its buckets as they were recorded."""
        return self._archive.buckets() if self._held is None else self._held

    def missing(self, entities: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these levels and entities never count in it."""
        left = set(entities)
        for recorded in self.recorded():
            for (_, level), counts in recorded.bucket.sums.items():
                left -= {one for one in left if one[0] == level and one[1] in counts}
        return left

    def inject(self, injection: Injection) -> None:
        """Have bursts in all that is judged from now on."""
        if self._held is None:
            self._injection = injection
        else:
            self._held = list(injection.into(self._held))

    def __call__(self, settings: Settings, until_s: float) -> Sequence[Life]:
        """Judge it until a time: no later bucket is looked at."""
        config = parse_config(merged(self._data, settings), self._name)
        gc.collect()  # the last replay's state is a cycle: without, two are in memory at once
        revisions: list[Envelope] = []
        buckets = self.recorded()
        if self._injection is not None:
            buckets = self._injection.into(buckets)
        # Buckets come in order of their ends.
        ArchiveReplay(config, self._archive.manifest).run(
            takewhile(lambda recorded: recorded.bucket.end <= until_s, buckets),
            lambda alert: revisions.append(decode_event(alert.value)),
            self._on_bucket,
        )
        return lives(revisions)
