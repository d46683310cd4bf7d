"""What a gap has held back comes later, all at once: that is no burst of anybody."""

from __future__ import annotations

import numpy as np

from detectors.source_faults.usual_counts import F8, Established
from detectors.state import State

LEAST_TIMES = 1.5
"""A bucket less busy than so many times the usual ends a catch-up."""

LEAST_EXPECTED = 5.0
"""So many counts of established senders must be expected to say how busy a bucket is."""


class CatchUp:
    """How many times the usual the buckets after a gap bring, as long as the gap explains it.

    Only established senders say how busy a bucket is, and none by more than its part in what is
    owed: neither fresh ids nor a burst pass for a catch-up.

    Attributes
    ----------
    state
        What a checkpoint stores.

    Examples
    --------
    >>> of_twenty = np.full(3, 1e3), np.full(3, 50.0)
    >>> senders = Established(np.arange(3), np.arange(3), lambda exposure: of_twenty)
    >>> after = CatchUp()
    >>> after.owe(300.0)
    >>> [after.times(60.0, senders, np.full(3, count)) for count in (100.0, 40.0, 20.0, 40.0)]
    [5.0, 2.0, 1.0, 1.0]
    """

    def __init__(self) -> None:
        self._owed = 0.0
        self.state = State()
        self.state.shared(self, _owed=float)
        self.state.since(6, "_owed")

    def owe(self, expected: float) -> None:
        """Begin after a gap in which so much was expected."""
        self._owed = expected

    def times(self, usual: float, established: Established, counts: F8) -> float:
        """How many times the usual a bucket brings; 1 where that is no catch-up.

        Parameters
        ----------
        usual
            Its usual total.
        established
            Established senders, and what is expected of them.
        counts
            The bucket's counts, as `established.among` numbers them.
        """
        if self._owed <= 0.0:
            return 1.0
        most = 1.0 + self._owed / usual if usual > 0.0 else 1.0
        times = min(self._busy(established, counts, most), most)
        if times < LEAST_TIMES:
            self._owed = 0.0
            return 1.0
        self._owed -= (times - 1.0) * usual
        return times

    def _busy(self, established: Established, counts: F8, most: float) -> float:
        shape, rate = established.predict(1.0)
        mean = shape / rate
        expected = float(np.sum(mean))
        if expected < LEAST_EXPECTED:
            return 1.0
        # Sorted: the sum does not depend on the order in which lanes arrived.
        cap = 3.0 + 2.0 * most * mean[established.rows]
        return float(np.sum(np.sort(np.minimum(counts[established.among], cap)))) / expected
