"""What a silence means: entities that have not counted for a while are often gone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.kernels.library import kernel
from detectors.state import State

F8 = npt.NDArray[np.float64]

SIZES = 16
SILENCES = 20

_PASS = kernel("pass_silence")


class Silence:
    r"""Observed over expected counts, by size and by time since the last count.

    A Gamma posterior assumes steady rates, but senders fall silent. Of the complaints about
    telephone numbers that a steady rate of .3 to 1 a day leads one to expect, six in ten came
    within four days of the last one, and one in ten after a silence of a month. The table

    .. math::

        c = \frac{\kappa + \sum u \tilde x}{\kappa + \sum u m}, \qquad u = \min(1, 3/m)

    over all entities of a cell (rate: two octaves; exposure since the last count: one octave)
    corrects the expectation by what the cohort did. Where no entity leaves, it stays at 1.
    :math:`\tilde x` is winsorised, m is not corrected yet. The weight u keeps a busy entity from
    being its own cohort, which would learn that one day's gap in its data is normal.

    Parameters
    ----------
    keep
        Weight that a bucket's sums keep after one more bucket.
    start_weight
        κ: counts that pull a cell to 1.

    Attributes
    ----------
    table
        Corrections of all cells, for the present bucket.
    aside
        Observed and expected counts of the present bucket, by cell.

    Examples
    --------
    >>> silence = Silence(0.97)
    >>> for _ in range(100):
    ...     silence.aside[:, 0] += [200.0, 200.0]
    ...     silence.aside[:, 3] += [40.0, 200.0]
    ...     silence.pass_bucket()
    >>> silence.table[[0, 3]].round(1)
    array([1. , 0.2])
    """

    def __init__(self, keep: float, *, start_weight: float = 50.0) -> None:
        self._keep = keep
        self._start = start_weight
        self._seen, self._due = np.zeros(SIZES * SILENCES), np.zeros(SIZES * SILENCES)
        self.aside: F8 = np.zeros((2, SIZES * SILENCES))
        self.table: F8 = np.zeros(SIZES * SILENCES)
        self._tabulate()
        self.state = State()
        self.state.shared(self, _seen=np.ndarray, _due=np.ndarray)
        self.state.after_unpack(self._tabulate)

    def pass_bucket(self) -> None:
        """Take in what was set aside: a bucket is judged by what was known before it."""
        self._tabulate(self._keep)

    def _tabulate(self, keep: float = 1.0) -> None:
        """Take in what was set aside, and work out the corrections, for the bucket to come."""
        _PASS(self._seen, self._due, self.aside, keep, self._start, self.table)
