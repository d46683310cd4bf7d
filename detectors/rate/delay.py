"""The delay from a message to its complaints: a mixture that needs a few numbers an entity."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

DAY_S = 86_400.0

CLOSE_ENOUGH = 1e-12
"""Gain in log-likelihood, for each delay, below which no further round of EM is run."""

LONGEST_FIT = 10_000


@dataclass(frozen=True, slots=True)
class Delay:
    r"""Distribution of the delay from sending to complaining.

    .. math::

        f(s) = \sum_j \frac{w_j}{\tau_j} e^{-s/\tau_j} + \frac{w_0}{H} [s < H],
        \qquad w_0 + \sum_j w_j = 1

    The exponentials follow the distribution; the floor w_0, uniform over a horizon H, is for
    complaints that come later still.

    Attributes
    ----------
    weights, means_s
        :math:`w_j` and :math:`\tau_j` (seconds) of the exponentials, the fastest first.
    floor
        :math:`w_0`.
    horizon_s
        H, seconds.

    Examples
    --------
    >>> delay = Delay((0.5, 0.3, 0.15), (3600.0, 86_400.0, 864_000.0), 0.05, 90 * DAY_S)
    >>> delay.shares(86_400.0, 4).round(3)
    array([0.597, 0.155, 0.057, 0.028])
    """

    weights: tuple[float, ...]
    means_s: tuple[float, ...]
    floor: float
    horizon_s: float

    def __post_init__(self) -> None:
        parts = (*self.weights, self.floor)
        if len(self.weights) != len(self.means_s):
            raise ValueError(
                "weights and means_s must have the same length;"
                f" found {len(self.weights)} and {len(self.means_s)}"
            )
        if min(parts) < 0 or abs(math.fsum(parts) - 1.0) > 1e-9:
            raise ValueError(f"weights and floor must be at least 0 and sum to 1; found {parts}")
        if min(*self.means_s, self.horizon_s) <= 0:
            raise ValueError(
                f"means_s and horizon_s must be above 0; found {self.means_s}, {self.horizon_s}"
            )

    @classmethod
    def fit(
        cls,
        delays_s: npt.ArrayLike,
        observed_for_s: npt.ArrayLike = math.inf,
        *,
        exponentials: int = 4,
        horizon_s: float = 90 * DAY_S,
    ) -> Delay:
        r"""Fit by maximum likelihood to delays, of which only those that had ended are known.

        A complaint about a message sent :math:`T_i` ago is among the data only if its delay
        was at most :math:`T_i`, so its likelihood is :math:`f(x_i) / F(T_i)`. Each complaint that
        was seen stands for :math:`(1 - F(T_i)) / F(T_i)` that are still to come; the EM algorithm
        fills these in. It starts from the quantiles of the delays; the same data always give
        the same fit.

        Delays below 0 (a time is wrong) and beyond the horizon are left out.

        Parameters
        ----------
        delays_s
            Delays in seconds.
        observed_for_s
            :math:`T_i`: how long after its message a complaint would have been seen, one
            for all or one each. Infinite where the data are all complaints *filed* in a period:
            they are about messages of any age, and nothing is cut off.
        exponentials
            Number of exponentials.
        horizon_s
            H, seconds.

        Raises
        ------
        ValueError
            If there are fewer than ten usable delays for each exponential.

        References
        ----------
        A. Dempster, N. Laird, D. Rubin: Maximum likelihood from incomplete data via the EM
        algorithm. J. R. Stat. Soc. B 39 (1977), section 4.2.

        Examples
        --------
        >>> rng = np.random.default_rng(1)
        >>> delays, seen = rng.exponential(100.0, 10_000), rng.uniform(0.0, 200.0, 10_000)
        >>> cut = delays < seen
        >>> Delay.fit(delays[cut], seen[cut], exponentials=1, horizon_s=1e6).means_s
        (10...,)
        """
        x = np.asarray(delays_s, dtype=np.float64)
        end = np.broadcast_to(np.asarray(observed_for_s, dtype=np.float64), x.shape)
        good = (x >= 0.0) & (x <= np.minimum(end, horizon_s))
        x, end = x[good], end[good]
        if len(x) < 10 * exponentials:
            raise ValueError(
                f"delays_s must hold at least {10 * exponentials} delays from 0 to the horizon"
                f" ({horizon_s:g} s) for {exponentials} exponentials; found {len(x)}"
            )
        quantiles = np.quantile(x, (np.arange(exponentials) + 0.5) / exponentials)
        fit = cls(
            (0.95 / exponentials,) * exponentials,
            tuple(np.maximum.accumulate(np.maximum(quantiles, 1.0)).tolist()),
            0.05,
            horizon_s,
        )
        best = -math.inf
        for _ in range(LONGEST_FIT):
            fit, likelihood = fit._improved(x, end)
            if likelihood - best < CLOSE_ENOUGH * len(x):
                break
            best = likelihood
        order = np.argsort(fit.means_s, kind="stable").tolist()
        return cls(
            tuple(fit.weights[j] for j in order),
            tuple(fit.means_s[j] for j in order),
            fit.floor,
            horizon_s,
        )

    def _improved(self, x: F8, end: F8) -> tuple[Delay, float]:
        """One round of EM, and the log-likelihood before it."""
        densities = [
            w / mean * np.exp(-x / mean) for w, mean in zip(self.weights, self.means_s, strict=True)
        ]
        density = sum(densities, np.full_like(x, self.floor / self.horizon_s))
        later = [
            w * np.exp(-end / mean) for w, mean in zip(self.weights, self.means_s, strict=True)
        ]
        flat_later = self.floor * np.maximum(1.0 - end / self.horizon_s, 0.0)
        seen = 1.0 - sum(later, flat_later)
        likelihood = float(np.sum(np.log(density) - np.log(seen)))
        known_end = np.where(np.isinf(end), 0.0, end)
        masses, means = [], []
        for part, tail, mean in zip(densities, later, self.means_s, strict=True):
            here, to_come = part / density, tail / seen
            mass = float(np.sum(here) + np.sum(to_come))
            # An exponential has no memory: what is still to come comes, on average, one mean
            # after the end.
            total = float(np.sum(here * x) + np.sum(to_come * (known_end + mean)))
            masses.append(mass)
            means.append(max(total / mass, 1.0) if mass > 0.0 else mean)
        flat = float(np.sum(self.floor / self.horizon_s / density) + np.sum(flat_later / seen))
        total_mass = math.fsum([*masses, flat])
        weights = tuple(mass / total_mass for mass in masses)
        return Delay(weights, tuple(means), flat / total_mass, self.horizon_s), likelihood

    def beyond(self, s: npt.ArrayLike) -> F8:
        """Share of complaints with a delay of more than `s` seconds."""
        at = np.asarray(s, dtype=np.float64)
        out = self.floor * np.maximum(1.0 - at / self.horizon_s, 0.0)
        for weight, mean in zip(self.weights, self.means_s, strict=True):
            out = out + weight * np.exp(-at / mean)
        return np.asarray(out, dtype=np.float64)

    def shares(self, bucket_s: float, n: int) -> F8:
        r"""Shares f_0, ..., f_{n-1} of the complaints about a bucket that come d buckets later.

        Messages are uniform within their bucket, and complaints are counted by bucket. With
        bucket size T, :math:`q = e^{-T/\tau}` and :math:`s = (1 - q) \tau / T`, an exponential
        gives

        .. math:: f_0 = 1 - s, \qquad f_d = s (1 - q) q^{d-1}

        and the floor, with :math:`h = H / T` a whole number, gives 1/2h at both ends and 1/h
        between. `s` and `f_0` are exact integrals: the shares sum to 1.
        """
        steps = self.horizon_buckets(bucket_s)
        d = np.arange(n, dtype=np.float64)
        out = np.where(d <= steps, self.floor / steps, 0.0)
        out[(d == 0) | (d == steps)] *= 0.5
        for weight, mean in zip(self.weights, self.means_s, strict=True):
            first, later, keep = exponential_shares(bucket_s, mean)
            out += weight * np.where(d == 0, first, later * keep ** np.maximum(d - 1, 0))
        return out

    def horizon_buckets(self, bucket_s: float) -> int:
        """H in whole buckets, at least 1."""
        return max(round(self.horizon_s / bucket_s), 1)


PHONE_CALLS = Delay(
    (0.09113246, 0.38323011, 0.34101335, 0.17885076),
    (374.99327, 8008.4809, 52199.025, 618018.12),
    0.00577332,
    90 * DAY_S,
)
"""From an unwanted telephone call to the complaint: `Delay.fit` on 13,592 complaints that were
filed with the Do Not Call registry of the US Federal Trade Commission on 7 July 2021 (442 more
are dated before they happened). The share beyond any time from 15 minutes to 14 days is wrong by
at most 12 %; with three exponentials by up to 20 %, with two by 36 % (`python -m
benchmarks.complaint_rate --delays`). All were filed on one day, so nothing is cut off. Fit your
own delay where complaints have `occurred_at`.
"""


def exponential_shares(bucket_s: float, mean_s: float) -> tuple[float, float, float]:
    """Share of the same bucket, of the next one, and the ratio of each later one to the last."""
    ratio = bucket_s / mean_s
    gone = -math.expm1(-ratio)
    spread = gone / ratio
    return (ratio - gone) / ratio, spread * gone, math.exp(-ratio)
