"""Senders that grow by a tenth every day: how many are found, how soon, at what price.

python -m benchmarks.ramps [--quick]

Day buckets, the shipped rules and 2.5 false alerts a day allowed. Of 5,000 steady senders
(Poisson, half of them at the ramp's mean, the others of a heavy-tailed prior), 500 of that
mean start to grow, after 60 days or more, on different days. Apart stand the slow baseline's:
ramps that it found first, its false alerts, and what its share of the budget allowed.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from benchmarks.populations import Watch, upper_limit
from streams.counts.bucket import DAY_S
from streams.detection.signals import SLOW
from streams.simulate.counts import draw, heavy_rates

PER_DAY = 2.5
GROWTH = 1.1
FOUND_WITHIN, FOLLOWED = 25, 40
HISTORY, STARTS_OVER = 60, 60


@dataclass(frozen=True)
class Ramp:
    """What became of the ramps of one mean."""

    delays: list[float]
    """Days from the first that is higher to the alert; inf if none came in `FOLLOWED`."""
    false: int
    """Alerts of steady senders after the first `HISTORY` days, and of ramps before theirs."""
    early: int
    """The same in the first `HISTORY` days."""
    nominal: float
    """What the budget allowed after the first `HISTORY` days."""
    slow: float
    """Share of ramps that the slow baseline found before the fast one."""
    slow_false: int
    slow_nominal: float

    def within(self, days: int) -> float:
        """Share of ramps found in so many days."""
        return float(np.mean(np.array(self.delays) <= days))


def run(mean: float, senders: int, ramps: int, dispersion: float, seed: int) -> Ramp:
    rng = np.random.default_rng(seed)
    rates = np.concatenate([np.full(senders // 2, mean), heavy_rates(senders // 2, rng)])
    starts = np.full(senders, 10**6)
    starts[:ramps] = HISTORY + rng.integers(0, STARTS_OVER, ramps)
    watch = Watch(senders, DAY_S, PER_DAY)
    delays = np.full(ramps, np.inf)
    by_slow = np.zeros(ramps, dtype=np.bool_)
    false = early = slow_false = 0
    nominal = slow_nominal = 0.0
    for day in range(HISTORY + STARTS_OVER + FOLLOWED):
        grown = np.clip(day - starts + 1, 0, FOLLOWED)
        closed = watch.close(draw(rates * GROWTH**grown, dispersion, rng))
        opened = closed.all_opened
        steady = int(np.sum(grown[opened] == 0))
        if day < HISTORY:
            early += steady
        else:
            false += steady
            nominal += sum(closed.nominal.values())
        slow = closed.opened[SLOW]
        slow_false += int(np.sum(grown[slow] == 0))
        slow_nominal += closed.nominal[SLOW]
        up = opened[(opened < ramps) & (grown[opened] > 0)]
        by_slow[up] |= np.isin(up, slow) & np.isinf(delays[up])
        delays[up] = np.minimum(delays[up], grown[up])
    return Ramp(
        delays.tolist(),
        false,
        early,
        nominal,
        float(np.mean(by_slow)),
        slow_false,
        slow_nominal,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Ramps of 10 % a day.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the senders")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    senders, ramps = (500, 50) if args.quick else (5000, 500)
    print(
        f"{ramps} ramps among {senders} senders; target {FOUND_WITHIN} days: 90 %\n"
        f"{'from':>5s} {'var/mean':>8s} {'10 days':>8s} {'25 days':>8s} {'40 days':>8s}"
        f" {'median':>7s} {'slow':>7s}"
        f"   {'false':>6s} {'nominal':>8s} {'up95/nominal':>12s} {'first 60 days':>13s}"
        f"   {'slow false':>10s} {'nominal':>8s}"
    )
    for mean in (1.0, 10.0):
        for dispersion in (1.0, 3.0):
            ramp = run(mean, senders, ramps, dispersion, args.seed)
            shares = "".join(
                f" {100 * ramp.within(days):6.1f} %" for days in (10, FOUND_WITHIN, FOLLOWED)
            )
            print(
                f"{mean:5g} {dispersion:8g}{shares} {np.median(ramp.delays):7g}"
                f" {100 * ramp.slow:5.1f} %"
                f"   {ramp.false:6d} {ramp.nominal:8.1f} "
                f"{upper_limit(ramp.false) / ramp.nominal:12.2f} {ramp.early:13d}"
                f"   {ramp.slow_false:10d} {ramp.slow_nominal:8.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
