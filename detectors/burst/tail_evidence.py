"""The burst detector ``"tail"``: how unlikely a count is by itself, whatever came before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.burst.bucket_rows import BucketRows
from detectors.burst.evidence import Evidence
from detectors.distributions.gamma_poisson import tail
from detectors.kernels.library import ALL_ROWS

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

LEAST = 1e-300
"""Smallest tail: a tail of zero would be infinite evidence, which JSON does not have."""


class TailEvidence(Evidence):
    r"""Predictive tail probabilities. Rows have no state.

    .. math:: \ln s - \ln P(X \ge x)

    s is a row's share of the budget relative to the mean share, so that an alarm at
    :math:`-\ln \alpha` spends as much as an alarm of `ShiryaevRoberts` does. It finds a spike
    as soon. It finds a lasting burst of less a bucket later, or never.

    Examples
    --------
    >>> evidence = TailEvidence((), (), half=0.3)
    >>> one = np.ones(1)
    >>> evidence.score(np.array([0]), one, one, one, np.array([2.0]), 1.0) + np.log(0.25)
    array([0.])
    """

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
        """Evidence that these counts would give, in nats; see `Evidence.score`."""
        chance = np.ones(len(x))
        active = np.flatnonzero(x > 0.0)  # a count of zero has chance 1, and most counts are zero
        active_exposure = exposure if isinstance(exposure, float) else exposure[active]
        chance[active] = tail(a[active], b[active], x[active], active_exposure)
        return np.log(share / self.mean_share) - np.log(np.maximum(chance, LEAST))

    def judge(self, baseline: Baseline, bucket: BucketRows, rows: slice) -> tuple[float, int, int]:
        """Judge neighbouring rows; nothing is kept of their counts."""
        exposure = bucket.exposure_of(rows)
        a, b, mean = baseline.predictive(rows, exposure, bucket.hour)
        share, total = self.shares(mean, exposure)
        nats = self.score(ALL_ROWS, share, a, b, bucket.x[rows], exposure)
        bucket.nats[rows], bucket.expected[rows] = nats, mean
        busy = 1.0 if bucket.hour is None else baseline.profile.factor(rows, bucket.hour)[0]
        bucket.factor[rows] = busy
        over = int(np.count_nonzero(nats >= bucket.limit))
        return total, over, int(np.count_nonzero(bucket.x[rows]))

    def reset(self, rows: Rows | slice = slice(None)) -> None:
        """Do nothing: rows have no state."""
