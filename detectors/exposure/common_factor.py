"""The common factor of a bucket: what all entities did together."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.burst.bucket_rows import BLOCK
from detectors.exposure.tenure import Tenure
from detectors.kernels.library import NO_FLAGS, NOTHING, kernel, one_or_each
from detectors.state import State

F8 = npt.NDArray[np.float64]

SPARSE = 1.0
"""Counts of entities that are expected to count less than this are capped at 3."""

KEEP_PER_DAY = 0.95
"""Weight that what the proven and all others usually do keeps after a day."""

PROVEN_A_DAY = 20.0
"""What must be expected of the proven in a day, for them to say what the factor is."""

WEEK_DAYS = 7.0
"""Age of a monitor from which on the proven speak for all: it has seen each hour of the week. On a
first weekend most rest, and some begin to work."""

LEAST_LIMIT = 0.25
"""Least logarithm by which others may differ from the proven more than they usually do."""

SAMPLE = 1024
"""Most busy proven rows that are weighed one by one."""

AGREED = 30.0
"""What must be expected of busy proven rows for κ to be halved: of 10, which count as 3 each."""

OFF = 0.05
"""Chance that a busy row has ended since its last bucket: then its silence says nothing."""

MOST_LOG, CLOSE_BY = math.log(1000.0), 1e-5
"""Largest logarithm of their ratio, and how closely it is found."""

NO_BULK = (0.0,) * 7
"""What no row counted, and what was expected of none."""

_BULK = kernel("bulk")
_ADD_BULK = kernel("add_bulk")
_BALANCE = kernel("balance")


def bulk(
    a: F8,
    b: F8,
    mean: F8,
    x: F8,
    exposure: float | F8,
    sums: F8,
    judged: npt.NDArray[np.bool_] = NO_FLAGS,
) -> None:
    """Add what the bulk of some rows counted, and what was expected of it, to two sums.

    Parameters
    ----------
    a, b, mean, x, exposure
        Widened predictive, its mean, counts and exposure of the rows.
    sums
        What was counted, and what was expected.
    judged
        Rows that take part; without it all do.
    """
    _BULK(a, b, mean, x, *one_or_each(exposure), judged, SPARSE, sums)


class Bulk(msgspec.Struct, frozen=True):
    """What the bulk of the rows counted in a bucket, and what was expected of it.

    Attributes
    ----------
    sparse_seen, proven_due
        Of the proven: counted by the sparse ones, and expected of all.
    busy_seen, busy_due, alive_due, balance
        Of the busy proven ones: counted, and expected; expected as far as they have not ended;
        logarithm of the ratio at which their counts are as high as low.
    other_seen, other_due
        Of all others and of the newcomers.
    all_seen
        Of all, without regard to who is proven.
    forecast
        Of the newcomers' capped total; 0: newcomers are left out.
    """

    sparse_seen: float
    proven_due: float
    busy_seen: float
    busy_due: float
    alive_due: float
    balance: float
    other_seen: float
    other_due: float
    all_seen: float
    forecast: float


class FoundFactor(msgspec.Struct, frozen=True):
    """The common factor of a bucket, and what is to be learned of how it was found.

    Attributes
    ----------
    value
        The factor.
    proven
        Whether the proven were enough to find it.
    trust
        What those who are not proven may teach all others: 1 as much as ever.
    raw
        Logarithm of their ratio over that of the proven.
    lean
        Of the busy proven: logarithm of their plain ratio, to what is expected of those that have
        not ended, over the ratio at their balance.
    share
        What is expected of them, over what is expected of the proven.
    proven_due
        What is expected of the proven.
    newcomers
        Bounds between which the newcomers' capped total is learned, at an exposure of 1.
    """

    value: float
    proven: bool = False
    trust: float = 1.0
    raw: float = 0.0
    lean: float = 0.0
    share: float = 0.0
    proven_due: float = 0.0
    newcomers: tuple[float, float] = (0.0, math.inf)


def bulk_of(
    baseline: Baseline,
    tenure: Tenure,
    x: F8,
    first: F8,
    forecast: float | None,
    *,
    exposure: float = 1.0,
    hour: int | None = None,
    calendar_factor: F8 | None = None,
    returned: int = 0,
) -> Bulk:
    """What the rows did in a bucket, those that are proven apart.

    Parameters
    ----------
    baseline, tenure
        What is expected of the known entities, and how long they have been seen.
    x, first
        Counts of known entities and of newcomers.
    forecast
        Of the newcomers' capped total in a bucket of exposure 1; None: newcomers are left out.
    exposure
        Exposure known without looking at the counts, e.g. from a profile.
    hour
        Hour of the week in which the bucket lies; None where it is not known.
    calendar_factor
        Times by which the calendar raises each row, newcomers last; None: it raises no row.
    returned
        How many of the known, the last ones, came back in this bucket. They are left out: those
        that stay away are not here to be expected.
    """
    sums, kept = np.zeros(7), np.array([0, 0, 1])
    sample = np.empty(4 * SAMPLE)
    known = len(x) - returned
    exposures = NOTHING if calendar_factor is None else exposure * calendar_factor[:known]
    of_rows, ages = baseline.known(hour, together=True), tenure.ages
    found = NO_BULK
    for at in range(0, known, BLOCK):
        stop = known if known - at <= BLOCK else at + BLOCK
        found = _ADD_BULK(
            at,
            stop,
            x,
            exposures,
            exposure,
            *of_rows,
            *ages,
            SPARSE,
            OFF,
            SAMPLE,
            sample,
            kept,
            sums,
        )
    sparse_seen, sparse_due, busy_due, busy_seen, other_seen, other_due, alive_due = found
    expected = 0.0
    if forecast is not None:
        if len(first):
            level_first = first if calendar_factor is None else first / calendar_factor[len(x) :]
            other_seen += float(np.sum(np.minimum(level_first, 3.0)))
        expected = forecast * exposure
    balance = 0.0
    if kept[0]:
        balance = _BALANCE(SAMPLE, int(kept[0]), sample, OFF, MOST_LOG, CLOSE_BY)
    return Bulk(
        sparse_seen=sparse_seen,
        proven_due=sparse_due + busy_due,
        busy_seen=busy_seen,
        busy_due=busy_due,
        alive_due=alive_due,
        balance=balance,
        other_seen=other_seen,
        other_due=other_due + expected,
        all_seen=sparse_seen + busy_seen + other_seen,
        forecast=expected,
    )


class FactorFinder:
    r"""The common factor of each bucket, which no crowd of fresh ids can move.

    Who is proven (`Tenure`) says what the factor is: a ratio :math:`f_p` of what they counted to
    what was expected of them, :math:`D_p`. Of proven rows that are expected to count 1 or more it
    is the ratio at which their counts are as high as low, so that no count moves it by more than
    the row's weight:

    .. math:: \sum u \left(P(X < x) + P(X = x)/2 - 1/2\right) = 0

    times what their plain ratio usually is over it: counts are skewed more than predicted.
    Without that the factor of overdispersed senders falls by 2 to 3 % a day for ever, while their
    rates rise.

    The proven alone would drift, since whoever is proven was busy and is on the decline. All
    others and the newcomers, with ratio :math:`f_o` and expectation :math:`D_o`, correct it, by
    as much as they usually differ (d), and with the weight that they usually have (s):

    .. math::

        \ln r = \ln f_p + [\ln (f_o / f_p)]_{d - l}^{d + l}, \quad
        l = \tfrac14 + 2 \sqrt{2 / D_p}, \quad
        W = \min(D_o, (1.25 s + .05) (D_p + \kappa)), \quad
        \ln f = \frac{(D_p + \kappa) \ln f_p + W \ln r}{D_p + \kappa + W}

    d moves by at most .05 a day, as does the ratio above. :math:`W / D_o` is the *trust* in all
    others: it scales what they teach about silence, dispersion and the week, too. In a monitor's
    first week, and as long as next to nothing is expected of the proven, f is the plain ratio of
    all.

    Sparse rows count as min(x, 3), busy ones as three. In small buckets κ pulls f to where it
    starts: to 1, or to the narrowest level's factor; and :math:`f_p` the less, the more busy rows
    agree (`AGREED`).

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    weight
        κ: counts that pull the factor to where it starts.
    """

    def __init__(self, bucket_days: float, *, weight: float) -> None:
        self._days, self.weight = bucket_days, weight
        self._keep = KEEP_PER_DAY**bucket_days
        self._differ = self._share = self._due = self._met = self._lean = 0.0
        self._shares = 0
        self.state = State()
        self.state.shared(
            self, _differ=float, _share=float, _shares=int, _due=float, _met=float, _lean=float
        )
        self.state.since(6, "_differ", "_share", "_shares", "_due", "_met", "_lean")

    def found(self, bulk: Bulk, start: float, days: float) -> FoundFactor:
        """The factor of a bucket.

        Parameters
        ----------
        bulk
            What the rows did in it.
        start
            What κ pulls the factor to.
        days
            Age of the monitor.
        """
        pull = self.weight
        due = bulk.proven_due + pull
        plain = (pull * start + bulk.all_seen) / (due + bulk.other_due)
        share = bulk.other_due / due
        if days < WEEK_DAYS or not self._met or self._due / self._met < PROVEN_A_DAY * self._days:
            return FoundFactor(plain, share=share, proven_due=bulk.proven_due)
        # Busy rows that agree are sure of it: the more they are, the less is left to κ.
        busy = bulk.busy_due / max(bulk.proven_due, 1e-9)
        least = pull * (1.0 - busy + busy / (1.0 + bulk.busy_due / AGREED))
        balanced = bulk.busy_due * math.exp(bulk.balance)
        seen = bulk.sparse_seen + balanced * math.exp(self._lean)
        proven = (least * start + seen) / (least + bulk.proven_due)
        others = (pull * start + bulk.other_seen) / (pull + bulk.other_due)
        raw = math.log(others / proven)
        limit = LEAST_LIMIT + 2.0 * math.sqrt(2.0 / (bulk.proven_due + 0.1))
        most = bulk.other_due
        if self._shares:
            most = min(most, (1.25 * self._share + 0.05) * due)
        corrected = min(max(raw, self._differ - limit), self._differ + limit)
        value = proven * math.exp(corrected * most / (due + most))
        usual = bulk.forecast
        return FoundFactor(
            value,
            proven=True,
            trust=most / bulk.other_due if bulk.other_due > 0.0 else 1.0,
            raw=raw,
            lean=math.log((pull + bulk.busy_seen) / (pull + bulk.alive_due))
            - math.log((pull + balanced) / (pull + bulk.busy_due)),
            share=share,
            proven_due=bulk.proven_due,
            newcomers=(
                usual * math.exp(-limit),
                max(usual * math.exp(limit), usual + 0.05 * due),
            ),
        )

    def learn(self, found: FoundFactor) -> None:
        """Learn how the proven and all others differed in a closed bucket."""
        self._met = self._met * self._keep + 1.0
        self._due = self._due * self._keep + found.proven_due
        if not found.proven:
            return
        informs = found.share / (1.0 + found.share)
        self._differ += informs * _step(found.raw - self._differ) * self._days
        self._lean += _step(found.lean - self._lean) * self._days
        # The first day gives the mean to begin with, as it is.
        first = self._shares * self._days < 1.0
        self._shares += 1
        share = found.share if first else min(found.share, 1.5 * self._share + 0.1)
        self._share += max(1.0 - self._keep, 1.0 / self._shares) * (share - self._share)


def _step(behind: float) -> float:
    """How far a usual difference of logarithms moves in a day: a tenth, and at most .05."""
    return min(max(0.1 * behind, -0.05), 0.05)
