"""Newcomers and young entities of a bank: which rows they are, and their ranks among peers."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.cohort.peer_counts import SPARE, PeerCounts
from detectors.kernels.library import ALL_ROWS, NO_FLAGS
from detectors.row_selection import Kept
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

SETTLING_DAYS = 7.0
"""Age in days that a monitor must exceed before any row is young."""

RISEN = 1.5
"""A young row stands out only if it counts at least this many times its own expectation."""


MOST = 0.5
"""Where less than this of a flood's newcomers was expected, most are there by the flood alone."""


class Flooded(NamedTuple):
    """Newcomers of a bucket that are part of a flood.

    They are ranked among each other, too: only who stands out in the flood stands out. The first
    counts of the others teach nothing. All of them together weigh as many as were expected in
    their place, who are taken to have been as those before. Where they are more than twice as many
    as that, most would not have come without the flood: what they count later is no measure of
    young entities, and they are not measured by these.

    Attributes
    ----------
    flags
        Which newcomers they are.
    alpha
        Chance of a false alarm of each.
    part
        How many newcomers were expected, for each of them: at most 1.
    """

    flags: Flags
    alpha: float
    part: float


class Peers:
    """Histories of first counts and of young entities' counts, and which rows are young.

    Rows are in order of first sight, so the young ones are the last.

    Where newcomers are rare, there are too few first counts for any newcomer to stand out. What
    is lacking is then taken from the counts of known entities: a newcomer is found if it counts
    more than nearly all of them do. The chance of a false alarm is at most alpha only for a
    newcomer that counts no more than known entities. Whoever begins larger than they are is an
    alarm, and each such alarm is a peer for the next newcomer.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that a count keeps after a day.
    first_per_day
        Newcomers expected a day before any has been seen.
    young_buckets
        Buckets after its first in which an entity is young.

    Examples
    --------
    >>> peers = Peers(1.0, keep_per_day=0.97, first_per_day=10.0, young_buckets=2)
    >>> none = np.zeros(0)
    >>> peers.state.grow_to(6)
    >>> for known in [0, 3, 3, 3, 3, 3, 3, 3, 5]:
    ...     peers.learn(none, none, none, 1.0)
    ...     peers.pass_bucket(known)
    >>> [peers.is_young(row) for row in range(6)]
    [False, False, False, True, True, True]
    >>> peers.active(np.array([1.0, 1.0, 1.0, 0.0, 2.0, 7.0]), np.zeros(6, dtype=bool)).tolist()
    [4, 5]
    """

    def __init__(
        self, bucket_days: float, *, keep_per_day: float, first_per_day: float, young_buckets: int
    ) -> None:
        self.first = PeerCounts(bucket_days, keep_per_day=keep_per_day, start_per_day=first_per_day)
        self.young = PeerCounts(bucket_days, keep_per_day=keep_per_day, start_per_day=first_per_day)
        self.known = PeerCounts(bucket_days, keep_per_day=keep_per_day)
        """Counts of the entities that are neither new nor in an alert, as far as they counted."""
        self._young_buckets = young_buckets
        self._entered: list[int] = []
        """Rows known before each of the last `young_buckets` buckets."""
        self._returned: Flags = np.zeros(0, dtype=np.bool_)
        """Rows that had left and came back: they are never young."""
        self._of_flood: Flags = np.zeros(0, dtype=np.bool_)
        """Rows that began as a part of a flood: they are never young either."""
        self.state = State()
        self.state.columns(self, "_returned", "_of_flood")
        self.state.since(5, "_returned")
        self.state.since(6, "_of_flood")
        self.state.shared(self, _entered=list[int])
        self.state.include(first=self.first.state, young=self.young.state, known=self.known.state)
        self.known.state.since(6, "_weights", "_sum", "_number", "_days", "_capped")
        self.known.state.since(6, "_capped_weight", "_started", "age_days")
        self.state.after_keep(self._follow)

    def _follow(self, kept: Kept) -> None:
        self._entered = [kept.below(known) for known in self._entered]

    def returned(self, rows: int) -> None:
        """Add so many rows that had left and come back in the present bucket."""
        before = len(self._returned)
        self.state.grow_to(before + rows)
        self._returned[before:] = True

    def enter_flood(self, known: int, in_flood: Flags, part: float) -> None:
        """Note which newcomers, the rows from `known` on, are part of a flood: see `learn`."""
        self.state.grow_to(known + len(in_flood))
        self._of_flood[known:] = in_flood & (part < MOST)

    def is_young(self, row: int) -> bool:
        """Whether a row is young in the present bucket."""
        return bool(self.are_young(np.array([row]))[0])

    def are_young(self, rows: Rows) -> Flags:
        """Which of these rows are young in the present bucket."""
        start = self._entered[0] if self._entered else np.iinfo(np.intp).max
        return np.asarray((rows >= start) & ~(self._returned[rows] | self._of_flood[rows]))

    def active(self, x: F8, alarmed: Flags) -> Rows:
        """Young rows that count and have no alert, given counts and alerts of all rows."""
        start = self._entered[0] if self._entered else len(x)
        if start >= len(x):
            return ALL_ROWS
        young = ~(alarmed[start:] | self._returned[start:] | self._of_flood[start:])
        return start + ((x[start:] > 0.0) & young).nonzero()[0]

    def first_evidence(
        self, first: F8, relative: float, alpha: float, flooded: Flooded | None = None
    ) -> F8:
        """Evidence of first counts, in nats.

        Parameters
        ----------
        first, relative
            The counts, and the exposure of their bucket over its recent level.
        alpha
            Chance of a false alarm of a newcomer.
        flooded
            Which of them are part of a flood.
        """
        nats = self.first.evidence(first, relative, self.known, 1.0 / alpha)
        if flooded is not None:
            fellows = first[flooded.flags]
            nats[flooded.flags] = self.first.evidence(
                fellows, relative, self.known, 1.0 / flooded.alpha, fellows, among=True
            )
        return nats

    def first_beside(self, x: F8, fellows: F8 | None, relative: float, alpha: float) -> F8:
        """Evidence that these first counts would have; each in a flood of such fellows, if any."""
        return self.first.evidence(x, relative, self.known, 1.0 / alpha, fellows)

    def first_mean(self, alpha: float) -> float:
        """Mean of the counts that first counts are ranked among, at this alpha."""
        weight = self.first.weight
        lacking = SPARE * max(1.0 / alpha - weight, 0.0)
        total = weight * self.first.mean + lacking * self.known.mean
        return total / (weight + lacking) if lacking > 0.0 else self.first.mean

    def risen(
        self,
        baseline: Baseline,
        rows: Rows,
        x: F8,
        exposure: float,
        relative: float,
        alpha: float,
        hour: int | None = None,
    ) -> tuple[Rows, F8]:
        """Young rows that rank high among their peers and are above their own baseline.

        Parameters
        ----------
        baseline
            Baseline of the bank.
        rows, x
            Young rows and their counts.
        exposure, relative
            Exposure of the bucket, for the baseline; the same over its recent level, for the ranks.
        alpha
            Chance of a false alarm of a young entity and bucket in which it counts.
        hour
            Hour of the week.

        Returns
        -------
        tuple[Rows, F8]
            Those rows, and their evidence in nats.
        """
        if alpha <= 0.0 or not len(rows):
            return rows[:0], x[:0]
        ranks = self.young.evidence(x, relative)
        high = np.flatnonzero(ranks >= -math.log(alpha))
        _, _, mean = baseline.predictive(rows[high], exposure, hour)
        high = high[x[high] >= RISEN * mean]
        return rows[high], ranks[high]

    def learn(
        self,
        first: F8,
        young: F8,
        known: F8,
        relative: float,
        bounds: tuple[float, float] = (0.0, math.inf),
        flooded: Flooded | None = None,
        in_flood: Flags = NO_FLAGS,
        alarmed: Flags = NO_FLAGS,
    ) -> None:
        """Learn the counts of one closed bucket.

        Parameters
        ----------
        first, young, known
            Counts of newcomers, of young rows that counted, and of all known rows.
        relative
            Exposure of the bucket over its recent level.
        bounds
            See `PeerCounts.learn`; of the newcomers.
        flooded, in_flood
            Which of the newcomers are part of a flood, and flags of those of them that do not stand
            out in it.
        alarmed
            Flags of the known rows with an alert, of which nothing is learned; empty: of none.
        """
        if flooded is None:
            self.first.learn(first, relative, bounds)
        else:
            aloud = first[flooded.flags & ~in_flood]
            as_before = flooded.part * int(np.count_nonzero(in_flood))
            others = first[~flooded.flags]
            self.first.learn(others, relative, bounds, aloud, flooded.part, as_before=as_before)
        self.known.learn(known, relative, left_out=self._left_out(alarmed))
        if self._entered:
            self.young.learn(young, relative)

    def _left_out(self, alarmed: Flags) -> Flags:
        """Flags of rows that teach newcomers nothing: with an alert, or lately come in a flood."""
        start = self._entered[0] if self._entered else len(alarmed)
        of_flood = self._of_flood[start : len(alarmed)]
        if not of_flood.any():
            return alarmed
        left_out = alarmed.copy()
        left_out[start:] |= of_flood
        return left_out

    def pass_bucket(self, known: int) -> None:
        """End a bucket; `known` rows were known before it."""
        # Most entities that count in the first week of a monitor existed before the monitor.
        if self.first.age_days > SETTLING_DAYS:
            self._entered.append(known)  # in place: a day of minutes is a long list
            del self._entered[: -self._young_buckets]
