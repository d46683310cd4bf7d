"""Counts with an unknown rate: Gamma posteriors of many entities, as arrays.

An entity counts ``x ~ Poisson(theta e)`` in a bucket of exposure ``e``. What is known about
``theta`` is a ``Gamma(a, b)`` (shape, rate): mean ``a / b`` counts a unit of exposure. All
functions work element by element on contiguous arrays, so that the numbers of an entity do not
depend, not even in the last bit, on the other entities of a call.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from detectors.kernels.library import kernel, one_or_each

F8 = npt.NDArray[np.float64]

_CAPPED_MEANS = kernel("capped_means")


def widen(a: F8, b: F8, spread: F8) -> tuple[F8, F8]:
    r"""Widen a posterior into the shape that predicts.

    .. math:: 1/a' = 1/a + s, \qquad b' = b\,a'/a

    The mean stays, the stored posterior keeps its full memory.

    Parameters
    ----------
    a, b
        Posterior shape and rate.
    spread
        Squared relative spread to add: overdispersion ``1 / k`` plus the squared
        relative error of the expectation.

    Examples
    --------
    >>> shape, rate = widen(np.array([10.0]), np.array([5.0]), np.array([0.4]))
    >>> float(shape[0]), float(rate[0])
    (2.0, 1.0)
    """
    keep = 1.0 / (1.0 + a * spread)
    return a * keep, b * keep


def forget(a: F8, b: F8, keep: float, shape: float) -> tuple[F8, F8]:
    r"""Discount what was learned, towards a prior that is equally wide at every rate.

    .. math:: g = \min(1, \lambda + (1 - \lambda) s / a), \qquad (a, b) \leftarrow (g a, g b)

    Only the amount of evidence is reduced, down to the shape ``s`` of one cell of the cohort's
    mixture, never the rate. Pulling a busy entity towards the mean of a mostly silent cohort
    would make its expectation too low and raise false alarms.

    Examples
    --------
    >>> a, b = forget(np.array([40.0]), np.array([4.0]), 0.5, 1.0)
    >>> float(a[0]), float(b[0])
    (20.5, 2.05)
    """
    g = np.minimum(1.0, keep + (1.0 - keep) * shape / a)
    return a * g, b * g


def silence(a: F8, b: F8, keep: float, shape: float, exposure: F8) -> tuple[F8, F8]:
    r"""Posteriors after a silence of this exposure: `forget`, bucket by bucket, and no count.

    With :math:`\dot a = -\rho (a - s)`, :math:`\rho = -\ln \lambda`, in place of the steps:

    .. math::

        a_e = s + (a - s) e^{-\rho e}, \qquad
        b_e = a_e \Bigl(\frac ba + \int_0^e \frac{dt}{a_t}\Bigr)

    Examples
    --------
    >>> a, b = np.array([3.0]), np.array([6.0])
    >>> at_once = silence(a, b, 0.97, 0.3, np.array([90.0]))
    >>> for _ in range(90):
    ...     a, b = forget(a, b, 0.97, 0.3)
    ...     b += 1.0
    >>> [float(part[0].round(2)) for part in (*at_once, a, b)]
    [0.47, 47.46, 0.47, 47.88]
    """
    rho, over = -np.log(keep), a - shape
    later = shape + over * np.exp(-rho * exposure)
    since = (rho * exposure + np.log(later / a)) / (rho * shape)
    return later, later * (b / a + since)


def capped_mean(a: F8, b: F8, exposure: float | F8) -> F8:
    r"""Predictive mean of ``min(X, 3)``, X negative binomial.

    .. math:: E[\min(X, 3)] = 3 - 3 p_0 - 2 p_1 - p_2

    Examples
    --------
    >>> bool(capped_mean(np.array([1.0]), np.array([1.0]), 1.0)[0] == 1 / 2 + 1 / 4 + 1 / 8)
    True
    """
    out = np.empty_like(a)
    _CAPPED_MEANS(a, b, *one_or_each(exposure), out)
    return out


def tail(a: F8, b: F8, x: F8, exposure: float | F8) -> F8:
    r"""Predictive tail probability ``P(X >= x)``, X negative binomial.

    .. math:: P(X \ge x) = I_q(x, a), \quad q = e / (b + e)

    Examples
    --------
    >>> tail(np.array([1.0]), np.array([1.0]), np.array([2.0]), 1.0)
    array([0.25])
    """
    q = exposure / (b + exposure)
    inner = special.betainc(np.maximum(x, 1.0), a, q)
    return np.asarray(np.where(x >= 1.0, inner, 1.0), dtype=np.float64)
