"""One watch: what was counted since it began, day by day, and what that says."""

from __future__ import annotations

from math import log, sqrt
from typing import Final, Literal

import msgspec

from detectors.look_back.above_mean import above_mean
from detectors.look_back.change import change
from detectors.look_back.rise import NO_RISE, RiseFound, either
from streams.counts.bucket import DAY_S
from streams.registry.watch import WatchEntry

RELAPSES: Final = (0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 4.0, 6.0, 8.0)
"""Levels of a relapse, over the mean before the case."""

UNKNOWN_LEVELS: Final = tuple(2.0**power for power in range(13))
"""Levels of a relapse a day, where no mean before the case is known."""

FIRST_SCATTER_DAYS: Final = 3.0
"""Days that what judging knew of the scatter counts for."""

MOST_SCATTER: Final = 3.0
"""It may know too much: a rate that a case brought down looks like a large scatter."""

MOST_SUCCESSORS: Final = 50
"""Names of successors that a watch remembers."""

Part = Literal["own", "started", "others"]
"""What is counted of a watch: of whom it is about; of codes like it that are new since it began; of
those that were there before."""

PARTS: Final[dict[Part, float]] = {"own": 0.5, "started": 0.25, "others": 0.25}
"""How the chance of a false alert is split."""

KINDS: Final[dict[Part, str]] = {"own": "return", "started": "successor", "others": "successor"}


class Counted(msgspec.Struct, array_like=True):
    """What was counted of a part, by day of the watch.

    Attributes
    ----------
    by_day
        The counts.
    highest_nats
        The largest evidence so far.
    since
        Day in which the relapse began; None as long as there is none.
    """

    by_day: list[float]
    highest_nats: float = 0.0
    since: int | None = None


class Watch(msgspec.Struct, array_like=True):
    """A watch and its state.

    Attributes
    ----------
    entry
        What it is.
    begin, first_day
        Start of its first bucket, epoch s, and that bucket's day.
    chance
        Of a false alert, in all its days together.
    starts
        Start of the first bucket of each day, epoch s.
    exposures
        By day of the watch: 1 is a whole usual day.
    buckets, skipped
        Buckets judged, and those whose data were not complete.
    scatter
        Variance over mean of its counts, as judging knew it when the watch began; at least 1.
    counted
        By part.
    successors
        Who was counted as one, and how often.
    """

    entry: WatchEntry
    begin: int
    first_day: int
    chance: float
    starts: list[int]
    exposures: list[float]
    counted: dict[Part, Counted]
    buckets: int = 0
    skipped: int = 0
    scatter: float | None = None
    successors: dict[str, int] = {}

    @classmethod
    def beginning(cls, entry: WatchEntry, begin: int, day: int, chance: float) -> Watch:
        """Return a watch that begins with a bucket."""
        counted: dict[Part, Counted] = {part: Counted([0.0]) for part in PARTS}
        return cls(entry, begin, day, chance, [begin], [0.0], counted)

    @property
    def until(self) -> int:
        """Time at which it ends, epoch s."""
        return self.begin + self.entry.days * DAY_S

    @property
    def relapsed(self) -> bool:
        """Whether there was a relapse, or a successor."""
        return any(each.since is not None for each in self.counted.values())

    def needed_nats(self, part: Part) -> float:
        """Evidence at which there is an alert."""
        return -log(self.chance * PARTS[part])

    def pass_bucket(
        self, start: int, day: int, exposure: float, scatter: float | None = None
    ) -> None:
        """Note a bucket whose data are complete.

        Parameters
        ----------
        start, day
            Its start, epoch s, and its day.
        exposure
            Of it, in usual days.
        scatter
            Variance over mean of its counts, as far as judging knows.
        """
        last = min(max(day - self.first_day, len(self.exposures) - 1), self.entry.days)
        for counts in (self.exposures, *(each.by_day for each in self.counted.values())):
            counts.extend([0.0] * (last + 1 - len(counts)))
        self.starts.extend([start] * (last + 1 - len(self.starts)))
        self.exposures[last] += exposure
        self.buckets += 1
        if self.scatter is None and scatter is not None:
            self.scatter = min(max(scatter, 1.0), MOST_SCATTER)

    def add(self, part: Part, count: float) -> RiseFound | None:
        """Add what a part counted in the bucket that has just passed.

        Returns
        -------
        RiseFound or None
            A relapse that begins with this bucket, or goes on; None where there is none.
        """
        counted = self.counted[part]
        counted.by_day[-1] += count
        if counted.since is not None:
            goes_on = self._goes_on(counted)
            return RiseFound(counted.highest_nats, counted.since) if goes_on else None
        found = self._evidence(part, counted)
        counted.highest_nats = max(counted.highest_nats, found.nats)
        if found.nats < self.needed_nats(part):
            return None
        counted.since = found.since
        return found

    def _evidence(self, part: Part, counted: Counted) -> RiseFound:
        steps, mean = self.entry.days + 1, self.entry.mean_per_day
        if self.exposures[0] <= 0.0:
            return NO_RISE
        levels = UNKNOWN_LEVELS if mean is None else tuple(mean * each for each in RELAPSES)
        found = change(counted.by_day, self.exposures, levels, steps)
        if part == "own" and mean is not None:
            found = either(above_mean(counted.by_day, self.exposures, mean, steps), found)
        return RiseFound(found.nats / self._scatter(counted, found.since), found.since)

    def _scatter(self, counted: Counted, since: int) -> float:
        """Variance over mean of the daily counts before a day; at least 1."""
        known = FIRST_SCATTER_DAYS * (self.scatter or 1.0)
        whole = sum(self.exposures[:since])
        if since < 2 or whole <= 0.0:
            return known / FIRST_SCATTER_DAYS
        rate = sum(counted.by_day[:since]) / whole
        days = zip(counted.by_day[:since], self.exposures[:since], strict=True)
        errors = [(x - rate * e) ** 2 / (rate * e) for x, e in days if rate * e > 0.0]
        return max(1.0, (known + sum(errors)) / (FIRST_SCATTER_DAYS + max(len(errors) - 1, 0)))

    def _goes_on(self, counted: Counted) -> bool:
        """Whether the last two days are nearer to the relapse than to before, as ratios."""
        before, since = self.rates(counted)
        recent = sum(self.exposures[-2:])
        now = sum(counted.by_day[-2:]) / recent if recent > 0.0 else 0.0
        return now >= sqrt(before * since)

    def rates(self, counted: Counted) -> tuple[float, float]:
        """Return what was counted a usual day before a relapse, and since."""
        at = counted.since or 0
        early, late = sum(self.exposures[:at]), sum(self.exposures[at:])
        since = sum(counted.by_day[at:]) / late if late > 0.0 else 0.0
        if early > 0.0:
            return sum(counted.by_day[:at]) / early, since
        return self.entry.mean_per_day or 0.0, since

    def note_successor(self, name: str, count: int) -> None:
        """Remember who was counted in its place."""
        if name in self.successors or len(self.successors) < MOST_SUCCESSORS:
            self.successors[name] = self.successors.get(name, 0) + count
