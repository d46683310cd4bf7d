"""Which part of the common factor is the level of the entities' own rates."""

from __future__ import annotations

from detectors.state import State


class FactorSplit:
    r"""Recent level of the exposure, by which learning divides it.

    Only the product of rate and common factor is seen. If every rate were halved and every
    factor doubled, nothing would change, so a small bias of the rates that repeats each day
    would drive rates and factors apart (measured: from 1 to .02 in half a year). Rates are
    therefore learned at exposure :math:`e / g`, and g pulls the factor back to 1:

    .. math:: g = \sum \lambda^j e_{t-j}^2 \Big/ \sum \lambda^j e_{t-j}

    A real fall of all rates enters the factor at once, and the rates within a week or two.
    Exposures are weighed by themselves, so that gaps, which do not show the level, weigh nothing.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that a bucket keeps after a day.

    Examples
    --------
    >>> split = FactorSplit(1.0)
    >>> for exposure in [0.5, 0.0, 0.5]:
    ...     split.learn(exposure)
    >>> round(split.relative(1.0), 2)
    1.41
    """

    def __init__(self, bucket_days: float, *, keep_per_day: float = 0.85) -> None:
        self._keep = keep_per_day**bucket_days
        # It begins as after one day of exposure 1.
        self._sum = self._square = 1.0 / bucket_days
        self.state = State()
        self.state.shared(self, _sum=float, _square=float)

    @property
    def level(self) -> float:
        """Recent level of the exposure."""
        return self._square / self._sum

    def relative(self, exposure: float) -> float:
        """Exposure over its recent level."""
        return exposure * self._sum / self._square

    def learn(self, exposure: float) -> None:
        """Take in the exposure of a closed bucket."""
        self._sum = self._sum * self._keep + exposure
        self._square = self._square * self._keep + exposure * exposure
