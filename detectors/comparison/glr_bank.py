"""Generalised likelihood ratio of overdispersed counts for many entities at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class GlrBank:
    """`NegativeBinomialGLR` of many entities, each row by itself.

    All rows' counts are kept as far back as any row needs them, at most `window`: 16 bytes
    a row and count. Meant for comparison and tuning, not for millions of entities.

    Parameters
    ----------
    dispersion, window
        As of `NegativeBinomialGLR`.

    Examples
    --------
    >>> bank = GlrBank(0.01)
    >>> bank.grow(1)
    >>> for count in [1.0, 0.0, 0.0, 4.0, 6.0]:
    ...     bank.learn(np.array([count]), np.array([2.0]))
    >>> bank.score(np.array([5.0]), np.array([2.0])).round(2)
    array([4.61])
    """

    def __init__(self, dispersion: float = 0.1, *, window: int = 200) -> None:
        self.dispersion = dispersion
        self.window = window
        self._past: list[tuple[F8, F8]] = []
        """Counts and expectations, newest first."""
        self._kept: Rows = np.zeros(0, dtype=np.intp)
        """How many of them each row still needs."""

    def grow(self, n: int) -> None:
        """Add n rows."""
        none = np.zeros(n)
        self._past = [(np.append(x, none), np.append(m, none)) for x, m in self._past]
        self._kept = np.append(self._kept, np.zeros(n, dtype=np.intp))

    def learn(self, x: F8, expected: F8) -> None:
        """Take in one count of each row, with its expectation."""
        past = self._with(x.copy(), expected.copy())
        self._kept = self._needed(past)
        self._past = past[: int(self._kept.max(initial=0))]

    def score(self, x: F8, expected: F8) -> F8:
        """Statistic, in nats, that these counts would give."""
        past = self._with(x, expected)
        starts = self._starts(past)
        # Oldest start first: those that a count concerns are then the first ones.
        row = np.concatenate(starts[::-1])
        back = np.repeat(np.arange(len(starts) - 1, -1, -1), [len(rows) for rows in starts[::-1]])
        best = np.zeros(len(x))
        np.maximum.at(best, row, self._nats(past, row, back))
        return best

    def reset(self, rows: Rows) -> None:
        """Forget all starts of these rows."""
        self._kept[rows] = 0

    def _with(self, x: F8, expected: F8) -> list[tuple[F8, F8]]:
        return [(x, expected), *self._past][: self.window]

    def _starts(self, past: list[tuple[F8, F8]]) -> list[Rows]:
        """Rows that can start at each of these counts, newest first."""
        starts, lowest = [], np.zeros(len(self._kept))
        for back, (x, m) in enumerate(past):
            lowest = (x - m) / (1.0 + self.dispersion * m) + np.minimum(lowest, 0.0)
            starts.append(np.flatnonzero((lowest > 0.0) & (self._kept >= back)))
        return starts

    def _needed(self, past: list[tuple[F8, F8]]) -> Rows:
        needed = np.zeros_like(self._kept)
        for back, rows in enumerate(self._starts(past)):
            needed[rows] = back + 1
        return needed

    def _nats(self, past: list[tuple[F8, F8]], row: Rows, back: Rows) -> F8:
        alpha = self.dispersion
        total, most = np.zeros(len(row)), np.zeros(len(row))
        for x, m in _concerned(past, row, back):
            total[: len(x)] += x
            most[: len(m)] = np.maximum(most[: len(m)], m)
        ratio = np.maximum(total / ((back + 1) * most), 1.0)
        moving = np.arange(len(row))
        for _ in range(100):
            u = ratio[moving]
            slope, bend = np.zeros(len(moving)), np.zeros(len(moving))
            for x, m in _concerned(past, row[moving], back[moving]):
                over = 1.0 + alpha * m * u[: len(x)]
                slope[: len(x)] += (x - m * u[: len(x)]) / over
                bend[: len(x)] += m * (1.0 + alpha * x) / (over * over)
            step = slope / bend
            ratio[moving] = u + step
            # Each stops by itself, so that its bits do not depend on the others.
            moving = moving[step > 1e-8 * ratio[moving]]
            if not len(moving):
                break
        ratio = np.maximum(ratio, 1.0)
        gain, cost = np.zeros(len(row)), np.zeros(len(row))
        for x, m in _concerned(past, row, back):
            u = ratio[: len(x)]
            gain[: len(x)] += x * np.log1p((u - 1.0) / (1.0 + alpha * m * u))
            cost[: len(x)] += np.log1p(alpha * m * (u - 1.0) / (1.0 + alpha * m))
        return gain - cost / alpha


def _concerned(past: list[tuple[F8, F8]], row: Rows, back: Rows) -> list[tuple[F8, F8]]:
    """For each count back in time, it and its expectation, for the starts at or before it."""
    sizes = np.searchsorted(-back, -np.arange(len(past)), side="right").tolist()
    return [(x[row[:n]], m[row[:n]]) for n, (x, m) in zip(sizes, past, strict=True) if n]
