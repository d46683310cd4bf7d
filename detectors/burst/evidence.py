"""What a burst detector for many rows must do, and how much of the budget each row may spend."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.burst.bucket_rows import BucketRows
from detectors.kernels.library import kernel, one_or_each
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

QUIET = 0.25
"""Part of what all others have that the silent may have together."""

LEAST_QUIET_MEAN, QUIET_MEAN = 1e-6, 0.003
"""Bounds of q."""

_SHARES = kernel("shares")


class Evidence(ABC):
    r"""Evidence of each row, in nats, from a count and the predictive that it is judged by.

    A subclass is a detector that a `BurstBank` can be made with. An alarm at evidence
    :math:`-\ln \alpha` must spend at most a row's share of :math:`\alpha`. A subclass registers its
    state, if any, with `state`.

    The share of a row with mean m is :math:`(m + q)/(m + h)`, relative to the mean share of the
    rows that were judged in the last bucket: nearly none of the silent rows will ever burst. q is
    at most .003, and less where silent rows are so many that together they would have more than
    the part `QUIET` of what the others have. So no number of ids that came once makes others much
    harder to find.

    Parameters
    ----------
    ratios, levels
        Alternatives to look for, as `shiryaev_roberts.step` takes them; equally weighted.
    half
        h: approximately the mean at which a row gets half the share of the busiest rows.

    Attributes
    ----------
    mean_share
        Mean share of the rows judged in the last bucket, before dividing by it.
    quiet_mean
        q.
    """

    def __init__(
        self,
        ratios: tuple[float, ...],
        levels: tuple[tuple[float, float], ...],
        *,
        half: float,
    ) -> None:
        self._ratios, self._levels, self._half = ratios, levels, half
        self.mean_share, self.quiet_mean = 1.0, QUIET_MEAN
        self.state = State()
        self.state.shared(self, mean_share=float, quiet_mean=float)
        self.state.since(5, "quiet_mean")

    def shares(self, mean: F8, exposure: float | F8) -> tuple[F8, float]:
        """Shares of rows expected to count `mean` at an exposure, and their sum."""
        out = np.empty_like(mean)
        total = _SHARES(mean, *one_or_each(exposure), self.quiet_mean, self._half, out)
        return out, total

    def settle(self, shares: float, rows: int) -> None:
        """Take in what the judged rows of a bucket had together, for the next one.

        Parameters
        ----------
        shares
            Sum of their shares.
        rows
            How many they were.
        """
        if not rows:
            return
        self.mean_share = shares / rows
        most = rows / self._half  # times q: what rows without an expectation have, at most
        others = shares - self.quiet_mean * most
        quiet = QUIET * others / most if others > 0.0 else 0.0
        quiet = LEAST_QUIET_MEAN if quiet < LEAST_QUIET_MEAN else quiet
        self.quiet_mean = QUIET_MEAN if quiet > QUIET_MEAN else quiet

    @abstractmethod
    def score(
        self,
        rows: Rows,
        share: F8,
        a: F8,
        b: F8,
        x: F8,
        exposure: float | F8,
        *,
        anew: bool = False,
    ) -> F8:
        """Evidence that these counts would give, in nats; nothing changes.

        Parameters
        ----------
        rows
            Rows that are asked about; one row may stand several times.
        share, a, b, x, exposure
            Of each: share of the budget, widened predictive, count and exposure.
        anew
            Whether to answer as though nothing had been learned.
        """

    def could_reach(self, rows: Rows, share: F8, a: F8, mean: F8, x: F8, nats: float) -> Flags:
        """Tell which of these counts could give so much evidence: cheap, and misses none.

        Parameters
        ----------
        rows, share, a, mean, x
            Of each: the row, share of the budget, shape and mean of the widened predictive, and
            the count, which is over the mean.
        nats
            Evidence that is asked about.
        """
        return np.ones(len(x), dtype=np.bool_)

    @abstractmethod
    def judge(self, baseline: Baseline, bucket: BucketRows, rows: slice) -> tuple[float, int, int]:
        """Judge neighbouring rows by their past, and learn what they counted.

        It sets what `bucket` holds of them when they have been judged. The evidence of rows with
        an alert begins anew.

        Parameters
        ----------
        baseline, bucket
            What was known of the rows before, and the bucket.
        rows
            Which rows.

        Returns
        -------
        tuple[float, int, int]
            Sum of their shares, how many reach the limit, and how many count.
        """

    @abstractmethod
    def reset(self, rows: Rows | slice = slice(None)) -> None:
        """Begin the evidence of these rows anew."""
