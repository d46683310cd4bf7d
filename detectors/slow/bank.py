"""Slow rises: the last seven days, compared with a level that is at least four weeks old."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.burst.shiryaev_roberts import step
from detectors.distributions.dispersion import Dispersion
from detectors.distributions.gamma_poisson import widen
from detectors.state import State

F4 = npt.NDArray[np.float32]
F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

DAY_S = 86_400.0
WEEK = 7

HELD = 4
"""Weeks between the seven days that are judged and the level."""

LEAST = 3.0
"""Counts in an ordinary week from which a row has a level. A row that counts less has no slow
rise: it stands out within a day."""

DRIFT_WEIGHT = 50.0
"""Entities that pull the drift to 1."""

RISEN = 1.2
"""A week below this many times its expectation is not judged."""

LARGEST_R = 1e30
"""R is held below this, so that it stays finite as a 32-bit number."""


@dataclass(frozen=True, slots=True)
class SlowJudgement:
    """What the end of a day says of the rows that have risen."""

    rows: Rows
    evidence_nats: F8
    x: F8
    """Counts of the last seven days."""
    shape: F8
    """Shape of the predictive of one day's count."""
    per_day: F8
    """Counts expected in a day of exposure 1."""


class SlowBank:
    r"""Predictive e-SR of seven days against an old level, as arrays.

    A baseline that learns every day has learned a ramp before the ramp stands out. Here the level
    knows nothing younger than 28 days. At the end of every day it is compared with the total x of
    the last seven days, for rows whose level is three a week or more:

    .. math::

        m = e\, d\, \frac{s + A}{B}, \qquad
        E = \sum_k w_k (R_k + v)\, L_k(x)

    A, B: decayed sums of the counts and exposures of complete weeks. e: exposure, the sum of the
    common factors of the seven days. s: a small number, since a sparse level is hardly known. L:
    `shiryaev_roberts.step`. Seven days, so that no cycle of weekdays looks like a rise.

    Once a week, on a weekday of the row's own, the week before the last enters R, the last week is
    held for the next time, and the oldest of the held weeks joins the level. So R and x never
    contain the same day twice.

    d, the drift, is the median of x over its expectation among the rows that counted in their last
    week, and never below 1. What all rows have done since then is no row's rise, and rows that
    have fallen silent do not make the others look risen.

    The predictive is widened as everywhere (`Dispersion`, on weekly totals, so that δ holds what so
    old a level cannot know), and more where the level has few weeks. Of the inflow v, a row gets
    the share :math:`(m + .03)/(m + 3)`, relative to the mean share.

    If a part of a day is left out (an open alert, the first day of a row), its week is neither
    judged nor learned. State: 69 bytes a row.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds.
    ratios
        Rises to look for; equally weighted.
    keep_per_week
        Weight that the level keeps after a week.
    shape
        s, in counts.
    expectation_cv
        Relative error of the exposure and the drift.
    winsor_sd
        Counts teach the dispersion as at most this many deviations over the mean.

    References
    ----------
    J. Shin, A. Ramdas, A. Rinaldo: E-detectors. arXiv 2203.03532.

    Examples
    --------
    >>> bank = SlowBank(86_400.0)
    >>> bank.grow(np.zeros(2, dtype=np.uint8))
    >>> for day in range(100):
    ...     bank.add(day, np.array([10.0, 10.0 * 1.05 ** max(day - 70, 0)]), 1.0)
    ...     judged = bank.end_day(day)
    ...     if (judged.evidence_nats > 9.0).any():
    ...         break
    >>> day, judged.rows.tolist(), judged.per_day.round().tolist()
    (99, [1], [11.0])
    """

    def __init__(
        self,
        bucket_s: float,
        *,
        ratios: tuple[float, ...] = (2.0, 4.0),
        keep_per_week: float = 0.75,
        shape: float = 0.3,
        expectation_cv: float = 0.1,
        winsor_sd: float = 3.0,
    ) -> None:
        self._bucket_days = bucket_s / DAY_S
        self._ratios = ratios
        self._keep = keep_per_week
        self._shape = shape
        self._error = expectation_cv * expectation_cv
        self._winsor = winsor_sd
        self._dispersion = Dispersion(0.97)
        self._own_keep = 0.97**WEEK
        self._mean_share = 1.0
        self._today = 0.0
        self._exposures: list[float] = []
        """Exposures of the last days, the newest first."""
        self._days: F4 = np.zeros((WEEK, 0), dtype=np.float32)
        """Counts of each of the seven days; nan if a part of the day was left out."""
        self._weeks: F4 = np.zeros((HELD, 0), dtype=np.float32)
        """Counts of the held weeks, the newest first; nan likewise."""
        self._level: F4 = np.zeros((2, 0), dtype=np.float32)
        self._spread: F4 = np.zeros((2, 0), dtype=np.float32)
        self._r: F4 = np.zeros((len(ratios), 0), dtype=np.float32)
        self._ends: Bytes = np.zeros(0, dtype=np.uint8)
        self.state = State()
        self.state.columns(self, "_days", "_weeks", fill=np.nan)
        self.state.columns(self, "_level", "_spread", "_r", "_ends")
        self.state.shared(self, _mean_share=float, _today=float, _exposures=list[float])
        self.state.include(dispersion=self._dispersion.state)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._ends)

    @property
    def rows_with_level(self) -> int:
        """How many rows have a level."""
        return int(np.count_nonzero(self._has_level(np.arange(len(self)))))

    def _has_level(self, rows: Rows) -> Flags:
        a, b = self._level[:, rows]
        return np.asarray((b > 0.0) & (WEEK * a >= LEAST * b), dtype=np.bool_)

    def grow(self, ends: Bytes) -> None:
        """Add rows whose weeks end on these days of the seven; their first day is incomplete."""
        start = len(self)
        self.state.grow_to(start + len(ends))
        self._ends[start:] = ends

    def add(self, day: int, x: F8, exposure: float, incomplete: Rows | None = None) -> None:
        """Add a bucket's counts of all rows.

        Parameters
        ----------
        day
            Number of its day.
        x
            Counts.
        exposure
            Of the bucket.
        incomplete
            Rows with an open alert: their day is incomplete, since this bucket is left out.
        """
        counted = self._days[day % WEEK]
        counted += x.astype(np.float32)
        if incomplete is not None and len(incomplete):
            counted[incomplete] = np.nan
        self._today += exposure * self._bucket_days

    def end_day(self, day: int) -> SlowJudgement:
        """End the day: judge the seven days up to it, and move the weeks that end with it."""
        self._exposures = [self._today, *self._exposures][: WEEK * (HELD + 1)]
        self._today = 0.0
        x = np.zeros(len(self))
        for day_counts in self._days:
            x += day_counts
        judged = self._judge(x)
        ending = np.flatnonzero(self._ends == day % WEEK)
        self._enter(ending, self._weeks[0, ending].astype(np.float64), self._exposure(1))
        self._dispersion.pass_bucket()
        self._move_weeks(ending, x[ending])
        self._days[(day + 1) % WEEK] = 0.0
        return judged

    def _judge(self, x: F8) -> SlowJudgement:
        exposure = self._exposure(0)
        active = np.flatnonzero(x > 0.0)
        known = active[self._has_level(active)]
        mean = exposure * self._rate(known)
        drift = self._drift(x[known], mean, self._weeks[0, known])
        rows = known[x[known] >= RISEN * drift * mean]
        if exposure <= 0.0:
            rows = rows[:0]
        exposure *= drift
        mean, spread, inflow = self._predictive(rows, exposure)
        a, b = self._posterior(rows)
        wide_a, wide_b = widen(a, b, spread)
        r = np.ascontiguousarray(self._r[:, rows], dtype=np.float64)
        evidence = step(r, inflow, wide_a, wide_b, x[rows], exposure, self._ratios, (), None)
        per_day = drift * a / b
        v, m = np.ascontiguousarray(self._spread[:, rows], dtype=np.float64)
        day_a, _ = widen(a, b, self._dispersion.spread(per_day, v, m) + self._error)
        return SlowJudgement(rows, evidence, x[rows], day_a, per_day)

    def _posterior(self, rows: Rows) -> tuple[F8, F8]:
        a, b = np.ascontiguousarray(self._level[:, rows], dtype=np.float64)
        return a + self._shape, b

    def _rate(self, rows: Rows) -> F8:
        a, b = self._posterior(rows)
        return np.asarray(a / b, dtype=np.float64)

    def _predictive(self, rows: Rows, exposure: float) -> tuple[F8, F8, F8]:
        """Mean, squared spread and inflow of the weeks of these rows."""
        a, b = self._posterior(rows)
        mean = exposure * a / b
        v, m = np.ascontiguousarray(self._spread[:, rows], dtype=np.float64)
        # δ is learned from levels that mostly have four weeks; b is then their exposure.
        young = 0.8 + 0.8 * exposure / b
        spread = young * self._dispersion.spread(mean, v, m) + self._error
        return mean, spread, _share(mean) / self._mean_share

    def _drift(self, x: F8, mean: F8, last_week: F4) -> float:
        """What the bulk of the active rows did, against their old level."""
        active = np.flatnonzero(last_week > 0.0)
        if not len(active):
            return 1.0
        risen = float(np.median(x[active] / mean[active])) - 1.0
        return 1.0 + max(risen, 0.0) * len(active) / (len(active) + DRIFT_WEIGHT)

    def _enter(self, rows: Rows, x: F8, exposure: float) -> None:
        """Add the week before the last to R, and learn how far it was from its expectation."""
        good = np.isfinite(x) & self._has_level(rows)
        rows, x = rows[good], x[good]
        if exposure <= 0.0 or not len(rows):
            return
        exposure *= self._drift(x, exposure * self._rate(rows), self._weeks[1, rows])
        a, b = self._posterior(rows)
        mean, spread, inflow = self._predictive(rows, exposure)
        wide_a, wide_b = widen(a, b, spread)
        r = np.ascontiguousarray(self._r[:, rows], dtype=np.float64)
        step(r, inflow, wide_a, wide_b, x, exposure, self._ratios, (), r)
        self._r[:, rows] = np.minimum(r, LARGEST_R)
        self._mean_share = float(np.mean(_share(mean)))
        learned = np.minimum(x, self._dispersion.ceiling(mean, a, self._winsor))
        add_v, add_m = self._dispersion.sums(mean, a, learned)
        self._dispersion.add(mean, add_v, add_m, x)
        for sums, added in zip(self._spread, (add_v, add_m), strict=True):
            sums[rows] = self._own_keep * sums[rows] + added

    def _move_weeks(self, rows: Rows, x: F8) -> None:
        """Add the oldest held week to the level, and hold the last week."""
        oldest, exposure = self._weeks[HELD - 1, rows].astype(np.float64), self._exposure(HELD)
        if exposure > 0.0:
            complete = np.isfinite(oldest)
            into, oldest = rows[complete], oldest[complete]
            self._level[0, into] = self._keep * self._level[0, into] + oldest
            self._level[1, into] = self._keep * self._level[1, into] + exposure
        for week in range(HELD - 1, 0, -1):
            self._weeks[week, rows] = self._weeks[week - 1, rows]
        self._weeks[0, rows] = x

    def _exposure(self, weeks_ago: int) -> float:
        """Exposure of the seven days that ended `weeks_ago` weeks ago, in days."""
        return float(sum(self._exposures[WEEK * weeks_ago : WEEK * (weeks_ago + 1)]))

    def onset(self, judged: SlowJudgement, at: int, day: int) -> tuple[int, float, float]:
        r"""Days, counts and expectation of the stretch up to now that stands out most.

        Of the last seven days and the stretches from a week's end of the row to now, it is the
        stretch with the largest :math:`S \ln(S/m) - (S - m)`.

        Parameters
        ----------
        judged, at
            What `end_day` returned, and the position of the row in it.
        day
            The day that `end_day` ended.
        """
        row, per_day = judged.rows[at], float(judged.per_day[at])
        since = (day - int(self._ends[row])) % WEEK
        seen = float(sum(self._days[(day - ago) % WEEK, row] for ago in range(since)))
        stretches = [(WEEK, float(judged.x[at]))]
        for week, x in enumerate(self._weeks[:, row].tolist()):
            seen += x
            stretches.append((since + WEEK * (week + 1), seen))
        found = (WEEK, float(judged.x[at]), per_day * self._exposure(0))
        best = -np.inf
        for days, seen in stretches:
            due = per_day * sum(self._exposures[:days])
            # An incomplete week ends the search: comparisons with nan are false.
            gain = seen * np.log(seen / due) - (seen - due) if seen > due > 0.0 else -np.inf
            if gain > best:
                found, best = (days, seen, due), gain
        return found

    def hold(self, rows: Rows) -> None:
        """Begin an alert: counts that are newer than the level teach nothing."""
        self._days[:, rows] = np.nan
        self._weeks[:, rows] = np.nan
        self._r[:, rows] = 0.0

    def reset(self, rows: Rows) -> None:
        """Begin the evidence of these rows anew."""
        self._r[:, rows] = 0.0

    def forget(self, rows: Rows) -> None:
        """Begin these rows anew, since they are at a new level: for 35 days they are not judged."""
        self.hold(rows)
        self._level[:, rows] = 0.0
        self._spread[:, rows] = 0.0


def _share(mean: F8) -> F8:
    """Share of the budget that a row gets, before dividing by the mean share."""
    return (mean + 0.03) / (mean + 3.0)
