"""When in the week an entity counts: which of a few kinds of weeks it has, learned from all."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from detectors.exposure.hours_seen import DAYS, HOURS, WORKING
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

LOUDEST = 0.5
"""A bucket of a busy row changes its score as much as this many counts would."""

_ODDS = np.exp(STEP_NATS * np.arange(-128.0, 128.0))


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
        κ: counts that pull an hour to where it began.

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
    array([3.6, 0. ])
    """

    def __init__(
        self, bucket_days: float, *, keep_per_week: float = 0.85, start_weight: float = 20.0
    ) -> None:
        self._starts = _starts()
        self.kinds = len(self._starts)
        self._keep = keep_per_week ** min(1.0, 24.0 * bucket_days)
        self._weight = start_weight
        self._seen, self._due = np.zeros_like(self._starts), np.zeros_like(self._starts)
        self._new_seen, self._new_due = np.zeros(self.kinds), np.zeros(self.kinds)
        self._scores: Scores = np.zeros((self.kinds - 1, 0), dtype=np.int8)
        self._tabulate()
        self.state = State()
        self.state.columns(self, "_scores")
        self.state.shared(self, _seen=np.ndarray, _due=np.ndarray)
        self.state.after_unpack(self._tabulate)

    def _tabulate(self) -> None:
        """Work out shapes and shares, for the next bucket."""
        weight = self._due.sum(axis=0) + self._weight
        weight /= weight.sum()
        shapes = self._starts / np.sum(self._starts * weight, axis=1)[:, None]
        seen, due, clock = (_by_clock(part) for part in (self._seen, self._due, shapes))
        clock /= DAYS
        known = (self._weight * clock + seen) / (self._weight + due)
        shapes = shapes * np.tile(known / clock, DAYS)
        shapes = (self._weight * shapes + self._seen) / (self._weight + self._due)
        self._shapes = shapes / np.sum(shapes * weight, axis=1)[:, None]
        # Where nothing was seen yet, kinds are guesses: good for scores, not for expectations.
        seen_by = np.tile(np.sum(_by_clock(self._due), axis=0), DAYS)
        trust = seen_by / (seen_by + self.kinds * self._weight)
        self._trusted = 1.0 + trust * (self._shapes - 1.0)
        due = np.sum(self._due, axis=1) + self._weight
        self._shares: list[float] = (due / np.sum(due)).tolist()

    def _odds(self, rows: Rows | slice) -> list[F8]:
        """Weights of the kinds, not divided by their sum."""
        scores = self._scores[:, rows]
        odds = [np.full(scores.shape[1], self._shares[0])]
        for share, score in zip(self._shares[1:], scores, strict=True):
            odds.append(share * _ODDS.take(score.astype(np.intp) + 128))
        return odds

    def factor(self, rows: Rows | slice, hour: int) -> tuple[F8, F8]:
        """M of these rows in an hour of the week, and its squared relative error."""
        odds = self._odds(rows)
        steady, *shapes = self._trusted[:, hour].tolist()
        total, first = odds[0].copy(), odds[0] * steady
        second = first * steady
        for weight, shape in zip(odds[1:], shapes, strict=True):
            total += weight
            part = weight * shape
            first += part
            second += part * shape
        factor = first / total
        return factor, np.maximum(second * total / (first * first) - 1.0, 0.0)

    def add(self, rows: slice, hour: int, x: F8, plain: F8) -> None:
        """Learn when rows counted.

        Parameters
        ----------
        rows
            Rows that x are the counts of.
        hour
            Hour of the week.
        x
            Counts, winsorised.
        plain
            What would be expected of them without the profile.
        """
        odds = self._odds(rows)
        total = odds[0].copy()
        for weight in odds[1:]:
            total += weight
        scale = 3.0 / (np.maximum(plain, 3.0) * total)
        seen, due = scale * x, scale * plain
        for kind, weight in enumerate(odds):
            self._new_seen[kind] += float(np.sum(weight * seen))
            self._new_due[kind] += float(np.sum(weight * due))
        telling = np.flatnonzero((x > 0.0) | (plain >= FREQUENT))
        x, plain = x[telling], plain[telling]
        loud = LOUDEST / np.maximum(plain, LOUDEST)
        x, plain = loud * x, np.where(plain >= FREQUENT, loud * plain, 0.0)
        steady, *shapes = self._shapes[:, hour].tolist()
        scores = self._scores[:, rows]
        for score, shape in zip(scores, shapes, strict=True):
            gain = x * math.log(shape / steady) - plain * (shape - steady)
            moved = score[telling] + np.clip(gain, -MOST_NATS, MOST_NATS) / STEP_NATS
            score[telling] = np.clip(np.rint(moved), -127.0, 127.0).astype(np.int8)

    def pass_bucket(self, hour: int) -> None:
        """End a bucket: what its rows taught counts from now on."""
        self._seen[:, hour] = self._seen[:, hour] * self._keep + self._new_seen
        self._due[:, hour] = self._due[:, hour] * self._keep + self._new_due
        self._new_seen, self._new_due = np.zeros(self.kinds), np.zeros(self.kinds)
        self._tabulate()


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


def _by_clock(shapes: F8) -> F8:
    """Sums over the days, by hour of the day."""
    return np.asarray(shapes.reshape(len(shapes), DAYS, 24).sum(axis=1))
