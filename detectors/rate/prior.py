"""The prior of a sender's complaint rate, learned from all senders."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.row_selection import Kept
from detectors.state import State

F8 = npt.NDArray[np.float64]

LEAST_SPREAD, MOST_SPREAD = 2.0, 20.0
"""Bounds of the squared relative spread of rates; the lower one keeps the tail heavy."""

START_SPREAD, START_SENDERS = 3.0, 20.0
"""Spread before any sender has been watched, and the number of senders that it counts for."""

START_COUNT = 0.5
"""Number of complaints that the starting rate counts for."""

LARGEST_SQUARE = 400.0
"""Largest squared deviation of one sender: an odd sender must not widen the prior of all."""

BUSY = 3.0
"""Expected complaints of a sender above which its bucket has no more weight."""


class RatePrior:
    r"""Gamma prior of complaints a message, by the moments of the cohort.

    Mean: complaints over messages due, of all senders, decayed; a busy sender has at most the
    weight of three expected complaints a bucket. Shape :math:`a_0`:

    .. math::

        1/a_0 = s + \frac{1}{X + 1/2}, \qquad
        s = \frac{1}{n} \sum_i E\Bigl[\Bigl(\frac{p_i}{\mu} - 1\Bigr)^2\Bigr]

    X is the number of complaints on which the mean rests. s is taken over the posteriors of
    senders after a set number of buckets, each sender once: a step of EM.

    Parameters
    ----------
    keep
        Weight that a bucket's sums keep after one more bucket.
    buckets
        Buckets after its first for which a sender is watched before it counts for s.
    rate
        Mean before any sender has been seen.

    Examples
    --------
    >>> prior = RatePrior(0.97, 7, rate=1e-3)
    >>> for _ in range(300):
    ...     prior.add(50 * 1.0, 50 * 100.0)
    ...     prior.pass_bucket(np.zeros(0), np.zeros(0))
    >>> a, b = prior.gamma()
    >>> round(a, 2), round(a / b, 4)
    (0.33, 0.01)
    """

    def __init__(self, keep: float, buckets: int, *, rate: float) -> None:
        self._keep = keep
        self._buckets = buckets
        self._rate = rate
        self.begun = False
        """Whether a first bucket has been seen (`start`)."""
        self._closed = 0
        self._seen = self._due = 0.0
        self._squares = self._senders = 0.0
        self._first_buckets: list[tuple[int, int, int]] = []
        self.state = State()
        self.state.shared(self, begun=bool, _closed=int, _first_buckets=list[tuple[int, int, int]])
        self.state.shared(self, _rate=float, _seen=float, _due=float)
        self.state.shared(self, _squares=float, _senders=float)
        self.state.after_keep(self._follow)

    def _follow(self, kept: Kept) -> None:
        self._first_buckets = [
            (bucket, kept.below(start), kept.below(stop))
            for bucket, start, stop in self._first_buckets
        ]

    @property
    def closed(self) -> int:
        """How many buckets have been closed."""
        return self._closed

    @property
    def watched_from(self) -> int | None:
        """First row that has not counted for s yet; None: all have."""
        return self._first_buckets[0][1] if self._first_buckets else None

    def gamma(self) -> tuple[float, float]:
        """Shape and rate for a sender about which nothing is known."""
        spread = (START_SPREAD * START_SENDERS + self._squares) / (START_SENDERS + self._senders)
        spread = min(max(spread, LEAST_SPREAD), MOST_SPREAD)
        a = 1.0 / (spread + 1.0 / (START_COUNT + self._seen))
        return a, a / self._mean

    @property
    def _mean(self) -> float:
        return (START_COUNT + self._seen) / (START_COUNT / self._rate + self._due)

    def start(self, x: float, due: float) -> None:
        """Begin with the rate of a first bucket, in place of the given rate."""
        self._rate = (START_COUNT + x) / (START_COUNT / self._rate + due)
        self.begun = True

    def enter(self, start: int, stop: int) -> None:
        """Watch rows start..stop-1 from this bucket on."""
        if stop > start:
            self._first_buckets.append((self._closed, start, stop))

    def add(self, x: float, due: float) -> None:
        """Learn winsorised complaints and messages due, weighed by `BUSY`."""
        self._seen += x
        self._due += due

    def pass_bucket(self, a: F8, b: F8) -> None:
        """End a bucket, given the posteriors of all rows."""
        self._closed += 1
        self._seen *= self._keep
        self._due *= self._keep
        self._squares *= self._keep
        self._senders *= self._keep
        while self._first_buckets and self._closed - self._first_buckets[0][0] >= self._buckets:
            _, start, stop = self._first_buckets.pop(0)
            shape = a[start:stop]
            relative = shape / b[start:stop] / self._mean
            squares = relative * relative * (1.0 + 1.0 / shape) - 2.0 * relative + 1.0
            self._squares += float(np.sum(np.minimum(squares, LARGEST_SQUARE)))
            self._senders += stop - start
