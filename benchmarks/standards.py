"""Delay of the standard detectors at equal measured run length, and what each costs.

python -m benchmarks.standards

Poisson counts of a known mean. For each detector the threshold is the least at which the
measured mean run between false alarms is 1,000 buckets or more. Then, after 50 buckets in
control, the mean rises; a delay of 1 means that the first raised bucket gives the alarm.
"""

from __future__ import annotations

import argparse
import pickle
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.run_lengths import Hulls
from detectors import (
    CUSUM,
    EWMA,
    CusumBank,
    EwmaBank,
    GlrBank,
    NegativeBinomialGLR,
    PoissonFOCuS,
    PredictiveESR,
    TailBank,
    TailProbability,
)

F8 = npt.NDArray[np.float64]
Step = Callable[[F8], F8]

MEANS = (0.1, 1.0, 10.0, 100.0)
RISES = (1.5, 2.0, 5.0, 10.0)
RUN = 1000.0
QUIET = 50
LONGEST = 2000


def cusum(ratio: float) -> Callable[[F8], Step]:
    def start(means: F8) -> Step:
        bank = CusumBank(ratio)
        bank.grow(len(means))

        def step(x: F8) -> F8:
            bank.learn(x, means)
            return bank.nats

        return step

    return start


def focus(means: F8) -> Step:
    hulls = Hulls(means)

    def step(x: F8) -> F8:
        hulls.learn(x)
        return hulls.highest(np.zeros(len(x)))

    return step


def ewma(means: F8) -> Step:
    bank = EwmaBank(0.2, dispersion=0.0)
    bank.grow(len(means))

    def step(x: F8) -> F8:
        nats = bank.score(x, expected=means)
        bank.learn(x, expected=means)
        return nats

    return step


def tail(means: F8) -> Step:
    bank = TailBank(1e-6)

    def step(x: F8) -> F8:
        return bank.score(x, expected=means)

    return step


STANDARDS: dict[str, Callable[[F8], Step]] = {
    "CUSUM(1.5)": cusum(1.5),
    "CUSUM(2)": cusum(2.0),
    "CUSUM(5)": cusum(5.0),
    "PoissonFOCuS": focus,
    "EWMA(0.2)": ewma,
    "TailProbability": tail,
}


def threshold(
    start: Callable[[F8], Step], mean: float, rows: int, seed: int
) -> tuple[float, float]:
    """The least threshold with the run length, and the run length measured at it."""
    rng = np.random.default_rng(seed)
    step = start(np.full(rows, mean))
    highest = np.zeros((LONGEST, rows))
    so_far = np.full(rows, -np.inf)
    for t in range(LONGEST):
        so_far = np.maximum(so_far, step(rng.poisson(mean, rows).astype(float)))
        highest[t] = so_far

    def run(nats: float) -> float:
        # Buckets watched by alarms seen: runs cut off at the end count as far as they went.
        alarms = int(np.sum(so_far >= nats))
        return (rows + float(np.sum(highest[:-1] < nats))) / alarms if alarms else np.inf

    # Above all that was seen there is no false alarm: the last resort.
    tried = np.append(np.unique(highest), highest.max() + 1e-9)
    low, high = 0, len(tried) - 1
    while low < high:
        middle = (low + high) // 2
        if run(float(tried[middle])) >= RUN:
            high = middle
        else:
            low = middle + 1
    return float(tried[low]), run(float(tried[low]))


def delay(
    start: Callable[[F8], Step], mean: float, rise: float, nats: float, rows: int, seed: int
) -> float:
    """Mean buckets from the rise to the alarm, of rows silent before; at most LONGEST each."""
    rng = np.random.default_rng(seed)
    step = start(np.full(rows, mean))
    silent = np.ones(rows, dtype=np.bool_)
    for _ in range(QUIET):
        silent &= step(rng.poisson(mean, rows).astype(float)) < nats
    waiting, waited = silent.copy(), 0
    for _ in range(LONGEST):
        waited += int(waiting.sum())
        waiting &= step(rng.poisson(rise * mean, rows).astype(float)) < nats
        if not waiting.any():
            break
    return waited / int(silent.sum())


def microseconds(detector: Any) -> float:
    """Time to score and learn one count in control, in plain Python."""
    counts = np.random.default_rng(1).poisson(5.0, 2000).tolist()
    began = time.process_time()
    for count in counts:
        detector.score_one({"count": count, "expected": 5.0})
        detector.learn_one({"count": count, "expected": 5.0})
    return (time.process_time() - began) / len(counts) * 1e6


def millions_a_second(bank: Any, beside: str, rows: int, buckets: int) -> float:
    """Counts that a bank scores and learns in a CPU second, in control at mean 5."""
    rng = np.random.default_rng(1)
    counts = [rng.poisson(5.0, rows).astype(float) for _ in range(buckets)]
    columns = {beside: np.full(rows, 5.0 if beside == "expected" else 1.0)}
    bank.grow(rows)
    began = time.process_time()
    for x in counts:
        bank.score(x, **columns)
        bank.learn(x, **columns)
    return rows * buckets / (time.process_time() - began) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(
        "mean   detector         threshold    run   delay at " + "".join(f"{r:>7g}x" for r in RISES)
    )
    for mean in MEANS:
        for name, start in STANDARDS.items():
            nats, run = threshold(start, mean, args.rows, args.seed)
            delays = [delay(start, mean, rise, nats, args.rows, args.seed + 1) for rise in RISES]
            shown = "".join(f"{d:8.2f}" for d in delays)
            print(f"{mean:5g}  {name:16}{nats:10.2f}{run:7.0f}            {shown}")

    print("\ndetector             microseconds a count   pickled bytes (mean 5, 2,000 counts)")
    for detector in (
        CUSUM(),
        EWMA(),
        TailProbability(),
        PoissonFOCuS(),
        NegativeBinomialGLR(),
        PredictiveESR(),
    ):
        spent = microseconds(detector)
        print(f"{type(detector).__name__:20}{spent:15.1f}{len(pickle.dumps(detector)):15d}")

    print("\nbank                 million counts a CPU second")
    for name, bank, beside, rows in (
        ("CusumBank", CusumBank(), "expected", 200_000),
        ("CusumBank, NB", CusumBank(dispersion=0.1), "expected", 200_000),
        ("EwmaBank", EwmaBank(), "exposure", 200_000),
        ("TailBank", TailBank(), "exposure", 200_000),
        ("GlrBank", GlrBank(), "expected", 2_000),
    ):
        buckets = 200 if rows < 10_000 else 20
        print(f"{name:20}{millions_a_second(bank, beside, rows, buckets):15.2f}")


if __name__ == "__main__":
    main()
