"""How many newcomers come to each entity, and with how many events: floods of new ids."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.burst.close import FITS
from detectors.burst.evidence import QUIET_MEAN
from detectors.cohort.arrival_week import ArrivalWeek
from detectors.distributions.gamma_poisson import tail
from detectors.kernels.library import kernel, one_or_each
from detectors.state import State

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

DAY_S = 86_400.0

SETTLING_DAYS = 7.0
"""Most ids that come in the first week of a monitor existed before it: nothing is judged."""

SETTLING_KEEP = 0.5
"""Weight that a settling bank keeps after a day: what it begins with are the last days."""

RATIOS = (1.5, 2.0, 4.0, 10.0)
LEVELS = ((5.0, 1.0), (20.0, 10.0))
"""Alternatives of the e-detector: see `shiryaev_roberts`."""

HALF = 0.3
"""A bucket in which m is expected adds (m + q)/(m + h) to the evidence: little where none come."""

SHAPE = 0.3
"""Shape at which forgetting stops."""

ERROR = 0.01
"""Squared relative error of the expectation."""

START, START_WEIGHT = (0.05, 0.5), 4.0
"""Overdispersion of ids and of events before there are data, and the weight of this guess."""

OWN_WEIGHT = 8.0
"""Weight at which a row's own overdispersion counts as much as that of all rows."""

LEAST_SPREAD = 0.005

WINSOR_SD = 3.0
"""Counts are learned as at most this many deviations, each plus 1, over the mean."""

SLACK = 1.25
"""A run of buckets goes on while it has more than this times what was expected of it."""


_JUDGE, _LEARN = kernel("judge_arrivals"), kernel("learn_arrivals")


class ArrivalJudgement(msgspec.Struct, frozen=True):
    """What a closed bucket says of each row; the first axis is the series: ids, events.

    Attributes
    ----------
    found
        Evidence, mean, shape and rate, of both series, and the exposure.
    highest_nats
        The largest evidence, at least 0.
    """

    found: F8
    highest_nats: float

    @property
    def evidence_nats(self) -> F8:
        """0 where nothing is judged."""
        return self.found[:2]

    @property
    def expected(self) -> F8:
        """Predictive mean, from before the bucket."""
        return self.found[2:4]

    @property
    def shape(self) -> F8:
        """Shape of the widened predictive."""
        return self.found[4:6]

    @property
    def rate(self) -> F8:
        """Rate of the widened predictive."""
        return self.found[6:8]

    @property
    def exposure(self) -> F8:
        """Exposure of each row."""
        exposure: F8 = self.found[8]
        return exposure


class Surge(NamedTuple):
    """The run of buckets that stands out: how many, what was counted, what was expected."""

    buckets: int
    observed: float
    expected: float


class ArrivalBank:
    r"""Two series a row: how many new ids came in a bucket, and what they counted in it.

    Each is judged as `PredictiveESR` judges a series, with a Gamma posterior for its rate and
    evidence over buckets: :math:`R_k \leftarrow (R_k + v) L_k`. The overdispersion of a series
    is learned, and leans on that of all rows. The exposure is that of the entities known for long
    (their common factor), times the index of the hour of the week (`ArrivalWeek`).

    When a monitor starts, all ids are new. So for `SETTLING_DAYS` nothing is judged, and what is
    learned is forgotten fast: a bank begins with what has come in the last days. A row that came
    later is not judged in its first bucket, and begins with the mean rate of all rows.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds.
    keep_per_day
        Weight that what was learned keeps after a day.

    Examples
    --------
    >>> bank = ArrivalBank(86_400.0)
    >>> bank.enter(1)
    >>> calm = np.zeros(1, dtype=bool)
    >>> for ids in [200.0, 9.0, 5.0, 2.0] + [2.0, 1.0] * 20:
    ...     arrived = bank.judge(np.array([[ids], [3.0 * ids]]), 1.0, alarmed=calm)
    ...     bank.learn(np.array([[ids], [3.0 * ids]]), arrived, calm)
    >>> arrived = bank.judge(np.array([[40.0], [120.0]]), 1.0, alarmed=calm)
    >>> arrived.expected.round().tolist(), (arrived.evidence_nats > 6.0).tolist()
    ([[2.0], [5.0]], [[True], [True]])
    """

    def __init__(self, bucket_s: float, *, keep_per_day: float = 0.97) -> None:
        self._days = bucket_s / DAY_S
        self._keep_settling = SETTLING_KEEP**self._days
        self._keep_settled = keep_per_day**self._days
        self.age_days = 0.0
        self._week = ArrivalWeek(self._days)
        self._index = 1.0
        """Index of the hour of the bucket that was judged last."""
        self._alternatives = np.array(RATIOS), np.array(LEVELS)
        self._a, self._b = np.zeros((2, 0)), np.zeros((2, 0))
        self._v, self._m = np.zeros((2, 0)), np.zeros((2, 0))
        """Sums of the overdispersion."""
        self._r = np.zeros((len(RATIOS) + len(LEVELS), 2, 0))
        self._excess = np.zeros((2, 0))
        self._run = np.zeros((3, 2, 0))
        """Of the run that goes on: buckets, count, expectation."""
        self._since = np.zeros((2, 0))
        self._exposed = np.zeros(0)
        """What was counted since an alert began, and the exposure."""
        self._pool_v, self._pool_m = np.zeros((2, 1)), np.zeros((2, 1))
        self._seen, self._due = np.zeros((2, 1)), 0.0
        """What rows counted, decayed, and their exposure: rate of a row to come."""
        self.state = State()
        self.state.columns(self, "_a", "_b", "_v", "_m", "_excess", "_run", "_since", "_exposed")
        self.state.columns(self, "_r", valid_for=(*RATIOS, *(x for both in LEVELS for x in both)))
        self.state.shared(self, age_days=float, _due=float)
        self.state.shared(self, _pool_v=np.ndarray, _pool_m=np.ndarray, _seen=np.ndarray)
        self.state.include(week=self._week.state)

    def __len__(self) -> int:
        """How many rows there are."""
        return self._a.shape[1]

    @property
    def settled(self) -> bool:
        """Whether counts are judged."""
        return self.age_days >= SETTLING_DAYS

    def judge(
        self, x: F8, exposure: float | F8, hour: int | None = None, *, alarmed: Flags
    ) -> ArrivalJudgement:
        """Judge a closed bucket; `learn` comes after.

        Parameters
        ----------
        x
            Counts of all rows: ids, and their events.
        exposure
            Of the bucket, or of each row.
        hour
            Hour of the week that it lies in; None for buckets of a day.
        alarmed
            Rows with an open alert: their evidence stays 0.
        """
        self._index, error = self._week.index(hour) if len(self) else (1.0, 0.0)
        found = np.empty((9, len(self)))
        highest = _JUDGE(
            x, *one_or_each(exposure), self._index, ERROR, error, self.settled, alarmed,
            self._a, self._b, *self._spreads(), 2 * len(self), self._r, *self._alternatives, 1.0,
            QUIET_MEAN, HALF, SLACK, self._excess, self._run, found,
        )  # fmt: skip
        return ArrivalJudgement(found, highest)

    def open_evidence(
        self, rows: Rows, x: F8, exposure: float | F8, hour: int | None = None
    ) -> ArrivalJudgement:
        """Judge each of some counts of rows as their next bucket; nothing is changed.

        Parameters
        ----------
        rows, x
            Of each: the row, without an alert, and counts that it may have: ids, and their events.
        exposure, hour
            Of the bucket, as `judge` takes them.
        """
        asked = ArrivalBank(self._days * DAY_S)
        asked.enter(x.shape[1])
        for own, these in zip(asked._of_rows(), self._of_rows(), strict=True):
            own[...] = these[..., rows]
        asked._pool_v, asked._pool_m = self._pool_v, self._pool_m
        asked._week, asked.age_days = self._week, self.age_days
        calm = np.zeros(len(rows), dtype=np.bool_)
        return asked.judge(np.ascontiguousarray(x), exposure, hour, alarmed=calm)

    def _of_rows(self) -> tuple[F8, ...]:
        """What a bucket of a row is judged by."""
        return self._a, self._b, self._v, self._m, self._r, self._excess, self._run

    def fits(self, x: F8, arrived: ArrivalJudgement, series: int, row: int) -> bool:
        """Whether a count fits the baseline."""
        at = np.array([row])
        return bool(
            tail(
                arrived.shape[series, at],
                arrived.rate[series, at],
                x[series, at],
                arrived.exposure[at],
            )[0]
            >= FITS
        )

    def run(self, x: F8, arrived: ArrivalJudgement, series: int, row: int) -> Surge:
        """The last buckets, or this one, whichever stands out more."""
        buckets, observed, expected = self._run[:, series, row].tolist()
        count, mean = float(x[series, row]), float(arrived.expected[series, row])
        if _excess_nats(observed, expected) > _excess_nats(count, mean):
            return Surge(int(buckets), observed, expected)
        return Surge(1, count, mean)

    def reset(self, row: int) -> None:
        """Begin the evidence of a row anew, and what is counted since its alert."""
        self._r[:, :, row] = 0.0
        self._excess[:, row] = self._since[:, row] = self._exposed[row] = 0.0

    def adopt_level(self, row: int) -> None:
        """Take what was counted since the alert began for the new level, as of seven buckets."""
        rate = self._since[:, row] / max(float(self._exposed[row]), 1e-9)
        self._a[:, row] = np.maximum(7.0 * rate, SHAPE)
        self._b[:, row] = self._a[:, row] / np.maximum(rate, 1e-9)
        self.reset(row)

    def learn(
        self,
        x: F8,
        arrived: ArrivalJudgement,
        held: Flags,
        hour: int | None = None,
        *,
        complete: bool = True,
    ) -> None:
        """Learn a bucket.

        Parameters
        ----------
        x, arrived
            Counts, and what `judge` gave.
        held
            Rows with an alert after the bucket: their baseline stays.
        hour
            Hour of the week.
        complete
            False where the bucket's data are incomplete: nothing is learned.
        """
        settled = self.settled
        keep = self._keep_settled if settled else self._keep_settling
        learned, room = np.empty((2, len(self))), np.empty((4, len(self)))
        exposed = _LEARN(
            x, arrived.found, held, settled, keep, SHAPE, WINSOR_SD, self._a, self._b,
            *self._spreads(), self._since, self._exposed, self._seen, complete, learned, room,
        )  # fmt: skip
        if complete:
            if settled and hour is not None:
                self._week.learn(hour, learned[0], arrived.expected[0] / self._index, held)
            self._due = keep * self._due + exposed
        self.age_days += self._days

    def enter(self, rows: int) -> None:
        """Add rows, after the bucket that they came in: it said nothing of buckets to come."""
        if rows <= 0:
            return
        start = len(self)
        self.state.grow_to(start + rows)
        rate = np.maximum((self._seen + SHAPE) / (self._due + 1.0 / self._days), 1e-9)
        self._a[:, start:] = SHAPE
        self._b[:, start:] = SHAPE / rate

    def _spreads(self) -> tuple[Any, ...]:
        """Sums of the overdispersion, as kernels take them."""
        return (
            self._v, self._m, self._pool_v, self._pool_m, OWN_WEIGHT, *START, START_WEIGHT,
            LEAST_SPREAD,
        )  # fmt: skip


def _excess_nats(observed: float, expected: float) -> float:
    """Log-likelihood ratio of a Poisson count against its expectation."""
    if observed <= expected:
        return 0.0
    return observed * math.log(observed / expected) - (observed - expected)
