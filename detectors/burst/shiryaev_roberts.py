r"""The burst detector ``"e-sr"``: predictive Shiryaev-Roberts sums of many rows at once.

For each alternative k,

.. math::

    R_k \leftarrow (R_k + v) L_k, \qquad E = \sum_k w_k R_k

where :math:`L_k` is the likelihood ratio of the count under the alternative and under the
predictive, a negative binomial of shape a and mean :math:`m = e a / b` (``(a, b)`` already
widened, ``e`` the exposure). If the predictive is right, the expected ratio is 1 for any
alternative. An alarm at :math:`E \ge 1/\alpha`, with R = 0 after it, then costs at most
:math:`\alpha \sum v` expected false alarms. The inflow v is 1 for an entity taken alone; among
several it says how large a part of the budget is spent on it now. There are two kinds of
alternatives:

A *ratio* :math:`\mu`: the rate rises μ-fold, the shape stays,

.. math::

    \ln L = (a + x) \ln\frac{b + e}{b + \mu e} + x \ln \mu

A *level* (r, l): the mean becomes :math:`M = r m + l`, the shape :math:`A = \max(a, 1)`,

.. math::

    \ln L = \ln\frac{\Gamma(x + A)\,\Gamma(a)}{\Gamma(A)\,\Gamma(x + a)}
            + a \ln\frac{a + m}{a} - A \ln\frac{A + M}{A}
            + x \Bigl(\ln\frac{M}{A + M} - \ln\frac{m}{a + m}\Bigr)

for senders that are mostly silent. Their shape a is small, so that they would mostly count zero
even at a rate μ times as high; a ratio makes no use of how unlikely it was that they count
at all. The gamma functions are needed only where a is below 1 and the count above 0.

References
----------
J. Shin, A. Ramdas, A. Rinaldo: E-detectors: a nonparametric framework for sequential
change detection. arXiv 2203.03532.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.burst.bucket_rows import BucketRows
from detectors.burst.evidence import Evidence
from detectors.kernels.library import ALL_ROWS, kernel, one_or_each

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

CEILING_NATS = 250.0
"""R is held below e to this power, far above any threshold, so that it stays finite."""

SLACK_NATS = 1e-6
"""More than the evidence of a count can differ by rounding."""

_STEP, _JUDGE = kernel("step"), kernel("judge")


class ShiryaevRoberts(Evidence):
    """Shiryaev-Roberts sums R, of shape (alternatives, rows)."""

    def __init__(
        self,
        ratios: tuple[float, ...],
        levels: tuple[tuple[float, float], ...],
        *,
        half: float,
    ) -> None:
        super().__init__(ratios, levels, half=half)
        self._of_ratios, self._of_levels = np.array(ratios), np.array(levels)
        self.r: F8 = np.zeros((len(ratios) + len(levels), 0))
        # Evidence may begin anew at any time; what baselines have learned does not depend on it.
        alternatives = (*ratios, *(number for level in levels for number in level))
        self.state.columns(self, "r", valid_for=alternatives)

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
        out = np.empty_like(x)
        _STEP(
            rows, 0, len(x), anew, False, share, a, b, x, *one_or_each(exposure), *self.sums(), out
        )
        return out

    def could_reach(self, rows: Rows, share: F8, a: F8, mean: F8, x: F8, nats: float) -> Flags:
        r"""Tell which counts could give so much evidence; see `Evidence.could_reach`.

        No alternative of shape a gains more than the one whose mean is x. Where a is below 1,
        levels are looked for with shape 1: the best of these gains at most
        :math:`-(1 + a) \ln a - (1 - a)` more, because :math:`\Gamma(1 + a) \le 1` and
        :math:`\psi(t) \le \ln t`.
        """
        held = self.r.sum(axis=0)[rows] / len(self.r) + share / self.mean_share
        gained = x * np.log(x / mean) - (a + x) * np.log((a + x) / (a + mean))
        below = np.minimum(a, 1.0)
        gained -= (1.0 + below) * np.log(below) + (1.0 - below)
        return np.asarray(np.log(held) + gained >= nats - SLACK_NATS)

    def judge(self, baseline: Baseline, bucket: BucketRows, rows: slice) -> tuple[float, int, int]:
        """Judge neighbouring rows, whose counts go into R; see `Evidence.judge`."""
        found: tuple[float, int, int] = _JUDGE(
            rows.start, rows.stop - rows.start, bucket.x, bucket.alarmed, bucket.exposures,
            bucket.exposure, *baseline.known(bucket.hour), *self.of_kernel(), bucket.limit,
            bucket.nats, bucket.expected, bucket.factor,
        )  # fmt: skip
        return found

    def sums(self) -> tuple[Any, ...]:
        """R and the alternatives, as kernels take them."""
        return self.r.shape[1], self.r, self._of_ratios, self._of_levels, self.mean_share

    def of_kernel(self) -> tuple[Any, ...]:
        """R, the alternatives and the shares, as a kernel takes them that judges rows."""
        return *self.sums(), self.quiet_mean, self._half

    def reset(self, rows: Rows | slice = slice(None)) -> None:
        """Begin the evidence of these rows anew."""
        self.r[:, rows] = 0.0


def step(
    state: F8,
    inflow: F8,
    a: F8,
    b: F8,
    x: F8,
    exposure: float | F8,
    ratios: tuple[float, ...],
    levels: tuple[tuple[float, float], ...],
    out: F8 | None,
) -> F8:
    """Evidence after counts x, in nats; the new state goes to `out`.

    Parameters
    ----------
    state
        R, one row an alternative (ratios, then levels), one column an entity.
    inflow
        v of each entity.
    a, b
        Widened posterior.
    x
        Counts.
    exposure
        Exposure of the bucket, one for all or one each, above 0.
    ratios, levels
        Alternatives to look for, all of the same weight.
    out
        Where the new R goes (may be `state`); None: nowhere.

    Returns
    -------
    evidence
        ``ln E``, finite for any finite count.

    Examples
    --------
    >>> zero = np.zeros((1, 2))
    >>> evidence = step(zero, np.ones(2), np.full(2, 50.0), np.full(2, 5.0),
    ...                 np.array([10.0, 30.0]), 1.0, (2.0,), (), zero)
    >>> evidence.round(2)
    array([-2.32,  8.46])
    """
    r = np.ascontiguousarray(state) if out is state or out is None else state.copy(order="C")
    evidence = np.empty_like(x)
    _STEP(
        ALL_ROWS, 0, len(x), False, out is not None, inflow, a, b, x, *one_or_each(exposure),
        len(x), r, np.array(ratios), np.array(levels), 1.0, evidence,
    )  # fmt: skip
    if out is not None and out is not r:
        out[...] = r
    return evidence
