"""What senders usually count, learned bucket by bucket from what came before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from streams.counts.bucket import DAY_S

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

HALF_LIFE_DAYS = 7.0
KNOWN_DAYS = 7.0
"""Age in days after which a sender is known well enough to say what it usually does."""


class Usual:
    """Exponentially forgetting means of all senders of a source.

    Parameters
    ----------
    bucket_s
        The source's bucket size.

    Examples
    --------
    >>> usual = Usual(86400)
    >>> for _ in range(3):
    ...     usual.learn({"a": 4})
    >>> usual.means(usual.rows_of(["a"])).round(6)
    array([4.])
    """

    def __init__(self, bucket_s: int) -> None:
        self.buckets_a_day = DAY_S / bucket_s
        self._keep = 0.5 ** (1.0 / (HALF_LIFE_DAYS * self.buckets_a_day))
        self._keep_lately = 0.5 ** (1.0 / max(self.buckets_a_day, 3.0))
        self._rows: dict[str, int] = {}
        self._sums = np.zeros((2, 64))
        self._first = np.zeros(64, dtype=np.intp)
        self._passed = 0
        self._total = 0.0

    @property
    def senders(self) -> list[str]:
        """All that have counted, by row."""
        return list(self._rows)

    @property
    def total(self) -> float:
        """What all of them together usually count in a bucket."""
        return self._total / float(_weight(self._keep, max(self._passed, 1)))

    def rows_of(self, senders: Sequence[str]) -> Rows:
        """Rows of senders; -1 for one that has not counted yet."""
        return np.array([self._rows.get(sender, -1) for sender in senders], dtype=np.intp)

    def means(self, rows: Rows) -> F8:
        """What senders usually count in a bucket, since they were first seen."""
        return self._means(0, self._keep, rows)

    def quiet(self, rows: Rows, counts: F8) -> npt.NDArray[np.bool_]:
        """Whether senders are well known and do, lately and now, no more than they usually do.

        One count alone is never much: a small sender's mean is all of it for a while.
        """
        means = self.means(rows)
        lately = self._means(1, self._keep_lately, rows)
        known = self._passed - self._first[rows] >= KNOWN_DAYS * self.buckets_a_day
        calm = lately <= 2.0 * means + (1.0 - self._keep_lately)
        return np.asarray(known & calm & (counts <= 3.0 * means + 3.0))

    def learn(self, totals: Mapping[str, int]) -> None:
        """Take a bucket's counts in."""
        self._sums[0] *= self._keep
        self._sums[1] *= self._keep_lately
        for sender in totals:
            if sender not in self._rows:
                self._add(sender)
        rows = self.rows_of(list(totals))
        counts = np.fromiter(totals.values(), dtype=np.float64, count=len(totals))
        self._sums[:, rows] += counts
        self._total = self._total * self._keep + float(counts.sum())
        self._passed += 1

    def _add(self, sender: str) -> None:
        row = self._rows[sender] = len(self._rows)
        if row == len(self._first):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)], axis=1)
            self._first = np.concatenate([self._first, np.zeros_like(self._first)])
        self._first[row] = self._passed

    def _means(self, which: int, keep: float, rows: Rows) -> F8:
        age = np.maximum(self._passed - self._first[rows], 1)
        return np.asarray(self._sums[which, rows] / _weight(keep, age))


def _weight(keep: float, buckets: npt.ArrayLike) -> F8:
    """Total weight of this many buckets; the last one has the weight 1."""
    return np.asarray((1.0 - keep ** np.asarray(buckets)) / (1.0 - keep))
