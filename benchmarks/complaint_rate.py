"""Complaint rates: false alarms realised over allowed, delays, and what joining to sends is worth.

python -m benchmarks.complaint_rate [--senders 10000] [--days 90] [--alpha 5e-4]
python -m benchmarks.complaint_rate --delays FILE      a file in the FTC's CSV format

Senders are of lognormal size (median 150 a day), one day in five silent, with rates drawn
from a Gamma of shape 1/2 and mean .005; complaints come by `PHONE_CALLS`, Poisson or with
dispersion 3. Sends are known from day 0 on, but go back 120 days. From day 60 on a tenth
double their sends at the same rate, a tenth triple their rate at the same sends, and a tenth
send twenty times as much on day 60 and nothing after it. All others are calm.

The same complaints go to a `BurstBank`, which knows nothing of sends: its alarms in the
first and the last of these are what joining spares.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from detectors.burst.bank import BurstBank
from detectors.rate.bank import RateBank
from detectors.rate.complaint_rate import ComplaintRate
from detectors.rate.delay import DAY_S, PHONE_CALLS, Delay

F8 = npt.NDArray[np.float64]

LEAST = 1.0
"""Messages whose complaints must be due for a sender to be judged by them, as in the monitor."""

BEFORE = 120
CHANGE = 60
CLASSES = ((0.0, 0.01), (0.01, 0.1), (0.1, 1.0), (1.0, 10.0), (10.0, np.inf))
KINDS = ("calm", "sends double", "rate triples", "campaign, then none")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--senders", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--alpha", type=float, default=5e-4)
    parser.add_argument("--delays", type=Path)
    args = parser.parse_args()
    if args.delays is not None:
        print_delay(args.delays)
        return
    print_scalar()
    for dispersion in (0.0, 2.0):
        run(args.senders, args.days, args.alpha, dispersion)


def print_scalar() -> None:
    """CPU time to score and learn one bucket of one sender in plain Python."""
    detector, features = ComplaintRate(), {"sends": 500, "complaints": 5}
    began = time.process_time()
    for _ in range(20_000):
        detector.score_one(features)
        detector.learn_one(features)
    print(f"scalar: {(time.process_time() - began) / 20_000 * 1e6:.0f} us\n")


def run(n: int, days: int, alpha: float, excess: float) -> None:
    """Simulate, judge, print; `excess` is the variance-to-mean ratio less 1."""
    rng = np.random.default_rng(1)
    kind = np.where(np.arange(n) % 10 < 3, np.arange(n) % 10 + 1, 0)
    size = np.exp(rng.normal(5.0, 1.5, n))
    p = np.minimum(rng.gamma(0.5, 0.01, n), 0.3)
    sends = rng.poisson(size, (BEFORE + days, n)) * (rng.random((BEFORE + days, n)) < 0.8)
    at = BEFORE + CHANGE
    sends[at:, kind == 1] *= 2
    sends[at, kind == 3] *= 20
    sends[at + 1 :, kind == 3] = 0
    raised = np.ones((BEFORE + days, n))
    raised[at:, kind == 2] = 3.0
    shares = PHONE_CALLS.shares(DAY_S, BEFORE + days)
    bank, volume = RateBank(DAY_S), BurstBank(DAY_S)
    bank.grow(n)
    none, first_at, entity_days = np.zeros(n, dtype=np.bool_), np.full((2, n), -1), np.zeros(n)
    known: npt.NDArray[np.intp] = np.zeros(0, dtype=np.intp)
    alarms, usual, spent = np.zeros((2, days, n), dtype=np.int32), p * size * 0.8, 0.0
    week_days = 0.0
    for day in range(days):
        t = BEFORE + day
        mean = raised[t] * p * np.sum(shares[: t + 1, None] * sends[t::-1], axis=0)
        x = _counts(rng, mean, excess)
        began = time.process_time()
        due = bank.due(sends[t])
        judged = due.total >= LEAST
        factor = bank.common_factor(x, due, judged)
        found = bank.close(
            sends[t], x, due, factor=factor, judged=judged, alarmed=none, alpha=alpha
        )
        entity_days += judged
        if day == 6:
            week_days = entity_days[kind == 0].sum()
        spent += time.process_time() - began
        over = np.flatnonzero((found.evidence_nats >= found.threshold_nats) & (x > 0) & judged)
        bank.reset(over)
        alarms[0, day, over] = 1
        known = _judge_volume(volume, known, x, alpha, alarms[1, day])
    for side in (0, 1):
        late = alarms[side, CHANGE:]
        first_at[side] = np.where(late.any(axis=0), late.argmax(axis=0), -1)
    law = "Poisson" if not excess else f"dispersion {1 + excess:g}"
    print(f"{n} senders, {days} days, {law}, alpha {alpha:g}; {n * days / spent / 1e6:.1f} M/s")
    print(f"{'complaints a day':>20} {'senders':>8} {'allowed':>8} {'realised':>9}")
    for low, high in (*CLASSES, (0.0, np.inf)):
        chosen = (kind == 0) & (usual >= low) & (usual < high)
        label = f"{low:g} to {high:g}" if (low, high) != (0.0, np.inf) else "all"
        allowed = alpha * entity_days[chosen].sum()
        print(f"{label:>20} {chosen.sum():>8} {allowed:>8.1f} {alarms[0][:, chosen].sum():>9}")
    week = alarms[0, :7][:, kind == 0].sum()
    print(f"{'first week, all':>20} {(kind == 0).sum():>8} {alpha * week_days:>8.1f} {week:>9}")
    print(
        f"{'of more than 1 a day':>22} {'senders':>8} {'rate alarms':>12} {'volume':>7} {'days':>5}"
    )
    for kind_number, name in enumerate(KINDS):
        chosen = (kind == kind_number) & (usual >= 1.0)
        hit = first_at[:, chosen] >= 0
        days_to = np.median(first_at[0, chosen][hit[0]]) + 1 if hit[0].any() else np.nan
        print(f"{name:>22} {chosen.sum():>8} {hit[0].sum():>12} {hit[1].sum():>7} {days_to:>5.0f}")
    print()


def _counts(rng: np.random.Generator, mean: F8, excess: float) -> F8:
    if not excess:
        return rng.poisson(mean).astype(np.float64)
    shape = np.maximum(mean / excess, 1e-12)
    return rng.poisson(rng.gamma(shape, excess)).astype(np.float64)


def _judge_volume(
    bank: BurstBank,
    known: npt.NDArray[np.intp],
    x: F8,
    alpha: float,
    alarms: npt.NDArray[np.int32],
) -> npt.NDArray[np.intp]:
    """Judge a day by volume alone, newcomers apart; returns its rows' senders."""
    new = np.setdiff1d(np.flatnonzero(x), known)
    calm = np.zeros(len(known), dtype=np.bool_)
    found = bank.close(x[known], x[new], alarmed=calm, alpha=alpha, alpha_first=1e-9)
    known = np.concatenate([known, new])
    over = np.flatnonzero((found.evidence_nats >= found.threshold_nats) & (x[known] > 0))
    bank.reset(over)
    alarms[known[over]] = 1
    return known


def print_delay(file: Path) -> None:
    """Fit the delays of a file in the FTC's CSV format; print them beside the real ones."""
    with file.open(encoding="utf-8", newline="") as lines:
        delays = np.array(
            [
                (
                    dt.datetime.fromisoformat(row["Created_Date"])
                    - dt.datetime.fromisoformat(row["Violation_Date"])
                ).total_seconds()
                for row in csv.DictReader(lines)
            ]
        )
    real = delays[delays >= 0.0]
    print(f"{len(delays)} complaints, {len(delays) - len(real)} dated before they happened")
    for exponentials in (2, 3, 4):
        began = time.process_time()
        fit = Delay.fit(delays, exponentials=exponentials)
        print(f"\n{fit} in {time.process_time() - began:.1f} s")
        print(f"{'hours':>8} {'real':>8} {'fitted':>8} {'ratio':>6}")
        for hours in (0.25, 1.0, 3.66, 6.0, 22.2, 48.0, 129.0, 168.0, 240.0, 336.0, 773.0):
            share, fitted = float((real > hours * 3600).mean()), float(fit.beyond(hours * 3600))
            print(f"{hours:>8g} {share:>8.4f} {fitted:>8.4f} {fitted / share:>6.2f}")


if __name__ == "__main__":
    main()
