"""What the judges of all signals have in common: the steps in which they take a closed bucket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np

from detectors.state import State
from streams.alerts.lifecycle import AlertChange, Rules
from streams.config.detect import BesideTable, BurstTable
from streams.detection.bucket_result import Forecast
from streams.detection.context.bucket import (
    F8,
    BucketContext,
    Claims,
    CommonFactor,
    Flags,
    Flood,
    Rows,
    Stream,
)
from streams.detection.context.budget import Budget
from streams.detection.judges.entities import Entities
from streams.detection.signals import Signal
from streams.items import Level
from streams.series.record import FullRow, SeriesBlock


class JudgeSettings(msgspec.Struct, frozen=True):
    """What a judge is made from.

    Attributes
    ----------
    level, signal
        What it judges.
    narrowest
        Whether no narrower level is counted: the common factor is found at this one.
    bucket_s, timezone
        The group's buckets; days are those of the time zone.
    rules
        When alerts begin and end.
    budget
        False alerts a day that it may cost.
    burst
        How entities that have counted before are judged.
    beside
        Tables of the detectors beside ours.
    """

    level: Level
    signal: Signal
    narrowest: bool
    bucket_s: int
    timezone: str
    rules: Rules
    budget: Budget
    burst: BurstTable
    beside: Sequence[BesideTable] = ()


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge has prepared, as far as other judges need it.

    Attributes
    ----------
    factor
        Common factor of its signal, where it is the judge that finds it.
    claims
        What it takes over from the judge of the signal whose events it is about.
    """

    factor: CommonFactor | None = None
    claims: Claims | None = None


NO_ROWS = frozenset[int]()


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge found in a bucket.

    Attributes
    ----------
    changes
        Alerts that it opened, changed or ended.
    forecast
        What it judged the known entities by, where that was asked for.
    prevented
        Entities that would have an alert without the calendar.
    flooded
        Floods of newcomers that last in the bucket.
    """

    changes: list[AlertChange]
    forecast: Forecast | None = None
    prevented: Sequence[str] = ()
    flooded: Sequence[Flood] = ()


class Judge(Protocol):
    """Judges the entities of one level by one signal.

    For each closed bucket the panel calls `prepare`, then `judge` or `skip`, then `learn`. All
    judges finish a step before the next step begins. A bank judges and learns in one pass over its
    rows, because that is fast; `learn` is only for what must wait until all alerts are known.
    """

    signal: Signal
    level: Level
    state: State
    numbers: int
    """How many numbers it remembers of a row that leaves."""

    def holds(self) -> Flags:
        """Flags of the rows that must not leave yet, however long they have been silent."""
        ...

    def remember(self, rows: Rows) -> F8:
        """What is worth remembering of rows that leave: `numbers` of each, a column a row."""
        ...

    def recall(self, names: Sequence[str], numbers: F8) -> None:
        """Add rows that had left and count in the bucket to come, by what was remembered."""
        ...

    def prepare(self, bucket: BucketContext) -> Prepared:
        """Work out how the bucket will be judged; factors and claims are not known yet."""
        ...

    def judge(self, bucket: BucketContext, prepared: Any) -> Any:
        """Judge the bucket, and follow the open alerts through it; gives a `Judged`."""
        ...

    def skip(self, bucket: BucketContext, prepared: Any) -> None:
        """Pass a bucket whose events are lost, without judging it."""
        ...

    def learn(self, bucket: BucketContext, judged: Any) -> None:
        """Learn what must wait until all alerts of the bucket are known."""
        ...

    def watched(self, bucket: BucketContext, judged: Any) -> Sequence[FullRow]:
        """All figures of the entities that are watched, as far as it knows them."""
        ...

    def block(self, bucket: BucketContext, judged: Any) -> SeriesBlock | None:
        """Who counted, but for those that `watched` reports; None where nobody asked."""
        ...


def from_row(rows: int, first: int | None) -> Flags:
    """Flags of the rows from one row on; None: of no row."""
    return np.arange(rows) >= (rows if first is None else first)


AllEntities = Mapping[Stream, Entities]
"""Entities of all streams of a group."""

MakeJudges = Callable[[JudgeSettings, AllEntities], list[Judge]]
"""Makes the judges of a stream; what the table of signals names."""
