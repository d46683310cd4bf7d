"""Complaints of a group against its sends, level by level."""

from __future__ import annotations

from collections.abc import Callable

from streams.alerts.lifecycle import Rules
from streams.config.detect import BurstTable
from streams.detection.context.budget import Budget
from streams.detection.judges.complaint_rate import Flags, RateStream
from streams.detection.judges.volume import Stream
from streams.detection.open_alerts import Change
from streams.detection.signals import Signal
from streams.detection.watched_entity import Watch
from streams.items import Level


class Rates:
    """All levels' complaint rates of a group.

    They begin with the first complaint: a group whose complaints nobody records has none.

    Parameters
    ----------
    group
        The group of sources.
    bucket_s
        Bucket size in seconds.
    rules
        When alerts begin and end.
    budgets
        False alerts a day that each level may cost; the levels, the narrowest last.
    watch
        Whom each level tells of, if anybody.
    burst
        As `RateStream` takes it.
    """

    def __init__(
        self,
        group: str,
        bucket_s: int,
        rules: Rules,
        budgets: dict[Level, Budget],
        watch: Callable[[Level], Watch | None] = lambda level: None,
        burst: BurstTable = BurstTable(),  # noqa: B008 (frozen)
    ) -> None:
        self.streams = {
            level: RateStream(group, level, bucket_s, rules, budget, watch(level), burst)
            for level, budget in budgets.items()
        }
        self._narrowest = list(budgets)[-1]
        self.begun = False

    def judges(self, level: Level, entity: str) -> bool:
        """Whether the rate judged this entity in the last bucket."""
        return self.streams[level].judges(entity)

    def begin(
        self,
        sums: dict[tuple[Signal, Level], dict[str, int]],
        complaints: dict[Level, Stream],
        *,
        lost: bool,
    ) -> dict[Level, Flags]:
        """Take a bucket's sends and complaints; see `RateStream.begin`."""
        self.begun = any(len(other) for other in complaints.values()) or any(
            signal == "complaints" for signal, _ in sums
        )
        if not self.begun:
            return {}
        return {
            level: stream.begin(
                sums.get(("sends", level), {}),
                sums.get(("complaints", level), {}),
                complaints[level],
                lost=lost,
            )
            for level, stream in self.streams.items()
        }

    def skip(self) -> None:
        """Let the bucket pass without a judgement: its complaints were not recorded."""
        for stream in self.streams.values():
            stream.skip()

    def close(
        self, start: int, end: int, onset_start: Callable[[int], int], *, learn: bool
    ) -> list[Change]:
        """Judge and learn the bucket that was begun; see `RateStream.close`."""
        base = self.streams[self._narrowest]
        factor = base.common_factor() if self._narrowest != "all" else 1.0
        return [
            change
            for level, stream in self.streams.items()
            for change in stream.close(
                start, end, 1.0 if level == "all" else factor, onset_start, learn=learn
            )
        ]
