"""Sender bursts in the FTC's complaint records, day buckets: alerts, what they catch, speed.

python -m benchmarks.detect_ftc ftc_dnc_2020-02_2020-08.csv.gz
"""

from __future__ import annotations

import argparse
import csv
import datetime
import gzip
import math
import resource
import time
from collections import Counter
from pathlib import Path

import numpy as np

from detectors import BurstBank

KNOWN_PER_DAY = 0.5 * 0.75 * 5.0
NEWCOMERS_PER_DAY = 0.25 * 5.0
CALM_BUCKETS = 3

POSTED_TWICE = {
    datetime.date.fromisoformat(day)
    for day in (
        "2020-05-25",
        "2020-06-25",
        "2020-07-08",
        "2020-07-22",
        "2020-07-27",
        "2020-07-28",
    )
}
"""Days whose records all came twice: half of a count is what was complained about."""


def read(path: Path) -> dict[datetime.date, Counter[str]]:
    days: dict[datetime.date, Counter[str]] = {}
    with gzip.open(path, "rt", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        for day, sender, _ in rows:
            if sender:
                days.setdefault(datetime.date.fromisoformat(day), Counter())[sender] += 1
    return days


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--min-count", type=float, default=1.0)
    parser.add_argument("--big", type=float, default=50.0)
    parser.add_argument("--days", action="store_true", help="print every day")
    args = parser.parse_args()

    days = read(args.path)
    bank = BurstBank(86_400.0)
    rows: dict[str, int] = {}
    alarmed = np.zeros(0, dtype=np.bool_)
    calm = np.zeros(0, dtype=np.int64)
    alerts: list[int] = []
    first_alerts: list[int] = []
    big_days, caught = Counter[str](), Counter[str]()
    buckets = 0
    spent = 0.0
    day, last = min(days), max(days)
    while day <= last:
        counts = days.get(day, Counter())
        x = np.zeros(len(rows))
        new = []
        for sender, count in counts.items():
            if sender in rows:
                x[rows[sender]] = count
            else:
                new.append(sender)
        new.sort()
        first = np.array([float(counts[sender]) for sender in new])
        known = len(rows)
        began = time.perf_counter()
        factor = bank.common_factor(x, first)
        judged = bank.close(
            x,
            first,
            exposure=factor,
            alarmed=alarmed,
            alpha=min(0.01, KNOWN_PER_DAY / max(known, 1)),
            alpha_first=min(0.01, NEWCOMERS_PER_DAY / bank.first_per_day),
        )
        spent += time.perf_counter() - began
        buckets += known
        rows.update((sender, known + i) for i, sender in enumerate(new))
        x = np.concatenate([x, first])
        alarmed = np.concatenate([alarmed, np.zeros(len(new), dtype=np.bool_)])
        calm = np.concatenate([calm, np.zeros(len(new), dtype=np.int64)])
        was_open = alarmed.copy()
        calm = np.where(alarmed & judged.fits, calm + 1, 0)
        ended = np.flatnonzero(calm >= CALM_BUCKETS)
        alarmed[ended] = False
        bank.reset(ended)
        over = (judged.evidence_nats >= judged.threshold_nats) & (x >= args.min_count)
        opened = np.flatnonzero(over & ~was_open)
        alarmed[opened] = True
        bank.reset(opened)
        if counts:
            alerts.append(len(opened))
            first_alerts.append(int(np.sum(opened >= known)))
        big = np.flatnonzero(x >= args.big)
        kind = "first" if not known else "twice" if day in POSTED_TWICE else "plain"
        big_days[kind] += len(big)
        caught[kind] += int(np.sum(was_open[big] | alarmed[big]))
        if args.days:
            print(
                f"{day:%a %Y-%m-%d} events {int(x.sum()):6d} known {known:6d} new {len(new):6d} "
                f"f {factor:5.2f} opened {len(opened):3d} ({first_alerts[-1] if counts else 0}) "
                f"open {int(alarmed.sum()):4d} big {len(big)} "
                f"missed {int(np.sum(~(was_open[big] | alarmed[big])))}"
            )
        day += datetime.timedelta(days=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"senders {len(rows)}, days with data {len(alerts)}, sender-buckets {buckets}")
    print(
        f"alerts a day: mean {sum(alerts) / len(alerts):.2f} "
        f"(newcomers {sum(first_alerts) / len(alerts):.2f}), "
        f"median {np.median(alerts):g}, most {max(alerts)}"
    )
    print(f"sender-days of {args.big:g} or more that were alerted or in an alert:")
    for kind, what in (
        ("plain", "days posted once"),
        ("twice", "days posted twice (the common factor explains most)"),
        ("first", "first day of all (nothing to compare with)"),
    ):
        print(f"  {caught[kind]} of {big_days[kind]} on {what}")
    print(f"bank: {spent:.1f} s, {buckets / spent / 1e6:.1f} million entity-buckets/s")
    state = sum(len(bank.pack(at, min(at + 5000, bank.n))) for at in range(0, bank.n, 5000))
    print(f"state {state / bank.n:.0f} bytes an entity; peak memory {math.ceil(peak)} MB")


if __name__ == "__main__":
    main()
