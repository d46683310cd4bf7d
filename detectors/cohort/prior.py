"""What is known of a newcomer's rate from what became of the newcomers before it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.state import State

F8 = npt.NDArray[np.float64]
Bins = npt.NDArray[np.intp]

BINS = 64
"""First counts: exact to 4, then half octaves."""

START_SHARE = 0.3
"""Of a first count that an entity is taken to keep counting a bucket, before it is known."""

LEAST_SPREAD = 0.1
"""Squared relative spread of rates that is left even where all entities of a bin were alike."""


class CohortPrior:
    r"""Moments of later rates by first count, learned as entities age.

    A newcomer is known because it counted, so its first count says little of its rate: of
    numbers complained about five or six times on their first day, seven in ten got no
    complaint on the next, and one in 1,400 got twenty. No steady rate explains both; the
    cohort's own history does. For first counts x of a bin, with later counts S over
    later exposures B,

    .. math::

        \rho = \frac{n_0 \rho_0 + \sum S}{n_0 + \sum x B}, \qquad
        q = \frac{n_0 q_0 + \sum S (S - 1)}{n_0 + \sum (x B)^2}

    are mean and mean square of the rate relative to x, free of Poisson noise. Handed on is
    the Gamma with mean :math:`\rho x` and variance :math:`(q - \rho^2) x^2`: where most
    fall silent and a few go on, its shape is far below 1.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that an entity keeps after a day.
    start_weight
        :math:`n_0`: first counts times exposure that :math:`\rho_0` (three tenths) counts for.

    References
    ----------
    B. Efron, C. Morris: Stein's estimation rule and its competitors: an empirical Bayes
    approach. J. Am. Stat. Assoc. 68 (1973).

    Examples
    --------
    >>> prior = CohortPrior(1.0)
    >>> rate = lambda x: float((np.divide(*prior.posterior(np.array([x]), 1.0))).round(2)[0])
    >>> rate(5.0)
    1.5
    >>> prior.learn(np.full(1000, 5.0), 1.0, np.repeat([0.0, 35.0], [990, 10]), 7.0)
    >>> rate(5.0)
    0.05
    """

    def __init__(
        self, bucket_days: float, *, keep_per_day: float = 0.97, start_weight: float = 20.0
    ) -> None:
        self._keep = keep_per_day**bucket_days
        self._start = start_weight
        self._seen, self._due = np.zeros(BINS), np.zeros(BINS)
        self._seen2, self._due2 = np.zeros(BINS), np.zeros(BINS)
        self.state = State()
        self.state.shared(
            self, _seen=np.ndarray, _due=np.ndarray, _seen2=np.ndarray, _due2=np.ndarray
        )

    def posterior(self, x: F8, exposure: float) -> tuple[F8, F8]:
        """Gamma (a, b) of each newcomer after its first count."""
        bins = _bins(x)
        start, share = self._start, START_SHARE
        mean = (start * share + self._seen[bins]) / (start + self._due[bins])
        # Any rate from nought to the first count itself: the square of such is as wide.
        square = (start * share + self._seen2[bins]) / (start + self._due2[bins])
        spread = np.maximum(square / (mean * mean) - 1.0, LEAST_SPREAD)
        mean = mean * x / exposure
        return 1.0 / spread, 1.0 / (spread * mean)

    def learn(self, first: F8, exposure: float, later: F8, later_exposure: float) -> None:
        """Take in entities that leave school.

        Parameters
        ----------
        first
            Their first counts, all in the same bucket.
        exposure
            Exposure of that bucket.
        later, later_exposure
            What they counted since, and the exposure of these buckets.
        """
        bins, due = _bins(first), first * (later_exposure / exposure)
        self._seen += np.bincount(bins, weights=later, minlength=BINS)
        self._due += np.bincount(bins, weights=due, minlength=BINS)
        self._seen2 += np.bincount(bins, weights=later * (later - 1.0), minlength=BINS)
        self._due2 += np.bincount(bins, weights=due * due, minlength=BINS)

    def pass_bucket(self) -> None:
        """Let what was learned fade by one bucket."""
        for part in (self._seen, self._due, self._seen2, self._due2):
            part *= self._keep


def _bins(x: F8) -> Bins:
    octaves = 4.0 + np.floor(2.0 * (np.log2(np.maximum(x, 4.0)) - 2.0))
    return np.asarray(np.where(x < 4.0, x, np.minimum(octaves, BINS - 1)), dtype=np.intp)
