"""Slow rises: the last seven days against a level at least four weeks old, for all entities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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
"""Whole weeks between the seven days that are judged and the level."""

LEAST = 3.0
"""Counts in an ordinary week from which on a level is one to rise from; who counts less
stands out from nought in a day."""

DRIFT_WEIGHT = 50.0
"""Entities that pull the drift to 1."""

RISEN = 1.2
"""A week of less than so many times its expectation is not looked at."""

LARGEST_R = 1e30


@dataclass(frozen=True, slots=True)
class SlowJudgement:
    """What a day's end says of the rows that have risen."""

    rows: Rows
    evidence_nats: F8
    x: F8
    """Counts of the last seven days."""
    shape: F8
    """Of the predictive of one day's count."""
    per_day: F8
    """Counts expected in a day of exposure 1."""


class SlowBank:
    r"""Seven days against an old level, predictive e-SR, as arrays.

    A baseline that learns every day has learned a ramp before the ramp stands out. Here the
    level knows nothing younger than 28 days when, at the end of every day, it is set against
    the total x of the last seven, for rows whose level is three a week or more:

    .. math::

        m = e\, d\, \frac{s + A}{B}, \qquad
        E = \sum_k w_k (R_k + v)\, L_k(x)

    A, B: decayed sums of the counts and exposures of whole weeks; e: exposure, the common
    factors of the seven days added up; s: a little, for how little a sparse level is known; L:
    `shiryaev_roberts.step`. Seven days, so that nobody's cycle of weekdays is a rise.

    Once a week, on a weekday that is the row's own, the week before the last enters R, the
    last one is kept for the next time, and the oldest of those kept joins the level. So R
    and x never hold the same day twice.

    d, the drift, is the median of x over its expectation among those that counted in their
    last week, never below 1: what all have done since then is nobody's burst, and
    those that have fallen silent do not make the others look risen.

    The predictive is widened as everywhere (`Dispersion`, on weekly totals, so that δ holds
    what a level so old cannot know), more where the level is of few weeks. Of the inflow v a
    row gets :math:`(m + .03)/(m + 3)`, relative to the mean.

    A day of which a part was left out (an open alert, a row's first) makes its week one that
    is neither judged nor learned. State: 69 bytes a row.

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
        """Of the last days, the newest first."""
        self._days: F4 = np.zeros((WEEK, 0), dtype=np.float32)
        """Counts by day of the seven; nan if a part of the day was left out."""
        self._weeks: F4 = np.zeros((HELD, 0), dtype=np.float32)
        """Whole weeks, the newest first; nan likewise."""
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
    def grown_up(self) -> int:
        """Rows with a level to rise from."""
        return int(np.count_nonzero(self._has_level(np.arange(len(self)))))

    def _has_level(self, rows: Rows) -> Flags:
        a, b = self._level[:, rows]
        return np.asarray((b > 0.0) & (WEEK * a >= LEAST * b), dtype=np.bool_)

    def grow(self, ends: Bytes) -> None:
        """Add rows; their weeks end on these days of the seven, their first day is not whole."""
        start = len(self)
        self.state.grow_to(start + len(ends))
        self._ends[start:] = ends

    def add(self, day: int, x: F8, exposure: float, apart: Rows | None = None) -> None:
        """Add a bucket's counts of all rows.

        Parameters
        ----------
        day
            Number of its day.
        x
            Counts.
        exposure
            Of the bucket.
        apart
            Rows whose day is not whole without this bucket: an alert is open.
        """
        self._days[day % WEEK] += x.astype(np.float32)
        if apart is not None:
            self._days[day % WEEK, apart] = np.nan
        self._today += exposure * self._bucket_days

    def end_day(self, day: int) -> SlowJudgement:
        """End the day, judge the seven that end with it, pass on the weeks that do."""
        self._exposures = [self._today, *self._exposures][: WEEK * (HELD + 1)]
        self._today = 0.0
        x = np.zeros(len(self))
        for of_day in self._days:
            x += of_day
        judged = self._judge(x)
        ending = np.flatnonzero(self._ends == day % WEEK)
        self._enter(ending, self._weeks[0, ending].astype(np.float64), self._exposure(1))
        self._dispersion.pass_bucket()
        self._pass_on(ending, x[ending])
        self._days[(day + 1) % WEEK] = 0.0
        return judged

    def _judge(self, x: F8) -> SlowJudgement:
        exposure = self._exposure(0)
        some = np.flatnonzero(x > 0.0)
        known = some[self._has_level(some)]
        mean = exposure * self._rate(known)
        drift = self._drift(x[known], mean, self._weeks[0, known])
        rows = known[x[known] >= RISEN * drift * mean]
        if exposure <= 0.0:
            rows = rows[:0]
        exposure *= drift
        mean, spread, inflow = self._predictive(rows, exposure)
        a, b = self._posterior(rows)
        wide_a, wide_b = widen(a, b, spread)
        r = self._r[:, rows].astype(np.float64)
        evidence = step(r, inflow, wide_a, wide_b, x[rows], exposure, self._ratios, (), None)
        per_day = drift * a / b
        v, m = self._spread[:, rows].astype(np.float64)
        day_a, _ = widen(a, b, self._dispersion.of(per_day, v, m) + self._error)
        return SlowJudgement(rows, evidence, x[rows], day_a, per_day)

    def _posterior(self, rows: Rows) -> tuple[F8, F8]:
        a, b = self._level[:, rows].astype(np.float64)
        return a + self._shape, b

    def _rate(self, rows: Rows) -> F8:
        a, b = self._posterior(rows)
        return np.asarray(a / b, dtype=np.float64)

    def _predictive(self, rows: Rows, exposure: float) -> tuple[F8, F8, F8]:
        """Mean, squared spread and inflow of these rows' weeks."""
        a, b = self._posterior(rows)
        mean = exposure * a / b
        v, m = self._spread[:, rows].astype(np.float64)
        # δ is learned from levels that are mostly of four weeks, of which b then is the sum.
        young = 0.8 + 0.8 * exposure / b
        spread = young * self._dispersion.of(mean, v, m) + self._error
        return mean, spread, _share(mean) / self._mean_share

    def _drift(self, x: F8, mean: F8, last_week: F4) -> float:
        """What the bulk of those that are alive did against their old level."""
        some = np.flatnonzero(last_week > 0.0)
        if not len(some):
            return 1.0
        risen = float(np.median(x[some] / mean[some])) - 1.0
        return 1.0 + max(risen, 0.0) * len(some) / (len(some) + DRIFT_WEIGHT)

    def _enter(self, rows: Rows, x: F8, exposure: float) -> None:
        """Let the week before the last into R, and learn how far it was from its expectation."""
        good = np.isfinite(x) & self._has_level(rows)
        rows, x = rows[good], x[good]
        if exposure <= 0.0 or not len(rows):
            return
        exposure *= self._drift(x, exposure * self._rate(rows), self._weeks[1, rows])
        a, b = self._posterior(rows)
        mean, spread, inflow = self._predictive(rows, exposure)
        wide_a, wide_b = widen(a, b, spread)
        r = self._r[:, rows].astype(np.float64)
        step(r, inflow, wide_a, wide_b, x, exposure, self._ratios, (), r)
        self._r[:, rows] = np.minimum(r, LARGEST_R)
        self._mean_share = float(np.mean(_share(mean)))
        learned = np.minimum(x, self._dispersion.ceiling(mean, a, self._winsor))
        add_v, add_m = self._dispersion.sums(mean, a, learned)
        self._dispersion.add(mean, add_v, add_m, x)
        for of, more in zip(self._spread, (add_v, add_m), strict=True):
            of[rows] = self._own_keep * of[rows] + more

    def _pass_on(self, rows: Rows, x: F8) -> None:
        """The oldest week joins the level; the last is the youngest of those held."""
        oldest, exposure = self._weeks[HELD - 1, rows].astype(np.float64), self._exposure(HELD)
        if exposure > 0.0:
            whole = np.isfinite(oldest)
            into, oldest = rows[whole], oldest[whole]
            self._level[0, into] = self._keep * self._level[0, into] + oldest
            self._level[1, into] = self._keep * self._level[1, into] + exposure
        for week in range(HELD - 1, 0, -1):
            self._weeks[week, rows] = self._weeks[week - 1, rows]
        self._weeks[0, rows] = x

    def _exposure(self, weeks_ago: int) -> float:
        """Exposure of seven days, in days."""
        return float(sum(self._exposures[WEEK * weeks_ago : WEEK * (weeks_ago + 1)]))

    def onset(self, judged: SlowJudgement, at: int, day: int) -> tuple[int, float, float]:
        r"""Days, counts and expectation of the stretch up to now that stands out most.

        Of the last seven days and the stretches from the row's week ends to now, the one of
        largest :math:`S \ln(S/m) - (S - m)`.

        Parameters
        ----------
        judged, at
            What `end_day` gave, and which of its rows.
        day
            The day that it ended.
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
            # A week that is not whole ends it: nan is above nothing.
            gain = seen * np.log(seen / due) - (seen - due) if seen > due > 0.0 else -np.inf
            if gain > best:
                found, best = (days, seen, due), gain
        return found

    def hold(self, rows: Rows) -> None:
        """Begin an alert: what was counted since the level teaches nothing."""
        self._days[:, rows] = np.nan
        self._weeks[:, rows] = np.nan
        self._r[:, rows] = 0.0

    def reset(self, rows: Rows) -> None:
        """Begin these rows' evidence anew."""
        self._r[:, rows] = 0.0

    def forget(self, rows: Rows) -> None:
        """Take these rows for new ones: they are at a new level, and not judged for 35 days."""
        self.hold(rows)
        self._level[:, rows] = 0.0
        self._spread[:, rows] = 0.0

    def pack_shared(self) -> bytes:
        """See `State.pack_shared`."""
        return self.state.pack_shared()

    def pack(self, start: int, stop: int) -> bytes:
        """See `State.pack_rows`."""
        return self.state.pack_rows(start, stop)

    @classmethod
    def restore(
        cls, bucket_s: float, shared: bytes, chunks: Iterable[bytes], **settings: Any
    ) -> SlowBank:
        """Bank as it was packed, to the last bit."""
        bank = cls(bucket_s, **settings)
        bank.state.unpack(shared, chunks)
        return bank


def _share(mean: F8) -> F8:
    """How much of the budget a row gets, before dividing by the mean."""
    return (mean + 0.03) / (mean + 3.0)
