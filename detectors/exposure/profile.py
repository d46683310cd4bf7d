"""When in the week an entity counts: which of a few kinds of weeks it has, learned from all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.exposure.hours_seen import HOURS, WORKING
from detectors.kernels.library import NOTHING, apply, kernel, placed
from detectors.state import State

F8 = npt.NDArray[np.float64]
Scores = npt.NDArray[np.int8]
Rows = npt.NDArray[np.intp]

START_RATIO = 4.0
"""Busy hours of a kind over its other hours, before there are data."""

STEP_NATS = 1.0 / 16.0
"""Unit of the scores, which stay between -127 and 127: about 8 nats."""

MOST_NATS = 2.0
"""Most that one bucket adds to a score: no single bucket shows when an entity counts."""

FREQUENT = 0.25
"""For rows with at least this expectation, silent buckets change the score, too."""

MOST_WEIGHT = 20.0
"""κ of buckets of nine minutes and less."""

LOUDEST = 0.5
"""A bucket of a busy row changes its score as much as this many counts would."""

_ODDS = apply("ex", STEP_NATS * np.arange(-128.0, 128.0))

_FACTORS = kernel("week_factors")
_ADD = kernel("profile_add")
_PASS = kernel("pass_profile")


class Profile:
    r"""Shapes of a few kinds of weeks, and each row's odds of them.

    For buckets shorter than a day. In hour h of the week a row is expected to count, against
    the bucket's exposure,

    .. math::

        M = \sum_k \pi_k S_k(h), \qquad \pi_k \propto q_k e^{l_k}

    The uncertainty of M, :math:`\sum \pi_k (S_k / M - 1)^2`, widens the predictive. The exposure
    holds what all rows have in common, so the shapes hold what distinguishes the kinds.

    The score l of a row is the likelihood of when it counted,

    .. math:: l_k = \sum u \bigl(\tilde x \ln (S_k / S_0) - m_0 (S_k - S_0)\bigr)

    with :math:`m_0` expected without the profile and u = min(1, .5/m_0), since the buckets of a
    busy row are not independent. For sparse rows the second term is left out: over a week it adds
    up to zero, and in one bucket it would be less than a step of the score. A score stays between
    bounds, which is how it forgets; silent buckets leave it alone.

    The first shapes are: steady, working hours, evenings and weekends, nights. They are learned
    from all rows,

    .. math::

        S_k(h) = \frac{\kappa S^0_k + \sum \pi_k u \tilde x}{\kappa + \sum \pi_k u m_0},
        \qquad u = \min(1, 3 / m_0)

    each scaled to a mean of 1 over what is expected in a week. An hour that was not seen yet leans
    on the same hour of the other days; where that was not seen either, M is 1. q: share of the
    kind in what is expected.

    Rows with an alert are learned, too: otherwise a kind would lose the rows that its shape does
    not fit yet. State: a byte for each row and each kind but the first.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_week
        Weight that an hour's sums keep after a week.
    start_weight
        κ: counts that pull an hour to where it began, in buckets of an hour. It grows as shorter
        buckets bring more counts of the same hour, up to `MOST_WEIGHT`.

    Examples
    --------
    >>> profile = Profile(1.0 / 24.0)
    >>> profile.state.grow_to(200)
    >>> for hour in range(5 * HOURS):
    ...     open_now = hour % HOURS < 120 and 9 <= hour % 24 < 17
    ...     counts = np.repeat([12.0 * open_now, 0.0 if open_now else 4.0], 100)
    ...     profile.add(slice(0, 200), hour % HOURS, counts, np.full(200, 3.0))
    ...     profile.pass_bucket(hour % HOURS)
    >>> monday_noon, spread = profile.factor(np.array([0, 199]), 12)
    >>> monday_noon.round(1)
    array([2.9, 0. ])
    """

    def __init__(
        self, bucket_days: float, *, keep_per_week: float = 0.85, start_weight: float = 8.0
    ) -> None:
        self._starts = _starts()
        self.kinds = len(self._starts)
        self._keep = keep_per_week ** min(1.0, 24.0 * bucket_days)
        self._weight = min(start_weight / math.sqrt(min(1.0, 24.0 * bucket_days)), MOST_WEIGHT)
        self._seen, self._due = np.zeros_like(self._starts), np.zeros_like(self._starts)
        self._new_seen, self._new_due = np.zeros(self.kinds), np.zeros(self.kinds)
        self._scores: Scores = np.zeros((self.kinds - 1, 0), dtype=np.int8)
        self._shapes, self._trusted = np.zeros_like(self._starts), np.zeros_like(self._starts)
        self._shares = np.zeros(self.kinds)
        self._tabulate()
        self.state = State()
        self.state.columns(self, "_scores")
        self.state.shared(self, _seen=np.ndarray, _due=np.ndarray)
        self.state.after_unpack(self._tabulate)

    def _tabulate(self, hour: int = -1) -> None:
        """Take in what an hour taught, if any, and work out shapes and shares."""
        _PASS(
            self.kinds, hour, self._starts, self._seen, self._due, self._new_seen,
            self._new_due, self._keep, self._weight, self._shapes, self._trusted, self._shares,
        )  # fmt: skip

    def known(self, hour: int | None) -> tuple[Any, ...]:
        """What is known of an hour of the week, as kernels take it."""
        at = -1 if hour is None else hour
        return self.kinds, at, self._scores, self._shares, self._trusted, _ODDS

    def factor(self, rows: Rows | slice, hour: int) -> tuple[F8, F8]:
        """M of these rows in an hour of the week, and its squared relative error."""
        return factors(rows, self._scores.shape[1], self.known(hour))

    def add(self, rows: slice, hour: int, x: F8, plain: F8, trust: F8 = NOTHING) -> None:
        """Learn when rows counted.

        Parameters
        ----------
        rows
            Which rows learn.
        hour
            Hour of the week.
        x
            Counts of all rows, winsorised.
        plain
            What would be expected of them without the profile.
        trust
            How much each row may teach about the kinds: see `Tenure.trusts`.
        """
        _ADD(
            self.kinds, self._scores.shape[1], self._scores, rows.start, rows.stop - rows.start,
            hour, self._shares, self._shapes, _ODDS, x, plain, trust, FREQUENT, LOUDEST,
            MOST_NATS, STEP_NATS, self._new_seen, self._new_due,
        )  # fmt: skip

    def pass_bucket(self, hour: int) -> None:
        """End a bucket: what its rows taught counts from now on."""
        self._tabulate(hour)


def factors(rows: Rows | slice, have: int, known: tuple[Any, ...]) -> tuple[F8, F8]:
    """How busy rows are in an hour of the week, and the squared relative errors.

    Parameters
    ----------
    rows, have
        Which rows, and how many there are.
    known
        What `Profile` or `Season` knows of the hour.
    """
    numbers, start, n = placed(rows)
    out = np.empty((2, n))
    _FACTORS(numbers, start, n, have, *known, out)
    return out[0], out[1]


def _starts() -> F8:
    """Shapes before there are data; the first is steady."""
    hour = np.arange(HOURS)
    clock, weekend = hour % 24, hour >= 24 * WORKING
    busy = [
        ~weekend & (clock >= 8) & (clock < 18),
        (clock >= 18) | (weekend & (clock >= 10)),
        clock < 8,
    ]
    return np.stack([np.ones(HOURS), *(np.where(hours, START_RATIO, 1.0) for hours in busy)])
