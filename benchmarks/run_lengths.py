"""Mean run lengths between false alarms: simulated, exact, and as published.

python -m benchmarks.run_lengths

A Poisson CUSUM adds x - k to its sum, at least 0, and alarms at h; in nats, for the ratio r
with (r - 1) / ln r = k / mean, both are ln r times as much. Published are the values of
`arlCusum` of R's surveillance.
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from detectors import CusumBank

F8 = npt.NDArray[np.float64]

CUSUMS = (
    (3.0, 2.0, 1.0, 151.6116),
    (5.0, 2.0, 1.0, 1903.54),
    (4.0, 1.5, 1.0, 121.9523),
    (10.0, 3.0, 2.4, 548.3623),
    (6.0, 4.0, 3.0, 129.0158),
)
"""h, k, mean of the counts, published mean run length."""

FOCUS = ((0.1, 8.02), (1.0, 8.10), (10.0, 8.27))
"""Mean of the counts, threshold in nats that was stated to give a mean run of 10,000."""

TARGET = 10_000.0
BEYOND = 0.5
"""Nats over the stated threshold up to which runs are followed."""


def markov_chain(h: float, k: float, mean: float) -> float:
    """Exact mean run length of a Poisson CUSUM, from the chain of the sums it can have."""
    parts = next(d for d in range(1, 1000) if (h * d).is_integer() and (k * d).is_integer())
    states = round(h * parts)
    stay = np.zeros((states, states))
    for state in range(states):
        count = 0
        while (after := state + round((count - k) * parts)) < states:
            stay[state, max(after, 0)] += stats.poisson.pmf(count, mean)
            count += 1
    return float(np.linalg.solve(np.eye(states) - stay, np.ones(states))[0])


def ratio_of(k: float, mean: float) -> float:
    """The ratio for which k is the best reference value."""
    found = optimize.brentq(lambda u: math.expm1(u) - u * k / mean, 1e-9, 50.0, xtol=1e-15)
    return math.exp(found)


def simulate_cusum(h: float, k: float, mean: float, *, runs: int, seed: int) -> tuple[float, float]:
    """Mean of the simulated run lengths of the library's own CUSUM, and its standard error."""
    rng = np.random.default_rng(seed)
    bank = CusumBank(ratio_of(k, mean))
    # A sum of exactly h is an alarm: leave room for rounding in nats, far below one part.
    threshold = h * math.log(bank.ratio) - 1e-9
    bank.grow(runs)
    lengths: list[int] = []
    bucket = 0
    while len(bank.nats):
        bucket += 1
        alive = len(bank.nats)
        bank.learn(rng.poisson(mean, alive).astype(float), np.full(alive, mean))
        over = bank.nats >= threshold
        if over.any():
            lengths += [bucket] * int(over.sum())
            bank.nats = bank.nats[~over]
    return _mean(np.array(lengths, dtype=float))


class Hulls:
    """Poisson-FOCuS of many rows in every bucket, known means; `PoissonFOCuS` tells how.

    `FocusBank` looks at a row only when it is asked about it: here it is all of them, always.
    """

    def __init__(self, means: F8) -> None:
        self.means = means
        self.size = np.zeros(len(means), dtype=np.intp)
        self.s, self.b = np.zeros((8, len(means))), np.zeros((8, len(means)))

    def learn(self, x: F8) -> None:
        """Take in one count of each row."""
        if self.size.max() == len(self.s):
            self.s, self.b = np.vstack([self.s, self.s]), np.vstack([self.b, self.b])
        each = np.arange(len(x))
        self.s[self.size, each] = self.b[self.size, each] = 0.0
        self.s += x
        self.b += self.means
        self.size += 1
        moving = each
        while len(moving):
            last = self.size[moving] - 1
            s, b = self.s[last, moving], self.b[last, moving]
            bottom = last == 0
            under = np.where(bottom, 0, last - 1)
            rise = np.where(bottom, 1.0, self.s[under, moving] - s)
            run = np.where(bottom, 1.0, self.b[under, moving] - b)
            moving = moving[rise * b >= s * run]
            self.size[moving] -= 1
            moving = moving[self.size[moving] > 0]

    def highest(self, before: F8) -> F8:
        """The statistic of each row, or what it was before if that is higher."""
        depth = int(self.size.max(initial=0))
        s, b = self.s[:depth], self.b[:depth]
        # Where a start could be higher: the statistic is at most (s - b)² / b.
        near = (s > b) & ((s - b) ** 2 > before * b)
        near &= np.arange(depth)[:, None] < self.size
        level, row = np.nonzero(near)
        s_near, b_near = s[level, row], b[level, row]
        found = before.copy()
        np.maximum.at(found, row, s_near * np.log(s_near / b_near) - (s_near - b_near))
        return found

    def keep(self, rows: npt.NDArray[np.bool_]) -> None:
        """Go on with these rows only."""
        self.means, self.size = self.means[rows], self.size[rows]
        depth = max(8, int(self.size.max(initial=0)))
        self.s, self.b = self.s[:depth, rows], self.b[:depth, rows]


class Records:
    """When the statistic of each simulated run first reached each new height."""

    def __init__(self, means: F8, until: F8, *, seed: int) -> None:
        rng = np.random.default_rng(seed)
        hulls = Hulls(means)
        alive = np.arange(len(means))
        highest = np.zeros(len(means))
        rows, buckets, heights = [], [], []
        bucket = 0
        while len(alive):
            bucket += 1
            hulls.learn(rng.poisson(hulls.means).astype(float))
            now = hulls.highest(highest)
            higher = np.flatnonzero(now > highest)
            rows.append(alive[higher])
            buckets.append(np.full(len(higher), bucket))
            heights.append(now[higher])
            going = now < until[alive]
            highest = now
            if not going.all():
                hulls.keep(going)
                alive, highest = alive[going], highest[going]
        self.runs = len(means)
        self._row, self._bucket = np.concatenate(rows), np.concatenate(buckets)
        self._height = np.concatenate(heights)

    def lengths(self, threshold: float) -> F8:
        """Buckets until each run reached a threshold, at most that until which it went."""
        found = np.full(self.runs, np.inf)
        reached = self._height >= threshold
        np.minimum.at(found, self._row[reached], self._bucket[reached].astype(float))
        return found

    def threshold(self, length: float) -> float:
        """The least threshold with this mean run length; the mean grows in steps."""
        heights = np.unique(self._height)
        low, high = 0, len(heights) - 1
        while low < high:
            middle = (low + high) // 2
            if self.lengths(float(heights[middle])).mean() >= length:
                high = middle
            else:
                low = middle + 1
        return float(heights[low])


def _mean(lengths: F8) -> tuple[float, float]:
    return float(lengths.mean()), float(lengths.std(ddof=1) / math.sqrt(len(lengths)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000, help="of each CUSUM")
    parser.add_argument("--focus-runs", type=int, default=2_000, help="of each Poisson-FOCuS")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    print("Poisson CUSUM: mean run length")
    print("    h    k  mean   published  Markov chain   simulated  std.error  errors off")
    began = time.perf_counter()
    for h, k, mean, published in CUSUMS:
        exact = markov_chain(h, k, mean)
        found, error = simulate_cusum(h, k, mean, runs=args.runs, seed=args.seed)
        print(
            f"{h:5g}{k:5g}{mean:6g}{published:12.4f}{exact:14.4f}{found:12.2f}{error:11.2f}"
            f"{(found - published) / error:12.2f}"
        )
    print(f"{time.perf_counter() - began:.0f} s for {args.runs} runs each")

    print("\nPoisson-FOCuS, mean known: mean run length at the stated threshold, and the least")
    print("threshold for 10,000 with the range that two standard errors of the run length leave")
    print(" mean  stated  simulated  std.error   for 10,000    from      to")
    began = time.perf_counter()
    for mean, stated in FOCUS:
        n = args.focus_runs
        records = Records(np.full(n, mean), np.full(n, stated + BEYOND), seed=args.seed)
        length, error = _mean(records.lengths(stated))
        off = 2.0 * error / length
        wanted, least, most = (
            records.threshold(TARGET * part) for part in (1.0, 1.0 - off, 1.0 + off)
        )
        print(
            f"{mean:5g}{stated:8.2f}{length:11.0f}{error:11.0f}{wanted:13.3f}{least:8.3f}{most:8.3f}"
        )
    print(f"{time.perf_counter() - began:.0f} s for {args.focus_runs} runs each")


if __name__ == "__main__":
    main()
