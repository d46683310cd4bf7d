"""What a burst detector for many rows must do, and how much of the budget each row may spend."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class Evidence(ABC):
    r"""Evidence of each row, in nats, from a count and the predictive that it is judged by.

    A subclass is a detector that a `BurstBank` can be made with. An alarm at evidence
    :math:`-\ln \alpha` must spend at most a row's share of :math:`\alpha`. A subclass registers its
    state, if any, with `state`.

    The share of a row with mean m is :math:`(m + .003)/(m + h)`, relative to the mean share of
    the rows that were judged in the last bucket: nearly none of the silent rows will ever burst.

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
    """

    def __init__(
        self,
        ratios: tuple[float, ...],
        levels: tuple[tuple[float, float], ...],
        *,
        half: float,
    ) -> None:
        self._ratios, self._levels, self._half = ratios, levels, half
        self.mean_share = 1.0
        self.state = State()
        self.state.shared(self, mean_share=float)

    def share(self, mean: F8) -> F8:
        """Share of the budget at this mean, before dividing by the mean share."""
        return (mean + 0.003) / (mean + self._half)

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

    @abstractmethod
    def update(self, rows: slice, share: F8, a: F8, b: F8, x: F8, exposure: float | F8) -> F8:
        """Evidence of these counts, in nats, which are learned; parameters as of `score`."""

    @abstractmethod
    def reset(self, rows: Rows | slice = slice(None)) -> None:
        """Begin the evidence of these rows anew."""
