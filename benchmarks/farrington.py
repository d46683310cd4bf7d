"""Outbreaks in weekly counts: ours against R's `farringtonFlexible`, at equal false positives.

python -m benchmarks.farrington [--quick] [--series 30]

Needs Rscript and R's `surveillance` (Debian: r-cran-surveillance), which nothing else does.

The simulation is that of Noufaily et al. (Statistics in Medicine 32, 2013): 624 weeks,
negative binomial with variance phi times the mean, mean exp(theta + beta t + season); seven
kinds of organism, each with and without trend and yearly season: 28 scenarios. In weeks
313-575 four outbreaks of 2, 3, 5 or 10 standard deviations are hidden, in 576-624 comes the
one to be found, of 1 to 10. Its cases are spread over weeks by a lognormal (0, 0.5).

Both judge the same weeks of the same series by their score, ties broken at random:
`farringtonFlexible` by its negative-binomial p-value (settings of the paper: 5 years,
half-windows of 3 weeks, 10 periods, trend always, reweighting at 2.58, 26 weeks left out).
The threshold of each is what 5 % of weeks without outbreak exceed in that scenario; an
outbreak is detected if one of its weeks exceeds it. Standard errors of the difference are
by bootstrap over series, threshold included.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.populations import Rows
from detectors import BurstBank, Dispersion
from detectors.distributions.gamma_poisson import forget
from detectors.distributions.negative_binomial import upper_tail_nats
from streams.simulate.counts import F8, draw

WEEKS, YEAR = 624, 52
PAST, NOW = range(312, 575), range(575, 624)
FALSE_POSITIVES = 0.05
CONTROLS = 8
"""Weeks in a row of a series in which both are tried without an outbreak."""

ORGANISMS = (
    # theta, beta, gamma1, gamma2, phi
    (0.1, 0.0025, 0.6, 0.6, 1.5),
    (-2.0, 0.005, 0.1, 0.3, 2.0),
    (1.5, 0.003, 0.2, -0.4, 1.0),
    (0.5, 0.002, 0.5, 0.5, 5.0),
    (2.5, 0.001, 1.0, 0.1, 3.0),
    (3.75, 0.001, 0.1, -0.1, 1.1),
    (5.0, 0.0001, 0.05, 0.01, 1.2),
)

R_PROGRAM = """
suppressMessages(library(surveillance))
args <- commandArgs(TRUE)
series <- as.matrix(read.csv(args[1], header = FALSE))
tries <- read.csv(args[2], header = FALSE)
p <- c()
for (n in seq_len(nrow(tries))) {
  counts <- sts(observed = series[tries[n, 1], ], start = c(2000, 1), frequency = 52)
  found <- suppressWarnings(farringtonFlexible(counts, list(
    range = tries[n, 2]:tries[n, 3], b = 5, w = 3, noPeriods = 10, reweight = TRUE,
    weightsThreshold = 2.58, trend = TRUE, pThresholdTrend = 1, populationOffset = FALSE,
    pastWeeksNotIncluded = 26, fitFun = "algo.farrington.fitGLM.flexible",
    thresholdMethod = "nbPlugin", limit54 = c(0, 4), alpha = 0.05, verbose = FALSE,
    glmWarnings = FALSE)))
  p <- c(p, found@control$pvalue)
}
write.table(p, args[3], row.names = FALSE, col.names = FALSE)
"""


@dataclass(frozen=True)
class Scenario:
    """Of which mean and dispersion the counts are."""

    theta: float
    beta: float
    gamma1: float
    gamma2: float
    phi: float

    @property
    def mean(self) -> F8:
        """Of each week."""
        t = np.arange(1, WEEKS + 1)
        turn = 2.0 * np.pi * t / YEAR
        season = self.gamma1 * np.cos(turn) + self.gamma2 * np.sin(turn)
        return np.asarray(np.exp(self.theta + self.beta * t + season), dtype=np.float64)

    def __str__(self) -> str:
        season = "season" if self.gamma1 else ""
        trend = "trend" if self.beta else ""
        return f"{self.theta:5g} {self.phi:4g} {season:6s} {trend:5s}"


SCENARIOS = [
    Scenario(theta, beta * trend, gamma1 * season, gamma2 * season, phi)
    for (theta, beta, gamma1, gamma2, phi), season, trend in itertools.product(
        ORGANISMS, (0, 1), (0, 1)
    )
]


@dataclass(frozen=True)
class Simulated:
    """Series of one scenario."""

    calm: F8
    """Counts without the outbreak to be found, one row a series."""
    struck: F8
    """The same with it."""
    controls: Rows
    """Weeks of each series to be tried without an outbreak."""
    spans: list[tuple[int, int]]
    """First and last week of each outbreak."""


def outbreak(sd: float, size: float, rng: np.random.Generator) -> Rows:
    """Weeks after its start in which each case of an outbreak falls; at least one case."""
    cases = 0
    while cases == 0:
        cases = int(rng.poisson(size * sd))
    return np.floor(rng.lognormal(0.0, 0.5, cases)).astype(np.intp)


def simulate(scenario: Scenario, series: int, rng: np.random.Generator) -> Simulated:
    mean, phi = scenario.mean, scenario.phi
    sd = np.sqrt(phi * mean)
    calm = draw(np.broadcast_to(mean, (series, WEEKS)), phi, rng)
    struck, spans = np.empty_like(calm), []
    for row in range(series):
        for start in rng.choice(np.array(PAST), 4, replace=False):
            at = start + outbreak(sd[start], float(rng.choice([2, 3, 5, 10])), rng)
            np.add.at(calm[row], at[at < PAST.stop], 1.0)
        struck[row] = calm[row]
        # It must have its weeks before the series ends.
        start = int(rng.integers(NOW.start, NOW.stop - 8))
        at = np.minimum(start + outbreak(sd[start], float(rng.integers(1, 11)), rng), WEEKS - 1)
        np.add.at(struck[row], at, 1.0)
        spans.append((int(at.min()), int(at.max())))
    begin = rng.integers(NOW.start, NOW.stop - CONTROLS + 1, series)
    controls = begin[:, None] + np.arange(CONTROLS)
    return Simulated(calm, struck, controls, spans)


@dataclass(frozen=True)
class Scores:
    """One row a series: in weeks without an outbreak, and the highest within the outbreak."""

    controls: F8
    outbreaks: F8


def of_table(simulated: Simulated, calm: F8, struck: F8) -> Scores:
    """Scores out of those of every week."""
    rows = np.arange(len(calm))[:, None]
    peaks = [struck[n, a : b + 1].max() for n, (a, b) in enumerate(simulated.spans)]
    return Scores(calm[rows, simulated.controls], np.array(peaks))


def farrington(simulated: list[Simulated]) -> list[Scores]:
    """Scores of `farringtonFlexible`: R is started once for all scenarios."""
    tries: list[tuple[int, int, int]] = []
    table: list[F8] = []
    for one in simulated:
        for row, (first, last) in enumerate(one.spans):
            weeks = one.controls[row]
            table += [one.calm[row], one.struck[row]]
            tries.append((len(table) - 1, int(weeks[0]) + 1, int(weeks[-1]) + 1))
            tries.append((len(table), first + 1, last + 1))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "program.R").write_text(R_PROGRAM)
        np.savetxt(folder / "series.csv", np.stack(table), fmt="%d", delimiter=",")
        with (folder / "tries.csv").open("w", newline="") as file:
            csv.writer(file).writerows(tries)
        subprocess.run(
            ["Rscript", "program.R", "series.csv", "tries.csv", "p.txt"], cwd=folder, check=True
        )
        p = np.loadtxt(folder / "p.txt")
    nats = iter(-np.log(np.maximum(np.nan_to_num(p, nan=1.0), 1e-300)))
    scores = []
    for one in simulated:
        controls, outbreaks = [], []
        for first, last in one.spans:
            controls.append([next(nats) for _ in range(CONTROLS)])
            outbreaks.append(max(next(nats) for _ in range(first, last + 1)))
        scores.append(Scores(np.array(controls), np.array(outbreaks)))
    return scores


def jittered(scores: Scores, rng: np.random.Generator) -> Scores:
    """The same with ties broken at random."""
    return Scores(
        scores.controls + rng.uniform(0.0, 1e-9, scores.controls.shape),
        scores.outbreaks + rng.uniform(0.0, 1e-9, scores.outbreaks.shape),
    )


def threshold(controls: F8) -> float:
    """What `FALSE_POSITIVES` of the weeks without an outbreak exceed."""
    return float(np.quantile(controls, 1.0 - FALSE_POSITIVES))


def detected(scores: Scores) -> F8:
    """Whether each outbreak exceeds the threshold."""
    return (scores.outbreaks > threshold(scores.controls)).astype(np.float64)


def difference_error(ours: Scores, theirs: Scores, rng: np.random.Generator) -> float:
    """Standard error of the difference of the two shares of outbreaks detected."""
    n = len(ours.outbreaks)
    found = []
    for _ in range(300):
        rows = rng.integers(0, n, n)
        shares = [
            detected(Scores(s.controls[rows], s.outbreaks[rows])).mean() for s in (ours, theirs)
        ]
        found.append(shares[0] - shares[1])
    return float(np.std(found))


def bank_nats(counts: F8) -> F8:
    """Evidence of the monitor's bank every week: no season is known to it."""
    bank, none = BurstBank(7 * 86_400.0), np.zeros(0)
    quiet = np.zeros(len(counts), dtype=np.bool_)
    nats = np.zeros_like(counts)
    # A series is known from its first case on; here from the first week, so that rows stay.
    first = np.maximum(counts[:, 0], 1.0)
    bank.close(none, first, alarmed=quiet[:0], alpha=1e-3, alpha_first=1e-3)
    for week in range(1, WEEKS):
        judged = bank.close(counts[:, week], none, alarmed=quiet, alpha=1e-3, alpha_first=1e-3)
        nats[:, week] = judged.evidence_nats
    return nats


def tail_nats(counts: F8) -> F8:
    """Tail of every count, as the rate so far, the season so far and the dispersion predict it.

    The rate forgets 3 % a week, `TailProbability`'s default. The season is, for each week of
    the year, what was counted within three weeks of it in the years before, over what the
    rate alone expected then; 30 cases pull it to 1, and a year keeps 0.8 of its weight.
    """
    n = len(counts)
    a, b = np.full(n, 0.5), np.full(n, 0.5)
    v, m = np.zeros(n), np.zeros(n)
    seen, due = np.zeros((n, YEAR)), np.zeros((n, YEAR))
    nats = np.zeros_like(counts)
    for week in range(WEEKS):
        near = (week + np.arange(-3, 4)) % YEAR
        season = (30.0 + seen[:, near].sum(axis=1)) / (30.0 + due[:, near].sum(axis=1))
        mean = season * a / b
        excess = np.clip((10.0 + v) / (20.0 + m), 0.01, 100.0)
        spread = 1.0 / a + excess * (1.0 + 1.0 / mean) + 0.1**2
        nats[:, week] = upper_tail_nats(counts[:, week], mean, 1.0 / spread)
        deviation = np.sqrt(mean + mean * mean / a + excess * mean * (1.0 + mean))
        learned = np.minimum(counts[:, week], mean + 3.0 * (deviation + 1.0))
        add_v, add_m = Dispersion.sums(mean, a, learned)
        v, m = 0.97 * v + add_v, 0.97 * m + add_m
        here = week % YEAR
        seen[:, here] = 0.8 * seen[:, here] + learned
        due[:, here] = 0.8 * due[:, here] + a / b
        a, b = forget(a, b, 0.97, 0.3)
        a, b = a + learned, b + season
    return nats


OURS = {"tail with season": tail_nats, "bank": bank_nats}


def main() -> None:
    parser = argparse.ArgumentParser(description="Against R's farringtonFlexible.")
    parser.add_argument("--quick", action="store_true", help="5 series a scenario")
    parser.add_argument("--series", type=int, default=30, help="a scenario")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if shutil.which("Rscript") is None:
        sys.exit("farrington: needs Rscript and R's surveillance (Debian: r-cran-surveillance)")
    rng = np.random.default_rng(args.seed)
    series = 5 if args.quick else args.series
    simulated = [simulate(scenario, series, rng) for scenario in SCENARIOS]
    began = time.perf_counter()
    theirs = [jittered(scores, rng) for scores in farrington(simulated)]
    print(
        f"{series} series a scenario; detected at {100 * FALSE_POSITIVES:g} % false positives, "
        f"percent (R took {time.perf_counter() - began:.0f} s)\n"
        f"{'theta':>5s} {'phi':>4s} {'':12s} {'farrington':>10s}"
        + "".join(f" {name:>16s} {'diff':>5s} {'s.e.':>4s}" for name in OURS)
    )
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in OURS}
    for scenario, one, their in zip(SCENARIOS, simulated, theirs, strict=True):
        line = f"{scenario} {100 * detected(their).mean():10.0f}"
        for name, nats in OURS.items():
            our = jittered(of_table(one, nats(one.calm), nats(one.struck)), rng)
            share = float(detected(our).mean())
            difference = share - float(detected(their).mean())
            error = difference_error(our, their, rng)
            results[name].append((difference, error))
            line += f" {100 * share:16.0f} {100 * difference:5.0f} {100 * error:4.0f}"
        print(line, flush=True)
    for name, found in results.items():
        better = sum(difference > 0.0 for difference, _ in found)
        equal = sum(difference == 0.0 for difference, _ in found)
        worse = sum(difference < -2.0 * error for difference, error in found)
        mean = np.mean([difference for difference, _ in found])
        error = np.sqrt(sum(error**2 for _, error in found)) / len(found)
        print(
            f"{name}: better in {better} of {len(found)}, as good in {equal}, worse by over two "
            f"standard errors in {worse}; mean difference {100 * mean:+.1f} ± {100 * error:.1f}"
        )


if __name__ == "__main__":
    main()
