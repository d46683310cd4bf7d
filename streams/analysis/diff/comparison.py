"""All that a comparison of two configurations tells, to be shown or written as JSON. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from streams.alerts.history import Life
from streams.analysis.diff.matching import Diff, Pair
from streams.analysis.labels.outcome import Score
from streams.config.model import Config
from streams.counts.bucket import Buckets


@dataclass(frozen=True, slots=True)
class AlertTally:
    """How many alerts there are, those on sources under the level ``source``."""

    alerts: int
    per_day: float
    by_level: Mapping[str, int]
    by_signal: Mapping[str, int]
    by_severity: Mapping[str, int]


def tally(lives: Sequence[Life], days: float) -> AlertTally:
    """Count alerts.

    Parameters
    ----------
    lives
        The alerts.
    days
        How long the recording is.
    """

    def by(name: Callable[[Life], str]) -> dict[str, int]:
        return dict(sorted(Counter(map(name, lives)).items()))

    return AlertTally(
        alerts=len(lives),
        per_day=len(lives) / days,
        by_level=by(lambda life: life.level),
        by_signal=by(lambda life: life.signal),
        by_severity=by(lambda life: life.severity),
    )


@dataclass(frozen=True, slots=True)
class Side:
    """One configuration: its file, its hash, its alerts, and how they stand against labels."""

    file: str
    config: str
    tally: AlertTally
    score: Score | None

    @classmethod
    def measured(
        cls, file: str, config: Config, lives: Sequence[Life], score: Score | None, days: float
    ) -> Side:
        """Of its alerts, over so many days."""
        return cls(file, config.hash, tally(lives, days), score)


@dataclass(frozen=True, slots=True)
class Around:
    """Counts of an entity before an onset, and from it on."""

    before: Sequence[int]
    after: Sequence[int]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two configurations over an archive.

    Attributes
    ----------
    a, b
        The configurations.
    since, until
        What is recorded, RFC 3339.
    buckets, days
        How much of it there is.
    diff
        Their alerts, matched.
    around
        Counts around the onsets of the most telling differences.
    instants
        Writes times, in the time zone of A.
    """

    a: Side
    b: Side
    since: str
    until: str
    buckets: int
    days: float
    diff: Diff
    around: Mapping[Pair, Around]
    instants: Buckets
