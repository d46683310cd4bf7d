"""Entity-buckets a second of the burst bank on one core, its state and common factor included.

python -m benchmarks.bank_speed [--rows 1000000]

Rates like those of telephone numbers that are complained about: most are silent. Beside it,
in the same run, what one would write with a library of scalar detectors: a dictionary of
`PredictiveESR`, one an entity, on a part of the entities.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from detectors import BurstBank, PredictiveESR

DAY_S = 86_400.0
SCALARS = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--buckets", type=int, default=20)
    args = parser.parse_args()
    rng = np.random.default_rng(5)
    rates = np.minimum(rng.pareto(0.9, args.rows) * 2e-3, 200.0)
    bank, none = BurstBank(DAY_S), np.zeros(0)
    first = rng.poisson(rates).astype(float)
    bank.close(none, np.maximum(first, 1.0), alarmed=none > 0, alpha=1e-6, alpha_first=1e-6)
    calm = np.zeros(args.rows, dtype=np.bool_)
    scalars = [PredictiveESR() for _ in range(SCALARS)]
    ours = theirs = 0.0
    for _ in range(args.buckets):
        x = rng.poisson(rates).astype(float)
        began = time.process_time()
        found = bank.common_factor(x, none)
        bank.close(
            x,
            none,
            exposure=found.value,
            alarmed=calm,
            alpha=1e-6,
            alpha_first=1e-6,
            alpha_young=1e-6,
            found=found,
        )
        ours += time.process_time() - began
        counts = x[:SCALARS].tolist()
        began = time.process_time()
        for scalar, count in zip(scalars, counts, strict=True):
            scalar.score_one({"count": count})
            scalar.learn_one({"count": count})
        theirs += time.process_time() - began
    done = args.rows * args.buckets
    packed = sum(
        len(bank.state.pack_rows(at, min(at + 1024, bank.n))) for at in range(0, bank.n, 1024)
    )
    print(f"{args.rows:,} entities, {args.buckets} buckets, {(x > 0).mean():.1%} active")
    print(f"burst bank   {done / ours / 1e6:6.2f} million entity-buckets a CPU-second")
    alone = SCALARS * args.buckets / theirs
    print(f"scalars      {alone / 1e6:6.2f} million; ratio {done / ours / alone:.0f}")
    print(f"state        {packed / bank.n:6.0f} bytes an entity as packed")


if __name__ == "__main__":
    main()
