"""Burst detection for all entities of one level and one signal."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.burst.close import BucketClose, BucketCounts, BurstParts, Judgement
from detectors.burst.evidence import Evidence
from detectors.burst.open_bucket import LEAST_EXPOSURE, OpenBucketView
from detectors.burst.poisson_focus import FocusBank, Onset
from detectors.burst.shiryaev_roberts import ShiryaevRoberts
from detectors.cohort.newcomers import Flooded, Peers
from detectors.cohort.prior import CohortPrior, PriorLearning
from detectors.exposure.common_factor import FactorFinder, FoundFactor, bulk_of
from detectors.exposure.factor_split import FactorSplit
from detectors.exposure.tenure import Tenure
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

DAY_S = 86_400.0

UNFOUND = FoundFactor(1.0)
"""Stands for the common factor of a bucket for which none was found."""


class BurstBank:
    r"""Burst detectors, their baselines and onsets, as arrays.

    Row i is entity i in order of first sight. In each closed bucket the count x of an entity is
    judged against what the past predicts, and then learned:

    1. the past predicts a negative binomial (`Baseline`);
    2. a detector turns counts and predictions into evidence (`Evidence`);
    3. the winsorised count is learned, after forgetting :math:`1 - \lambda`;
    4. Poisson-FOCuS takes the count and its expectation in, for the onset.

    A newcomer is judged once, by the rank of its first count among recent first counts
    (`PeerCounts`). It begins with the posterior that the cohort suggests (`CohortPrior`). While it
    is young, a count that its own few days do not fit may also stand out among the counts of its
    peers. The first days of a rise teach the baseline that the rise is normal, but the cohort
    knows that such counts are rare. A young row thus has two values of evidence: it gets the one
    that exceeds its threshold by more.

    Threshold: :math:`-\ln \alpha`. If predictives are right, the expected number of alarms in n
    buckets is at most :math:`\alpha n`, whatever n, re-openings included, and this adds over
    entities. Forgetting, winsorising and estimated dispersions break the condition: the budget is
    then a measured property.

    A row's numbers do not depend on its position or on other rows, except through what all rows
    share; shared sums run in row order.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds.
    detector
        What judges entities that have counted before: `ShiryaevRoberts` gathers evidence over
        buckets, `TailEvidence` judges each bucket by itself.
    ratios, levels
        Alternatives of `ShiryaevRoberts`, as `shiryaev_roberts.step` takes them; equally weighted.
    keep_per_day
        Weight that what was learned keeps after a day.
    shape
        Shape at which forgetting stops: the width of one cell of the cohort's mixture.
    expectation_cv
        Relative error of the exposure.
    winsor_sd
        Counts are learned as at most this many deviations of their class over the mean.
    common_weight
        κ of the common factor: counts that pull it to where it starts.
    learning_buckets
        Buckets after its first in which an entity shows its rate to the cohort.
    young_buckets
        Buckets after its first in which an entity is also judged among its peers.
    first_per_day
        Newcomers expected a day before any has been seen.
    own_week
        Whether each row has a week of its own (`Season`): for few rows, without a common factor.

    Attributes
    ----------
    open
        Answers questions about a bucket before it closes.
    peers
        What newcomers and young entities are judged by.
    state
        What is stored: 137 bytes a row with six alternatives, and 28 for each start that
        Poisson-FOCuS holds.

    References
    ----------
    J. Shin, A. Ramdas, A. Rinaldo: E-detectors. arXiv 2203.03532.

    Examples
    --------
    >>> bank = BurstBank(86_400.0)
    >>> none = np.zeros(0)
    >>> _ = bank.close(none, np.array([10.0, 1.0]), alarmed=none > 0, alpha=1e-3, alpha_first=1e-3)
    >>> calm = np.zeros(2, dtype=bool)
    >>> for _ in range(20):
    ...     judged = bank.close(np.array([10.0, 0.0]), none, alarmed=calm, alpha=1e-3,
    ...                         alpha_first=1e-3)
    >>> judged.expected.round()
    array([10.,  0.])
    >>> judged = bank.close(np.array([12.0, 25.0]), none, alarmed=calm, alpha=1e-3,
    ...                     alpha_first=1e-3)
    >>> (judged.evidence_nats >= judged.threshold_nats).tolist()
    [False, True]
    >>> bank.onset(1).observed
    25.0
    """

    def __init__(
        self,
        bucket_s: float,
        *,
        detector: type[Evidence] = ShiryaevRoberts,
        ratios: tuple[float, ...] = (1.5, 2.0, 4.0, 10.0),
        levels: tuple[tuple[float, float], ...] = ((5.0, 1.0), (20.0, 10.0)),
        keep_per_day: float = 0.97,
        shape: float = 0.3,
        expectation_cv: float = 0.1,
        winsor_sd: float = 3.0,
        common_weight: float = 50.0,
        learning_buckets: int | None = None,
        young_buckets: int | None = None,
        first_per_day: float = 1000.0,
        own_week: bool = False,
    ) -> None:
        days = bucket_s / DAY_S
        self._baseline = Baseline(
            days,
            keep_per_day=keep_per_day,
            shape=shape,
            expectation_cv=expectation_cv,
            winsor_sd=winsor_sd,
            own_week=own_week,
        )
        self.peers = Peers(
            days,
            keep_per_day=keep_per_day,
            first_per_day=first_per_day,
            young_buckets=young_buckets or max(28, round(1.0 / days)),
        )
        self._evidence = detector(ratios, levels, half=0.3)
        self._focus = FocusBank()
        self._tenure, self._common = Tenure(days), FactorFinder(days, weight=common_weight)
        factor_split = FactorSplit(days)
        prior_learning = PriorLearning(
            CohortPrior(days, keep_per_day=keep_per_day),
            learning_buckets or max(7, round(1.0 / (24.0 * days))),
        )
        self.open = OpenBucketView(self._baseline, self.peers, self._evidence, factor_split)
        self._parts = BurstParts(
            self._baseline,
            self._evidence,
            self.peers,
            prior_learning,
            factor_split,
            self._focus,
            self.open,
            self._tenure,
            self._common,
        )
        self._baselines_before: list[tuple[Rows, list[Any]]] = []
        self.state = State()
        self.state.include(
            baseline=self._baseline.state,
            prior_learning=prior_learning.state,
            evidence=self._evidence.state,
            focus=self._focus.state,
            peers=self.peers.state,
            factor_split=factor_split.state,
            tenure=self._tenure.state,
            common=self._common.state,
        )
        self.state.after_keep(lambda _: self._baselines_before.clear())

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self._baseline)

    @property
    def watched_from(self) -> int | None:
        """First row that the cohort's prior has still to learn from; None: there is none."""
        return self._parts.prior_learning.watched_from

    def remember(self, rows: Rows) -> F8:
        """What is worth remembering of rows that leave: see `Baseline.remember`."""
        return self._baseline.remember(rows)

    def recall(self, numbers: F8) -> None:
        """Add rows that had left, given what was remembered of them; they are not young."""
        self._baseline.recall(numbers)
        self.peers.returned(numbers.shape[1])
        self._tenure.enter(numbers.shape[1])
        self.state.grow_to(self.n)

    def common_factor(
        self,
        x: F8,
        first: F8,
        exposure: float = 1.0,
        hour: int | None = None,
        calendar_factor: F8 | None = None,
        returned: int = 0,
        start: float = 1.0,
    ) -> FoundFactor:
        """What most entities counted in a bucket, over what was expected: see `FactorFinder`."""
        counts = np.ascontiguousarray(x, dtype=np.float64)
        bulk = bulk_of(
            self._baseline, self._tenure, counts, first, self.peers.first.capped_total,
            exposure=exposure, hour=hour, calendar_factor=calendar_factor, returned=returned,
        )  # fmt: skip
        return self._common.found(bulk, start, self._tenure.days)

    def expected_of(self, rows: Rows, exposure: float, hour: int | None = None) -> F8:
        """Predictive mean of these rows."""
        return self.predicted(rows, exposure, hour)[2]

    def predicted(self, rows: Rows, exposure: float | F8, hour: int | None) -> tuple[F8, F8, F8]:
        """Widened shape, rate and mean of some known rows, at an exposure of all or of each."""
        return self._baseline.predictive(rows, np.maximum(exposure, LEAST_EXPOSURE), hour)

    @property
    def usual_factor(self) -> float:
        """Recent level of the common factor: at it rows count as usual."""
        return self._parts.factor_split.level

    def usual(self, exposure: float, hour: int | None = None) -> tuple[F8, F8]:
        """Widened shape and rate of known entities, at an exposure relative to its recent level."""
        a, b, _, _ = self.forecast(exposure * self.usual_factor, hour)
        return a, b / self.usual_factor

    def forecast(self, exposure: float | F8, hour: int | None = None) -> tuple[F8, F8, F8, F8]:
        """The forecast by which `close` will judge known entities, at this exposure.

        Widened shape and rate, mean, and share of the budget over the mean share.
        """
        exposures = np.maximum(np.broadcast_to(exposure, (self.n,)), LEAST_EXPOSURE)
        a, b, mean = self._baseline.predictive(slice(0, self.n), exposures, hour)
        share, _ = self._evidence.shares(mean, exposures)
        return a, b, mean, share / self._evidence.mean_share

    def close(
        self,
        x: F8,
        first: F8,
        *,
        exposure: float = 1.0,
        hour: int | None = None,
        alarmed: Flags,
        alpha: float,
        alpha_first: float,
        alpha_young: float = 0.0,
        learn: bool = True,
        calendar_factor: F8 | None = None,
        exposure_without_calendar: float = 1.0,
        found: FoundFactor = UNFOUND,
        flooded: Flooded | None = None,
    ) -> Judgement:
        """Judge one closed bucket, then learn from it.

        Parameters
        ----------
        x
            Counts of the n known entities.
        first
            Counts of newcomers, all above 0; they become rows n, n + 1, ...
        exposure
            Exposure of the bucket: profile times common factor.
        hour
            Hour of the week in which the bucket lies, 0 to 167; None where it is not known.
        alarmed
            Known entities with an open alert: R stays 0, nothing is learned.
        alpha, alpha_first, alpha_young
            Chance of a false alarm of a known entity, a newcomer, and a young entity that counts.
        learn
            False keeps the bucket out of all that is learned; R and the onset go on.
        calendar_factor
            Times, at least 1, by which the calendar raises the expectation of each row,
            newcomers last; None: it raises no row. Newcomers and young rows are judged and
            learned by their counts divided by it. The factor is an operator's guess: counts
            between the plain and the raised expectation leave the rate as it is.
        exposure_without_calendar
            Exposure that the bucket would have had if the calendar raised no row.
        found, flooded
            What `common_factor` found: learned, too. Which newcomers are part of a flood, if any.
        """
        close = BucketClose(
            self._parts,
            BucketCounts(
                np.ascontiguousarray(x, dtype=np.float64),
                np.ascontiguousarray(first, dtype=np.float64),
                exposure,
                hour,
                alarmed,
                alpha,
                alpha_first,
                alpha_young,
                learn,
                calendar_factor,
                exposure_without_calendar,
                found,
                flooded,
            ),
        )
        judged = close.judge_and_learn()
        self._baselines_before = close.baselines_before
        if len(first):
            self.state.grow_to(self.n)
        return judged

    def reset(self, rows: Rows) -> None:
        """Begin the evidence of these rows anew, after an alert."""
        self._evidence.reset(rows)
        self._focus.reset(rows)

    def hold(self, row: int) -> None:
        """Begin an alert, and undo what the last bucket taught about the row.

        While an alert is open, counts are compared with the baseline from before it.
        """
        at = np.array([row], dtype=np.intp)
        for rows, columns in self._baselines_before:
            place = (rows == row).nonzero()[0]
            if len(place):
                self._baseline.state.put(at, [column[place] for column in columns])
        self.reset(at)

    def adopt_level(self, rows: Rows, rate: F8) -> None:
        """Take rates, counts a unit of exposure, as the new level of rows: bursts outlived them."""
        self._baseline.adopt(rows, rate)
        self.reset(rows)

    def adopt_habit(self, row: int, counted: float, exposure: float, highest: float) -> None:
        """Learn what a row counted in its bursts, as `Baseline.add_bursts` does."""
        self._baseline.add_bursts(row, counted, exposure, highest)

    def onset(self, row: int) -> Onset | None:
        """Where the most conspicuous run of buckets began; None if there is none."""
        return self._focus.onset(row)
