"""The burst detector ``"tail"``: how unlikely a count is by itself, whatever came before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.burst.evidence import Evidence
from detectors.distributions.gamma_poisson import tail

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
    >>> evidence.update(slice(0, 1), one, one, one, np.array([2.0]), 1.0) + np.log(0.25)
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

    def update(self, rows: slice, share: F8, a: F8, b: F8, x: F8, exposure: float | F8) -> F8:
        """Evidence of these counts; nothing is kept of them."""
        return self.score(np.zeros(0, dtype=np.intp), share, a, b, x, exposure)

    def reset(self, rows: Rows | slice = slice(None)) -> None:
        """Do nothing: rows have no state."""
