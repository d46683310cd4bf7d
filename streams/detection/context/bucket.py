"""A closed bucket as its judges see it. It is made once for each close and never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from streams.detection.context.arrivals import NOBODY, Arrivals
from streams.detection.context.calendar import Occasion
from streams.detection.signals import Signal
from streams.items import Level

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.int32]

Stream = tuple[Signal, Level]
"""Entities of one level, as one signal judges them."""


class Inspect(msgspec.Struct, frozen=True):
    """What a close must report in addition to its alerts; what is not asked for costs nothing.

    Attributes
    ----------
    entities
        Ids of the entities that are watched, by level.
    forecasts
        Whether to report what all known entities were judged by.
    series
        Whether to report everybody who counts, and all figures of who has an alert.
    """

    entities: Mapping[Level, Sequence[str]] = msgspec.field(default_factory=dict)
    forecasts: bool = False
    series: bool = False

    @property
    def looks(self) -> bool:
        """Whether single entities are reported."""
        return self.series or bool(self.entities)

    def watched(self, level: Level) -> Sequence[str]:
        """Ids of the watched entities of a level."""
        return self.entities.get(level, ())


class EntityCounts(msgspec.Struct, frozen=True):
    """Counts of a stream in a bucket, as arrays.

    Attributes
    ----------
    known
        Of the known entities, by row.
    new, first
        Newcomers by name, and their counts: the rows to come.
    calendar
        Factor by which the calendar multiplies the expectation of each row, newcomers last; None
        if it multiplies none.
    returned
        How many of the known, the last ones, had retired and have come back in this bucket.
    """

    known: F8
    new: list[str]
    first: F8
    calendar: F8 | None = None
    returned: int = 0

    @property
    def all_rows(self) -> F8:
        """Counts of all rows, newcomers last."""
        return np.concatenate([self.known, self.first]) if self.new else self.known

    @property
    def first_plain(self) -> F8:
        """Counts of the newcomers, each over its calendar factor."""
        return self.first if self.calendar is None else self.first / self.calendar[-len(self.new) :]

    def calendar_factor(self, row: int) -> float:
        """By how much the calendar multiplies what is expected of a row."""
        return 1.0 if self.calendar is None else float(self.calendar[row])


class CommonFactor(msgspec.Struct, frozen=True):
    """What the bulk of a signal's entities did, against what was expected of them.

    Attributes
    ----------
    value
        Where the calendar's entries hold.
    without_calendar
        The same, had there been no entry.
    proven
        Whether it was found by entities that have long been known.
    """

    value: float = 1.0
    without_calendar: float = 1.0
    proven: bool = False


NO_FACTOR = CommonFactor()


class Flood(msgspec.Struct, frozen=True):
    """A flood of newcomers, as it is in a bucket.

    Attributes
    ----------
    members
        Its newcomers, as places in `Arrivals.names`.
    expected
        How many were expected in its place.
    """

    members: Rows
    expected: float


class Claims(msgspec.Struct, frozen=True):
    """Entities that another signal judges in this bucket.

    Attributes
    ----------
    claimed
        Flag of each row, newcomers last.
    released
        Rows that it judged in the bucket before, and does not judge any more.
    """

    claimed: Flags
    released: Rows


class BucketContext(msgspec.Struct, frozen=True):
    """All that the judges are given about a closed bucket.

    Attributes
    ----------
    start, end
        The bucket, epoch s.
    day
        Number of the day that it lies in.
    hour
        Hour of the week that it lies in; None for buckets of a day.
    counts
        Counts by signal, level and id, with repeated postings divided.
    occasions
        Calendar entries that last in it.
    begun
        Signals that have counted anything, up to and with this bucket.
    lost
        Signals without an event, though there must have been some.
    complete
        Signals whose data are complete: they may be learned from.
    starts
        Starts of the buckets that each signal has judged, this one last.
    entities
        Counts of each stream, as arrays.
    arrivals
        Its newcomers.
    inspect
        What to report beside the alerts.
    usual_factors
        Signals that named more ids than are counted apart, each with the common factor that is
        usual at this hour: it stands for the factor of the bucket.
    factors
        Common factor of each stream, known when all judges are prepared; that of the narrowest
        level is known before the other levels are prepared.
    claims
        What other signals judge of a stream; known when all judges are prepared.
    flooded
        Floods of newcomers; known when their signal has judged.
    """

    start: int
    end: int
    day: int
    hour: int | None
    counts: Mapping[Stream, Mapping[str, int]]
    occasions: Sequence[Occasion]
    begun: frozenset[Signal]
    lost: frozenset[Signal]
    complete: frozenset[Signal]
    starts: Mapping[Signal, Sequence[int]]
    entities: Mapping[Stream, EntityCounts]
    inspect: Inspect = Inspect()
    usual_factors: Mapping[Signal, float] = msgspec.field(default_factory=dict)
    factors: Mapping[Stream, CommonFactor] = msgspec.field(default_factory=dict)
    claims: Mapping[Stream, Claims] = msgspec.field(default_factory=dict)
    arrivals: Arrivals = NOBODY
    flooded: Sequence[Flood] = ()

    def factor(self, signal: Signal, level: Level) -> CommonFactor:
        """Common factor of a stream; the total of all entities is no part of any bulk."""
        return NO_FACTOR if level == "all" else self.factors.get((signal, level), NO_FACTOR)

    def start_of(self, signal: Signal, buckets_ago: int) -> int:
        """Start of the n-th last bucket that a signal has judged, at most as far as is known."""
        starts = self.starts[signal]
        return starts[max(len(starts) - buckets_ago, 0)]
