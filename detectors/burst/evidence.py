"""Evidence of all rows, and the part of the budget that each is given to spend."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.burst.shiryaev_roberts import step
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


def share_at(mean: F8, half: float) -> F8:
    """Share of the budget at a mean: see `Evidence`."""
    return (mean + 0.003) / (mean + half)


class Evidence:
    r"""Shiryaev-Roberts sums R, of shape (alternatives, rows).

    Of the inflow of R, which is what spends the budget, a row gets a share
    :math:`(m + .003)/(m + h)` at mean m, relative to the mean share of those judged in the
    last bucket: nearly none of those that are silent will ever burst.

    Parameters
    ----------
    ratios, levels
        Alternatives, as `shiryaev_roberts.step` takes them; equally weighted.
    half
        h: about the mean at which a row gets half of what the busiest get.
    """

    def __init__(
        self,
        ratios: tuple[float, ...],
        levels: tuple[tuple[float, float], ...],
        *,
        half: float,
    ) -> None:
        self._ratios, self._levels, self._half = ratios, levels, half
        self.r: F8 = np.zeros((len(ratios) + len(levels), 0))
        self.mean_share = 1.0
        self.state = State()
        # Evidence may begin anew at any time; what baselines have learned does not depend on it.
        alternatives = (*ratios, *(number for level in levels for number in level))
        self.state.columns(self, "r", valid_for=alternatives)
        self.state.shared(self, mean_share=float)

    def share(self, mean: F8) -> F8:
        """Share of the budget at this mean, before dividing by the mean share."""
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
        """Evidence that these counts would give, in nats; R stays as it is.

        Parameters
        ----------
        rows
            Which; one may stand more than once.
        share, a, b, x, exposure
            Of each: share, widened predictive, count and exposure.
        anew
            Whether R begins at 0.
        """
        state = np.ascontiguousarray(self.r[:, rows])
        if anew:
            state[:] = 0.0
        inflow = share / self.mean_share
        return step(state, inflow, a, b, x, exposure, self._ratios, self._levels, None)

    def take(self, rows: slice, share: F8, a: F8, b: F8, x: F8, exposure: float | F8) -> F8:
        """Take counts into R; see `would_be`."""
        state = self.r[:, rows]
        inflow = share / self.mean_share
        return step(state, inflow, a, b, x, exposure, self._ratios, self._levels, state)

    def reset(self, rows: Rows | slice = slice(None)) -> None:
        """Begin these rows anew."""
        self.r[:, rows] = 0.0
