"""What a silence means: entities that have not counted for a while are often gone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.distributions.dispersion import octaves, size_classes
from detectors.state import State

F8 = npt.NDArray[np.float64]
Classes = npt.NDArray[np.intp]

SIZES = 16
SILENCES = 20


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

    Examples
    --------
    >>> table = Silence(0.97)
    >>> rate, quiet = np.full(2000, 0.2), np.repeat([0.0, 10.0], 1000)
    >>> for _ in range(100):
    ...     table.add(rate, quiet, rate, np.repeat([0.2, 0.04], 1000))
    ...     table.pass_bucket()
    >>> table.correction(rate[[0, -1]], quiet[[0, -1]]).round(1)
    array([1. , 0.2])
    """

    def __init__(self, keep: float, *, start_weight: float = 50.0) -> None:
        self._keep = keep
        self._start = start_weight
        self._seen, self._due = np.zeros(SIZES * SILENCES), np.zeros(SIZES * SILENCES)
        self._new_seen, self._new_due = np.zeros_like(self._seen), np.zeros_like(self._due)
        self._tabulate()
        self.state = State()
        self.state.shared(self, _seen=np.ndarray, _due=np.ndarray)
        self.state.after_unpack(self._tabulate)

    def correction(self, rate: F8, quiet: F8) -> F8:
        """Correction of entities with this rate and this exposure since their last count."""
        return np.asarray(self._table.take(_cells(rate, quiet)), dtype=np.float64)

    def add(self, rate: F8, quiet: F8, due: F8, seen: F8) -> None:
        """Set the expected and observed counts of one bucket aside."""
        cells = _cells(rate, quiet)
        weight = 3.0 / np.maximum(due, 3.0)
        self._new_due += np.bincount(cells, weights=weight * due, minlength=SIZES * SILENCES)
        self._new_seen += np.bincount(cells, weights=weight * seen, minlength=SIZES * SILENCES)

    def pass_bucket(self) -> None:
        """Take in what was set aside: a bucket is judged by what was known before it."""
        self._seen = self._seen * self._keep + self._new_seen
        self._due = self._due * self._keep + self._new_due
        self._new_seen, self._new_due = np.zeros_like(self._seen), np.zeros_like(self._due)
        self._tabulate()

    def _tabulate(self) -> None:
        """Corrections of all cells, for the bucket to come."""
        self._table = (self._seen + self._start) / (self._due + self._start)


def _cells(rate: F8, quiet: F8) -> Classes:
    cells = size_classes(rate)
    cells *= SILENCES
    cells += np.minimum(octaves(1.0 + quiet), SILENCES - 1)
    return cells
