"""Poisson-FOCuS: when a rise began, and how large it is; for one series, and for many rows."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from river import base

from detectors.kernels.library import kernel
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_CLOSE = kernel("focus_close")


class PoissonFOCuS(base.AnomalyDetector):
    r"""Largest Poisson likelihood ratio over all starts and all raised rates, exactly.

    .. math::

        \max_\tau \; S \ln(S/B) - (S - B), \quad
        S = \sum_{t \ge \tau} x_t, \; B = \sum_{t \ge \tau} m_t, \; S > B

    It holds the starts that can still become the best for some raised rate: vertices of the
    lower convex hull of the points (B, S). That is a handful for a series in control.

    Parameters
    ----------
    expected
        Expectation of a count for which none is given.

    Attributes
    ----------
    nats
        The statistic after the last learned count.
    buckets_ago
        Learned counts since the best start, 0 if nothing stands out.
    observed, expected_since
        What was counted and expected since then.

    References
    ----------
    K. Ward, G. Dilillo, I. Eckley, P. Fearnhead: Poisson-FOCuS: an efficient online
    method for detecting count bursts with application to gamma ray burst detection.
    arXiv 2208.01494.

    Examples
    --------
    >>> focus = PoissonFOCuS(expected=2.0)
    >>> for count in [1, 0, 0, 4, 6]:
    ...     focus.learn_one({"count": count})
    >>> round(focus.nats, 4)
    3.1629
    >>> focus.buckets_ago, focus.observed, focus.expected_since
    (2, 10.0, 4.0)
    >>> round(focus.score_one({"count": 5, "expected": 1.0}), 4)
    6.4792
    """

    def __init__(self, expected: float = 1.0) -> None:
        self.expected = expected
        self.nats = 0.0
        self.buckets_ago = 0
        self.observed = 0.0
        self.expected_since = 0.0
        self._closed = 0
        # Counted and expected since each start, oldest first. Each start has its own sums:
        # differences of running sums would lose a small expectation after large ones.
        self._starts: list[tuple[float, float, int]] = []

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Learn a count and its expectation, which may be left out."""
        count, expected = self._read(x)
        # A new list: a shallow copy of the detector shares the old one.
        self._starts = [(s + count, b + expected, bucket) for s, b, bucket in self._starts]
        self._starts.append((count, expected, self._closed))
        self._closed += 1
        self._prune()
        self.nats, self.buckets_ago, self.observed, self.expected_since = 0.0, 0, 0.0, 0.0
        for s, b, bucket in self._starts:
            nats = _nats(s, b)
            if nats > self.nats:
                self.nats, self.buckets_ago = nats, self._closed - bucket
                self.observed, self.expected_since = s, b

    def score_one(self, x: dict[Hashable, Any]) -> float:
        """Statistic, in nats, that this count would give."""
        count, expected = self._read(x)
        best = _nats(count, expected)
        for s, b, _ in self._starts:
            best = max(best, _nats(s + count, b + expected))
        return best

    def reset(self) -> None:
        """Forget all starts, after an alarm."""
        self._starts = []
        self.nats, self.buckets_ago, self.observed, self.expected_since = 0.0, 0, 0.0, 0.0

    def _read(self, x: dict[Hashable, Any]) -> tuple[float, float]:
        return float(x["count"]), float(x.get("expected", self.expected))

    def _prune(self) -> None:
        starts = self._starts
        while starts:
            s, b, _ = starts[-1]
            rise, run = (starts[-2][0] - s, starts[-2][1] - b) if len(starts) > 1 else (1.0, 1.0)
            if rise * b < s * run:
                return
            starts.pop()


def _nats(s: float, b: float) -> float:
    return s * math.log(s / b) - (s - b) if s > b else 0.0


class Onset(msgspec.Struct, frozen=True):
    """The stretch of buckets, up to the last closed bucket, that stands out most."""

    buckets_ago: int
    """Closed buckets since it began: 1 if it is just the last one."""
    nats: float
    observed: float
    expected: float


class FocusBank:
    r"""`PoissonFOCuS` of many rows, updated only in buckets in which a row counts.

    .. math::

        \max_\tau \; S \ln(S/B) - (S - B), \quad
        S = \sum_{t \ge \tau} x_t, \; B = \sum_{t \ge \tau} m_t, \; S > B

    A start is a point (B, S) of the running sums. Only vertices of their lower convex hull can
    ever be the best start, up to where the slope falls to 1: beyond it, the present is the
    better start. A bucket without counts moves the present to the right. It can remove vertices,
    but adds none that survives the next bucket. A row's vertices are therefore corrected only in
    buckets in which it counts; there the maximum is the same as if every bucket had been looked at.

    Vertices of all rows lie in flat arrays ordered by row: 24 bytes each, on average about one
    for an entity that was active lately, none for others.

    References
    ----------
    K. Ward, G. Dilillo, I. Eckley, P. Fearnhead: Poisson-FOCuS: an efficient online
    method for detecting count bursts with application to gamma ray burst detection.
    arXiv 2208.01494.

    Examples
    --------
    >>> bank = FocusBank()
    >>> bank.grow(1)
    >>> for count in [1.0, 0.0, 0.0, 4.0, 6.0]:
    ...     bank.close(np.array([2.0]), np.array([count]), np.array([True]))
    >>> bank.onset(0)
    Onset(buckets_ago=2, nats=3.1629..., observed=10.0, expected=4.0)
    """

    def __init__(self) -> None:
        self.closed = 0
        self._sum = np.zeros(0)
        self._mass = np.zeros(0)
        self._row: Rows = np.zeros(0, dtype=np.intp)
        self._at_sum = np.zeros(0)
        self._at_mass = np.zeros(0)
        self._at_bucket = np.zeros(0, dtype=np.int64)
        self._forgotten: set[int] = set()
        self.state = State()
        self.state.columns(self, "_sum", "_mass")
        self.state.ragged(self, "_row", "_at_sum", "_at_mass", "_at_bucket")
        self.state.shared(self, closed=int)
        self.state.before_pack(self._forget)

    def grow(self, n: int) -> None:
        """Add n rows."""
        self.state.grow_to(len(self.state) + n)

    def close(
        self, expected: F8, x: F8, judged: npt.NDArray[np.bool_], active: int | None = None
    ) -> None:
        """Take in one closed bucket.

        Parameters
        ----------
        expected, x
            Expectation and count of each row.
        judged
            Rows to take in; the others stay as if the bucket had not been.
        active
            How many rows count at most, where that is known.
        """
        if not len(x):
            self.closed += 1
            return
        if self._forgotten:
            self._forget()
        had = len(self._row)
        room = had + (len(x.nonzero()[0]) if active is None else active)
        row, bucket = np.empty(room, dtype=np.intp), np.empty(room, dtype=np.int64)
        at_sum, at_mass = np.empty(room), np.empty(room)
        has = _CLOSE(
            len(x), expected, x, judged, self._sum, self._mass, self.closed,
            had, self._row, self._at_sum, self._at_mass, self._at_bucket,
            room, row, at_sum, at_mass, bucket,
        )  # fmt: skip
        if has < room:
            row, bucket, at_sum, at_mass = row[:has], bucket[:has], at_sum[:has], at_mass[:has]
        self._row, self._at_bucket, self._at_sum, self._at_mass = row, bucket, at_sum, at_mass
        self.closed += 1

    def reset(self, rows: Rows) -> None:
        """Forget all starts of these rows."""
        # Each alert resets its own row; searching the starts of all rows each time would cost much.
        self._forgotten.update(rows.tolist())

    def _forget(self) -> None:
        if not self._forgotten:
            return
        gone = np.zeros(len(self._sum), dtype=np.bool_)
        gone[list(self._forgotten)] = True
        keep = ~gone[self._row]
        self._row, self._at_sum = self._row[keep], self._at_sum[keep]
        self._at_mass, self._at_bucket = self._at_mass[keep], self._at_bucket[keep]
        self._forgotten.clear()

    def onset(self, row: int) -> Onset | None:
        """Where the largest statistic of a row begins, or None if nothing stands out."""
        first, last = np.searchsorted(self._row, [row, row + 1])
        if first == last or row in self._forgotten:
            return None
        s = self._sum[row] - self._at_sum[first:last]
        b = self._mass[row] - self._at_mass[first:last]
        raised = s > b
        if not raised.any():
            return None
        nats = np.where(raised, s * np.log(np.where(raised, s / b, 1.0)) - (s - b), 0.0)
        best = int(np.argmax(nats))
        ago = self.closed - int(self._at_bucket[first + best])
        return Onset(ago, float(nats[best]), float(s[best]), float(b[best]))
