"""Buckets until a lasting burst is found, against FOCuS that is told the true rate.

python -m benchmarks.delay [--quick] [--bucket-s 3600] [--alpha 1e-4]

Each mean has a bank of its own, all of whose senders count at that mean (Poisson, exposure
1). After 50, 200 and 2,000 buckets of history it goes on in copies: one in control, whose
run length is measured (alarmed senders start anew), and one for each ratio, in which a
tenth of the senders burst until found. The others stay calm, so that what the cohort shares
is not taught by bursts alone. FOCuS gets the threshold that gives it the same run length.
Delays are means; a burst not found by the limit counts as the limit, and is marked.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.populations import Rows
from detectors import BurstBank, PoissonFOCuS
from streams.simulate.counts import F8

MEANS = (0.1, 1.0, 10.0, 100.0)
RATIOS = (1.5, 2.0, 5.0, 10.0)
HISTORIES = (50, 200, 2000)
BURSTING = 0.1
WARM_UP = 100
"""Buckets in control that FOCuS has behind it when a burst begins."""


@dataclass(frozen=True)
class Size:
    """How much is simulated."""

    senders: int
    control: int
    """Buckets in control from which the run length is measured."""
    limit: int
    """Buckets after which a burst counts as not found."""
    focus_counts: int
    """Counts from which FOCuS is calibrated, at each of five thresholds."""
    focus_bursts: int


FULL = Size(4000, 1500, 600, 2_000_000, 400)
QUICK = Size(1000, 400, 200, 200_000, 100)


@dataclass(frozen=True)
class Delay:
    """Mean delay of bursts, and the share that was found."""

    mean: float
    found: float

    def __str__(self) -> str:
        mark = " " if self.found > 0.999 else ">"
        return f"{mark}{self.mean:.3g}"


class CusumGrid:
    """FOCuS of many series at once, given one mean, to within the fineness of a grid.

    Its statistic is the largest of the CUSUMs of all raised rates; here, of 80 of them.

    Parameters
    ----------
    mean
        True mean of the counts.
    series
        How many there are.
    """

    def __init__(self, mean: float, series: int) -> None:
        excess = np.geomspace(0.02 / np.sqrt(mean), 60.0 + 20.0 / mean, 80)[:, None]
        self._per_count, self._per_bucket = np.log1p(excess), mean * excess
        self._cusums = np.zeros((len(excess), series))

    def close(self, counts: F8) -> F8:
        """Take in a bucket; the statistic of each series, in nats."""
        self._cusums += self._per_count * counts
        self._cusums -= self._per_bucket
        np.maximum(self._cusums, 0.0, out=self._cusums)
        return np.asarray(self._cusums.max(axis=0), dtype=np.float64)

    def reset(self, series: Rows) -> None:
        """Start some series anew."""
        self._cusums[:, series] = 0.0


def focus_run_length(
    mean: float, threshold: float, counts: int, rng: np.random.Generator
) -> tuple[float, int]:
    """Mean number of counts between alarms of FOCuS in control, and the alarms seen."""
    series = 50  # few and long: FOCuS reaches far back
    focus, alarms = CusumGrid(mean, series), 0
    for _ in range(counts // series):
        over = np.flatnonzero(focus.close(rng.poisson(mean, series).astype(float)) >= threshold)
        alarms += len(over)
        focus.reset(over)
    return counts / max(alarms, 1), alarms


class FocusScale:
    """Threshold of FOCuS for a run length in control, from simulation at five thresholds.

    ln(run length) is taken for h + a ln h + c, whose leading term is the theory's; a and c
    are fitted. Run lengths above that of 9 nats, about 30,000, are thus extrapolated.
    """

    def __init__(self, mean: float, counts: int, rng: np.random.Generator) -> None:
        rows, values, weights = [], [], []
        for threshold in (5.0, 6.0, 7.0, 8.0, 9.0):
            length, alarms = focus_run_length(mean, threshold, counts, rng)
            rows.append([np.log(threshold), 1.0])
            values.append(np.log(length) - threshold)
            weights.append(np.sqrt(alarms))
        w = np.minimum(np.array(weights), 20.0)  # beyond 5 % the form is what errs
        a, c = np.linalg.lstsq(np.array(rows) * w[:, None], np.array(values) * w)[0]
        self._a, self._c = float(a), float(c)

    def threshold(self, run_length: float) -> float:
        """Threshold in nats."""
        grid = np.linspace(2.0, 40.0, 3801)
        return float(np.interp(np.log(run_length), grid + self._a * np.log(grid) + self._c, grid))


def focus_delay(
    expected: float, ratio: float, threshold: float, size: Size, rng: np.random.Generator
) -> Delay:
    delays = np.full(size.focus_bursts, float(size.limit))
    found = 0
    for n in range(size.focus_bursts):
        focus = PoissonFOCuS(expected=expected)
        for count in rng.poisson(expected, WARM_UP).tolist():
            focus.learn_one({"count": count})
            if focus.nats >= threshold:
                focus = PoissonFOCuS(expected=expected)
        for t in range(size.limit):
            focus.learn_one({"count": int(rng.poisson(ratio * expected))})
            if focus.nats >= threshold:
                delays[n], found = t + 1, found + 1
                break
    return Delay(float(delays.mean()), found / size.focus_bursts)


class Calm:
    """A bank all of whose senders count at one mean.

    Parameters
    ----------
    mean
        Of their counts.
    senders
        How many.
    bucket_s
        Bucket size: how fast the bank forgets.
    alpha
        Chance of a false alarm of a sender and bucket that it is allowed.
    rng
        Where counts come from.
    """

    def __init__(
        self, mean: float, senders: int, bucket_s: float, alpha: float, rng: np.random.Generator
    ) -> None:
        self.means = np.full(senders, mean)
        self._bank = BurstBank(bucket_s)
        self._alpha = alpha
        self._none = np.zeros(0)
        self._quiet = np.zeros(senders, dtype=np.bool_)
        # All are known by a first count, which is not zero.
        first = rng.poisson(mean, senders).astype(np.float64)
        while (silent := np.flatnonzero(first == 0.0)).size:
            first[silent] = rng.poisson(mean, len(silent))
        self._bank.close(self._none, first, alarmed=self._quiet[:0], alpha=alpha, alpha_first=alpha)

    def close(self, rng: np.random.Generator) -> Rows:
        """Close a bucket; who alarmed, started anew."""
        x = rng.poisson(self.means).astype(np.float64)
        judged = self._bank.close(
            x, self._none, alarmed=self._quiet, alpha=self._alpha, alpha_first=self._alpha
        )
        alarms = np.flatnonzero((judged.evidence_nats >= judged.threshold_nats) & (x > 0.0))
        self._bank.reset(alarms)
        return alarms


def control(calm: Calm, buckets: int, rng: np.random.Generator) -> int:
    """Alarms in control."""
    calm = copy.deepcopy(calm)
    return sum(len(calm.close(rng)) for _ in range(buckets))


def bank_delay(calm: Calm, ratio: float, limit: int, rng: np.random.Generator) -> Delay:
    calm = copy.deepcopy(calm)
    bursting = int(BURSTING * len(calm.means))
    calm.means[:bursting] *= ratio
    delays = np.full(bursting, float(limit))
    found = np.zeros(bursting, dtype=np.bool_)
    for t in range(limit):
        alarms = calm.close(rng)
        new = alarms[alarms < bursting]
        new = new[~found[new]]
        delays[new], found[new] = t + 1, True
        if found.all():
            break
    return Delay(float(delays.mean()), float(found.mean()))


def table(
    mean: float, histories: Sequence[int], size: Size, bucket_s: float, alpha: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    scale = FocusScale(mean, size.focus_counts, rng)
    calm = Calm(mean, size.senders, bucket_s, alpha, rng)
    age = 0
    for history in histories:
        while age < history:
            calm.close(rng)
            age += 1
        alarms = control(calm, size.control, rng)
        tried = size.senders * size.control
        run_length = tried / max(alarms, 0.7)  # none seen: as likely as not at this length
        threshold = scale.threshold(run_length)
        cells = []
        for ratio in RATIOS:
            ours = bank_delay(calm, ratio, size.limit, rng)
            known = focus_delay(mean, ratio, threshold, size, rng)
            cells.append(f"{ours!s:>6} {known!s:>6} {ours.mean / known.mean:5.2f}")
        print(
            f"{mean:6g} {history:7d} {run_length:9.3g} {alarms:6d} {threshold:6.2f}   "
            + "   ".join(cells),
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Delay against FOCuS with the true rate.")
    parser.add_argument("--quick", action="store_true", help="few senders, short histories")
    parser.add_argument("--bucket-s", type=float, default=3600.0)
    parser.add_argument("--alpha", type=float, default=1e-4)
    parser.add_argument("--mean", type=float, action="append", help=f"instead of {MEANS}")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    began = time.perf_counter()
    size, histories = (QUICK, HISTORIES[:2]) if args.quick else (FULL, HISTORIES)
    print(
        f"buckets of {args.bucket_s:g} s, alpha {args.alpha:g} (run length at least "
        f"{1 / args.alpha:g}); limit {size.limit} buckets"
    )
    print(
        f"{'mean':>6s} {'history':>7s} {'run len':>9s} {'alarms':>6s} {'FOCuS h':>6s}  "
        + " ".join(f"{f'x{ratio:g}: ours FOCuS ratio':>21s}" for ratio in RATIOS)
    )
    for mean in args.mean or MEANS:
        table(mean, histories, size, args.bucket_s, args.alpha, args.seed)
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
