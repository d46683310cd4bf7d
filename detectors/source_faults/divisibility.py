"""Whether all records of a bucket came several times: then all counts divide by one number."""

from __future__ import annotations

import math
import zlib
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.kernels.library import kernel
from detectors.source_faults.usual_counts import Established, as_usual
from detectors.state import State

F4 = npt.NDArray[np.float32]
F8 = npt.NDArray[np.float64]
Cells = npt.NDArray[np.intp]
NO_CELLS: Cells = np.zeros(0, dtype=np.intp)

DIVISORS = (2, 3, 4, 5, 6)

NEARLY_ALL = 0.9
"""At most a tenth of the counts may not divide: a few records came late, or came once."""

CELL_WEIGHT = 1.0
"""Counts that pull a cell to the share of all cells."""

LEAST_ENTITIES = 20
"""Fewer entities may burst together to the same number."""

LEAST_USUAL = 1.0 / 3.0
"""Part of the established whose counts, once divided, must be as usual: one number for all of them
is a quota, or one hand."""

LEAST_HISTORY = 100.0
"""Counts that must have been seen before a bucket can be called repeated."""

CELLS = 1024

_DIVISORS = np.array(DIVISORS, dtype=np.int64)
_LEARN = kernel("learn_divisors")


class Repeat(NamedTuple):
    """How many times the records of a bucket came, and the evidence in nats."""

    times: int
    evidence_nats: float


class Divisibility:
    r"""Distinguishes a bucket whose records came m times from a bucket with many records.

    If every record came m times, every count divides by m, whether the total is twice as large as
    usual or, on a quiet day, as large as usual. Of n entities that counted, let k have a count
    that divides by m, and let q be the usual share of such counts. If divisibility is
    independent from one entity to the next,

    .. math:: P(K \ge k) \le e^{-n\,\mathrm{KL}(k/n \,\|\, q)}, \qquad
        \mathrm{KL}(p \,\|\, q) = p \ln\frac{p}{q} + (1 - p) \ln\frac{1 - p}{1 - q}

    which holds for any chances with mean q (Hoeffding). q is the mean over the entities of this
    bucket. The chance of an entity is the share of recent counts that divide, over all entities
    with the same hash (1,024 cells). It is at least 1/m, the chance of large counts: whoever
    sends little today may send much tomorrow. So entities whose counts always divide
    (two segments a message, numbers rounded to tens) are no evidence, even where only they send.

    Entities are not independent if one hand moves them: a hundred new ids that send 6 each. So
    only established entities are evidence, or teach what is usual, and n counts only those whose
    count, once divided by m, is as usual for them (`as_usual`). The counts of all entities must
    divide, too.

    Parameters
    ----------
    keep
        Weight that what was seen keeps after a bucket.

    References
    ----------
    W. Hoeffding: Probability inequalities for sums of bounded random variables. JASA 58 (1963).

    Examples
    --------
    >>> shares = Divisibility(0.9)
    >>> day = np.repeat([1.0, 2.0, 3.0, 6.0], [400, 60, 30, 10])
    >>> cells = cells_of([f"sender {n}" for n in range(500)])
    >>> shares.learn(cells, day)
    >>> everybody, some = np.arange(500), np.arange(0, 500, 10)
    >>> usual = lambda exposure: (np.full(500, 3.0), 3.0 / day)
    >>> shares.test(day, cells, Established(everybody, everybody, usual))
    Repeat(times=1, evidence_nats=0.0)
    >>> few = Established(np.arange(50), some, usual)
    >>> [shares.test(m * day[some], cells[some], few).times for m in (2.0, 3.0)]
    [2, 3]
    >>> shares.test(np.full(50, 6.0), cells[some], few._replace(among=some[:0], rows=some[:0]))
    Repeat(times=1, evidence_nats=0.0)
    """

    def __init__(self, keep: float) -> None:
        self._keep = np.float32(keep)
        self.forget()
        self.state = State()
        self.state.shared(self, _seen=np.ndarray, _divided=np.ndarray)

    def forget(self) -> None:
        """Begin anew: what seemed repeated has lasted too long to be a mistake."""
        self._seen: F4 = np.zeros(CELLS, dtype=np.float32)
        self._divided: F4 = np.zeros((len(DIVISORS), CELLS), dtype=np.float32)

    def test(
        self,
        counts: F8,
        cells: Cells,
        established: Established,
        *,
        threshold_nats: float = 14.0,
    ) -> Repeat:
        """How many times the records of these counts came: the largest number with enough evidence.

        Parameters
        ----------
        counts
            The counts of all entities, all above 0.
        cells
            Cells of the established, by `cells_of`.
        established
            Which of the counts are theirs, and what they usually count.
        threshold_nats
            Evidence that is needed.
        """
        n = len(established.among)
        if len(counts) < LEAST_ENTITIES or not n:
            return Repeat(1, 0.0)
        known, seen = counts[established.among], float(np.sum(self._seen, dtype=np.float64))
        if seen < LEAST_HISTORY:
            return Repeat(1, 0.0)
        for at in reversed(range(len(DIVISORS))):
            divides = counts % DIVISORS[at] == 0.0
            share = float(np.count_nonzero(divides[established.among])) / n
            if min(share, float(np.count_nonzero(divides)) / len(counts)) < NEARLY_ALL:
                continue
            divided = self._divided[at].astype(np.float64)
            usual = CELL_WEIGHT * float(np.sum(divided)) / seen
            by_cell = np.maximum((usual + divided) / (CELL_WEIGHT + self._seen), 1 / DIVISORS[at])
            # Sorted, so that the sum does not depend on the entities' order.
            divergence = _divergence(share, float(np.mean(np.sort(by_cell[cells]))))
            if n * divergence < threshold_nats:
                continue
            witnesses = as_usual(established, np.ceil(known / DIVISORS[at]))
            if witnesses >= LEAST_USUAL * n and witnesses * divergence >= threshold_nats:
                return Repeat(DIVISORS[at], witnesses * divergence)
        return Repeat(1, 0.0)

    def learn(self, cells: Cells, counts: F8) -> None:
        """Learn the counts of the established, all above 0, of a bucket that came once."""
        _LEARN(cells, counts, _DIVISORS, float(self._keep), self._seen, self._divided)


def cells_of(names: Collection[str]) -> Cells:
    """Cells of these entities: a hash that is the same on every machine."""
    hashes = map(zlib.crc32, map(str.encode, names))
    return np.fromiter(hashes, dtype=np.intp, count=len(names)) % CELLS


def _divergence(p: float, q: float) -> float:
    if p <= q:
        return 0.0
    complement = (1.0 - p) * math.log((1.0 - p) / (1.0 - q)) if p < 1.0 else 0.0
    return p * math.log(p / q) + complement
