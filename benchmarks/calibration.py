"""Realised over nominal false alerts of a simulated population, and the delay of real bursts.

python -m benchmarks.calibration [--quick] [--case NAME ...]

Each case drives the monitor's own stream (detectors, common factor, life of alerts) with
the shipped rules. `nominal` is what the budget allowed in the run: alpha times entities,
bucket by bucket; a size class has the share of it that the bank's inflow gives its rates.
Among the senders are some that burst, once each for 14 buckets, to three times their rate
or 5 more a bucket, whichever is more; their alerts are not counted as false. What first
buckets are allowed can pass their share of the budget, since the monitor cannot know how many
come; the last line holds all alerts against the budget itself.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.populations import (
    SIZE_NAMES,
    Means,
    Rows,
    Watch,
    size_class,
    upper_limit,
)
from detectors.burst.shiryaev_roberts import step
from streams.detection.signals import KNOWN, NEWCOMER, YOUNG
from streams.simulate.counts import F8, WEEK_H, draw, heavy_rates, spread_rates, week_shapes

DAY_S = 86_400
HOUR_S = 3_600

SENDERS, BURSTING = 10_000, 1_000
EXPECTED = 500.0
"""False alerts that the budget allows over a run, of all kinds."""
BURST_BUCKETS, WARM_UP_DAYS = 14, 28
DOUBLED_EVERY, DOUBLED_FROM = 50, 60


@dataclass(frozen=True)
class Case:
    """A way that senders can be; `means` gives them from seed and number of buckets."""

    name: str
    limit: float
    """Target of realised over nominal, for the upper limit."""
    means: Callable[[np.random.Generator, int], Means]
    dispersion: float = 1.0
    bucket_s: int = DAY_S
    days: int = 365
    marked: Callable[[int], bool] = lambda bucket: False
    """Buckets to be counted apart."""


def senders(rng: np.random.Generator) -> F8:
    return spread_rates(SENDERS + BURSTING, rng)


def steady(rng: np.random.Generator, buckets: int) -> Means:
    rates = senders(rng)
    return lambda t: rates


def from_prior(rng: np.random.Generator, buckets: int) -> Means:
    rates = heavy_rates(SENDERS + BURSTING, rng)
    return lambda t: rates


def weekly(rng: np.random.Generator, buckets: int) -> Means:
    """Seven in ten keep office hours, the others have evenings and weekends; 1 to 20 a day."""
    rates = senders(rng)
    hour = np.arange(WEEK_H)
    office = (hour % 24 >= 8) & (hour % 24 < 19) & (hour < 120)
    private = (hour % 24 >= 18) | ((hour >= 120) & (hour % 24 >= 10))
    shapes = week_shapes([office, private], 20.0)
    kind = (rng.random(len(rates)) < 0.3).astype(np.intp)
    return lambda t: rates * shapes[kind, t % WEEK_H]


def drifting(rng: np.random.Generator, buckets: int) -> Means:
    """The logarithm of a rate walks by 0.03 a day, 0.6 in a year."""
    rates = senders(rng)
    walk = np.zeros(len(rates))

    def means(t: int) -> F8:
        walk[:] += rng.normal(0.0, 0.03, len(rates))
        return np.asarray(rates * np.exp(walk), dtype=np.float64)

    return means


def churning(every: int) -> Callable[[np.random.Generator, int], Means]:
    """Half of the senders end in a week, and as many others begin: every so many days."""

    def begin(rng: np.random.Generator, buckets: int) -> Means:
        part = SENDERS // 2 * every // 7
        total = SENDERS + BURSTING + buckets // every * part
        rates = spread_rates(total, rng)
        alive = np.zeros(total, dtype=np.bool_)
        alive[: SENDERS + BURSTING] = True

        def means(t: int) -> F8:
            if t % every == 0 and t > 0:
                calm = BURSTING + np.flatnonzero(alive[BURSTING:])
                alive[rng.choice(calm, part, replace=False)] = False
                first = SENDERS + BURSTING + (t // every - 1) * part
                alive[first : first + part] = True
            return np.where(alive, rates, 0.0)

        return means

    return begin


def doubled(bucket: int) -> bool:
    return bucket >= DOUBLED_FROM and (bucket - DOUBLED_FROM) % DOUBLED_EVERY == 0


def everyone_doubles(rng: np.random.Generator, buckets: int) -> Means:
    rates = senders(rng)
    return lambda t: rates * (2.0 if doubled(t) else 1.0)


CASES = (
    Case("steady", 1.0, steady),
    Case("from the prior", 1.0, from_prior),
    Case("dispersion 3", 1.5, steady, dispersion=3.0),
    Case("dispersion 10", 1.5, steady, dispersion=10.0),
    Case("hour of week", 1.5, weekly, bucket_s=HOUR_S, days=56),
    Case("drifting", 1.5, drifting),
    Case("half new a week", 1.5, churning(1), days=182),
    Case("half new on Mondays", 1.5, churning(7), days=182),
    Case("everyone x2", 1.5, everyone_doubles, marked=doubled),
)


@dataclass
class Tally:
    """False alerts and what was allowed, summed."""

    found: int = 0
    nominal: float = 0.0

    def add(self, found: int, nominal: float) -> None:
        self.found += found
        self.nominal += nominal

    @property
    def ratio(self) -> float:
        return self.found / self.nominal if self.nominal else float("nan")

    @property
    def limit(self) -> float:
        return upper_limit(self.found) / self.nominal if self.nominal else float("nan")

    def __str__(self) -> str:
        return f"{self.found:7d} {self.nominal:9.1f} {self.ratio:8.2f} {self.limit:8.2f}"


def budget_weight(rate: F8) -> F8:
    """Inflow of a rate, as `BurstBank` documents it, before dividing by the mean."""
    return (rate + 0.003) / (rate + 0.1)


@dataclass
class Result:
    by_size: list[Tally]
    """Of senders with a baseline, by size class."""
    by_age: dict[str, Tally]
    """Of newcomers and young senders."""
    warm_up: Tally
    marked: Tally
    delays: list[list[float]]
    """Buckets from the start of a burst to its alert, by size class; inf if none came."""

    @property
    def known(self) -> Tally:
        """Of senders with a baseline, of all sizes."""
        return Tally(sum(t.found for t in self.by_size), sum(t.nominal for t in self.by_size))

    @property
    def total(self) -> Tally:
        """Of all, against the budget: what first buckets are allowed may pass their share."""
        found = self.known.found + sum(t.found for t in self.by_age.values())
        return Tally(found, EXPECTED)

    def verdict(self, limit: float) -> str:
        """Whether the upper limit meets the target, and size classes clearly over it."""
        met = self.known.limit <= limit and self.total.limit <= limit
        over = [
            name
            for name, tally in zip(SIZE_NAMES, self.by_size, strict=True)
            if tally.found >= 5 and tally.ratio > limit
        ]
        return ("met" if met else "MISSED") + (f"; OVER in {', '.join(over)}" if over else "")


def run(case: Case, days: int, seed: int) -> Result:
    rng = np.random.default_rng(seed)
    per_day = DAY_S // case.bucket_s
    buckets = days * per_day
    means = case.means(rng, buckets)
    base = means(0)
    watch = Watch(len(base), case.bucket_s, EXPECTED / days)
    # The first BURSTING senders burst, once each, after the warm-up.
    lasts = BURST_BUCKETS
    begins = rng.integers(min(WARM_UP_DAYS, days // 2) * per_day, buckets - lasts, BURSTING)
    first_alert = np.full(BURSTING, np.inf)
    early = np.zeros(BURSTING, dtype=np.bool_)
    none = [Tally() for _ in SIZE_NAMES]
    result = Result(
        none, {NEWCOMER: Tally(), YOUNG: Tally()}, Tally(), Tally(), [[] for _ in SIZE_NAMES]
    )
    for t in range(buckets):
        mean = (base if t == 0 else means(t)).copy()
        on = np.flatnonzero((begins <= t) & (t < begins + lasts))
        mean[on] = np.maximum(3.0 * mean[on], mean[on] + 5.0)
        known = watch.known
        closed = watch.close(draw(mean, case.dispersion, rng))
        weights = budget_weight(mean[known])
        share = closed.nominal[KNOWN] / max(float(weights.sum()), 1e-300)
        calm = known >= BURSTING
        nominal = share * by_size(mean[known[calm]], weights[calm])
        false = {name: rows[rows >= BURSTING] for name, rows in closed.opened.items()}
        found = by_size(mean[false[KNOWN]], None)
        for tally, n, allowed in zip(result.by_size, found, nominal, strict=True):
            tally.add(int(n), float(allowed))
        here = Tally(int(found.sum()), float(nominal.sum()))
        for name, tally in result.by_age.items():
            tally.add(len(false[name]), closed.nominal[name])
            here.add(len(false[name]), closed.nominal[name])
        if t < WARM_UP_DAYS * per_day:
            result.warm_up.add(here.found, here.nominal)
        if case.marked(t):
            result.marked.add(here.found, here.nominal)
        for sender in closed.all_opened[closed.all_opened < BURSTING]:
            delay = t - begins[sender]
            if 0 <= delay < lasts:
                first_alert[sender] = min(first_alert[sender], delay + 1.0)
            elif -3 * BURST_BUCKETS <= delay < 0:
                early[sender] = True  # perhaps still open: the burst would open none
    for sender in np.flatnonzero(~early):
        result.delays[int(size_class(base[sender : sender + 1])[0])].append(first_alert[sender])
    return result


def by_size(mean: F8, weights: F8 | None) -> F8:
    return np.bincount(size_class(mean), weights=weights, minlength=len(SIZE_NAMES)).astype(float)


def known_rates(buckets: int, alpha: float, seed: int) -> list[Tally]:
    """The e-SR alone, given every rate: where the bound is a theorem."""
    rng = np.random.default_rng(seed)
    rates = spread_rates(SENDERS, rng)
    b = np.full(SENDERS, 1e8)
    weights = budget_weight(rates)
    inflow = weights / weights.mean()
    ratios, levels = (1.5, 2.0, 4.0, 10.0), ((5.0, 1.0), (20.0, 10.0))
    state = np.zeros((len(ratios) + len(levels), SENDERS))
    classes = size_class(rates)
    found = np.zeros(len(SIZE_NAMES), dtype=np.intp)
    for _ in range(buckets):
        x = rng.poisson(rates).astype(np.float64)
        evidence = step(state, inflow, rates * b, b, x, 1.0, ratios, levels, state)
        alarms: Rows = np.flatnonzero(evidence >= -np.log(alpha))
        state[:, alarms] = 0.0
        found += np.bincount(classes[alarms], minlength=len(SIZE_NAMES))
    nominal = alpha * buckets * np.bincount(classes, weights=inflow, minlength=len(SIZE_NAMES))
    return [Tally(int(n), float(m)) for n, m in zip(found, nominal, strict=True)]


def delay_text(delays: list[float]) -> str:
    if not delays:
        return ""
    found = np.array([d for d in delays if np.isfinite(d)])
    if not len(found):
        return f"{len(delays):6d}    0 %"
    shown = f"{np.median(found):8.0f} {np.quantile(found, 0.9):6.0f}"
    return f"{len(delays):6d} {100 * len(found) / len(delays):4.0f} % {shown}"


def lines(result: Result) -> Iterator[str]:
    for name, tally, delays in zip(SIZE_NAMES, result.by_size, result.delays, strict=True):
        yield f"  {name:24s} {tally} {delay_text(delays)}"
    yield f"  {'all sizes':24s} {result.known}"
    yield f"  {'newcomers':24s} {result.by_age[NEWCOMER]}"
    yield f"  {'young':24s} {result.by_age[YOUNG]}"
    if result.marked.nominal:
        yield f"  {'of these, marked days':24s} {result.marked}"
    yield f"  {f'of these, first {WARM_UP_DAYS} days':24s} {result.warm_up}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a fifth of the time")
    parser.add_argument(
        "--case", action="append", choices=["known rates", *(c.name for c in CASES)]
    )
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    head = f"  {'mean a bucket':24s} {'false':>7s} {'nominal':>9s} {'ratio':>8s} {'up95':>8s}"
    head += f" {'bursts':>6s} {'found':>6s} {'median':>8s} {'90 %':>6s}  (delay in buckets)"
    if not args.case or "known rates" in args.case:
        buckets = 100 if args.quick else 400
        tallies = known_rates(buckets, EXPECTED / (SENDERS * buckets), args.seed)
        total = Tally(sum(t.found for t in tallies), sum(t.nominal for t in tallies))
        print(f"known rates: e-SR alone; target 1\n{head}")
        for name, tally in zip(SIZE_NAMES, tallies, strict=True):
            print(f"  {name:24s} {tally}")
        print(f"  {'all':24s} {total}")
    for case in CASES:
        if args.case and case.name not in args.case:
            continue
        began = time.perf_counter()
        result = run(case, case.days // 5 if args.quick else case.days, args.seed)
        print(f"{case.name}: target {case.limit:g}: {result.verdict(case.limit)}\n{head}")
        for line in lines(result):
            print(line)
        print(
            f"  {'all, and the budget':24s} {result.total}   ({time.perf_counter() - began:.0f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
