"""Evidence of one bucket by itself: how unlikely a count is, and nothing of those before it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.burst.evidence import share_at
from detectors.distributions.gamma_poisson import tail
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

LEAST = 1e-300
"""A tail of zero would be infinite evidence, which JSON does not have."""


class TailEvidence:
    r"""Predictive tail probabilities, in the place of `Evidence`; no state.

    .. math:: \ln s - \ln P(X \ge x)

    s is a row's share of the budget relative to the mean share, so that an alarm at
    :math:`-\ln \alpha` spends it as there. It sees a spike as soon, and a burst of less a
    bucket, that lasts, later or not at all.

    Parameters
    ----------
    half
        As `Evidence` has it.

    Examples
    --------
    >>> evidence = TailEvidence(half=0.3)
    >>> one = np.ones(1)
    >>> evidence.take(slice(0, 1), one, one, one, np.array([2.0]), 1.0) + np.log(0.25)
    array([0.])
    """

    def __init__(self, *, half: float) -> None:
        self._half = half
        self.mean_share = 1.0
        self.state = State()
        self.state.shared(self, mean_share=float)

    def share(self, mean: F8) -> F8:
        """Share of the budget at this mean; see `Evidence.share`."""
        return share_at(mean, self._half)

    def would_be(
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
        """Evidence that these counts would give, in nats; see `Evidence.would_be`."""
        chance = np.ones(len(x))
        some = np.flatnonzero(x > 0.0)  # of no count it is 1, and most have none
        on = exposure if isinstance(exposure, float) else exposure[some]
        chance[some] = tail(a[some], b[some], x[some], on)
        return np.log(share / self.mean_share) - np.log(np.maximum(chance, LEAST))

    def take(self, rows: slice, share: F8, a: F8, b: F8, x: F8, exposure: float | F8) -> F8:
        """Evidence of these counts; nothing is kept of them."""
        return self.would_be(np.zeros(0, dtype=np.intp), share, a, b, x, exposure)

    def reset(self, rows: Rows | slice = slice(None)) -> None:
        """Rows have no state."""
