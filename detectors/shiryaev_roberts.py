r"""One step of the predictive Shiryaev-Roberts e-detector, for many entities at once.

For each ratio :math:`\mu_k` by which an entity's rate may have risen,

.. math::

    R_k \leftarrow (R_k + 1) L_k, \qquad
    \ln L_k = (a + x) \ln\frac{b + e}{b + \mu_k e} + x \ln \mu_k, \qquad
    E = \sum_k w_k R_k

where ``(a, b)`` is the posterior that predicts (already widened) and ``e`` the exposure:
:math:`L_k` is the likelihood ratio of two negative binomials. If the predictive is right,
an alarm at :math:`E \ge 1/\alpha`, with R = 0 after it, costs at most
:math:`\alpha n` expected false alarms in n buckets.

References
----------
J. Shin, A. Ramdas, A. Rinaldo: E-detectors: a nonparametric framework for sequential
change detection. arXiv 2203.03532.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

CEILING_NATS = 250.0
"""R is held below e to this power, far above any threshold, so that it stays finite."""


def step(
    state: F8, a: F8, b: F8, x: F8, exposure: float, ratios: tuple[float, ...], out: F8 | None
) -> F8:
    """Evidence after counts x, in nats; the new state goes to `out`.

    Parameters
    ----------
    state
        R, one row a ratio, one column an entity.
    a, b
        Widened posterior.
    x
        Counts.
    exposure
        Exposure of the bucket.
    ratios
        Ratios to look for, all of the same weight.
    out
        Where the new R goes (may be `state`), or None if the state must not move.

    Returns
    -------
    evidence
        ``ln E``, finite for any finite count.

    Examples
    --------
    >>> zero = np.zeros((1, 2))
    >>> evidence = step(zero, np.full(2, 50.0), np.full(2, 5.0), np.array([10.0, 30.0]),
    ...                 1.0, (2.0,), zero)
    >>> evidence.round(2)
    array([-2.32,  8.46])
    """
    gains = []
    for ratio in ratios:
        part = np.log((b + exposure) / (b + ratio * exposure))
        gains.append(a * part + x * (part + math.log(ratio)))
    # A zero gives only negative gains; whatever is large is taken out before exp.
    top = np.maximum(gains[0], 0.0)
    for gain in gains[1:]:
        np.maximum(top, gain, out=top)
    held = np.exp(np.minimum(top, CEILING_NATS))
    total = np.zeros_like(a)
    for k, gain in enumerate(gains):
        raised = (state[k] + 1.0) * np.exp(gain - top)
        total += raised
        if out is not None:
            np.minimum(raised * held, math.exp(CEILING_NATS), out=out[k])
    return np.asarray(top + np.log(total / len(ratios)), dtype=np.float64)
