"""Replays an archive many times. A small archive is decoded once; bursts can be injected."""

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


class RepeatedReplay:
    """Replays an archive under different settings, and gives the alerts of each.

    Parameters
    ----------
    archive
        The archive.
    data, name
        The configuration in force as TOML tables, and its name in error messages.
    on_bucket
        Called after each judged bucket.

    Attributes
    ----------
    since_s, until_s
        The span of the archive, epoch s.

    Raises
    ------
    ArchiveUnusable
        If a file of the archive is damaged.
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
        """The buckets of the archive, with the injected bursts if it is held in memory."""
        return self._archive.buckets() if self._held is None else self._held

    def missing(self, entities: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Give those of these levels and entities that have no count in the archive."""
        left = set(entities)
        for recorded in self.recorded():
            for (_, level), counts in recorded.bucket.sums.items():
                left -= {one for one in left if one[0] == level and one[1] in counts}
        return left

    def inject(self, injection: Injection) -> None:
        """Inject bursts into all later replays."""
        if self._held is None:
            self._injection = injection
        else:
            self._held = list(injection.into(self._held))

    def __call__(self, settings: Settings, until_s: float) -> Sequence[Life]:
        """Replay the buckets that end by `until_s`, and give their alerts."""
        config = parse_config(merged(self._data, settings), self._name)
        gc.collect()  # frees the last replay's state, which is a reference cycle
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
