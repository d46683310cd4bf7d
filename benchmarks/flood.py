"""Floods of fresh ids: who else gets an alert, and which bursts of others stay hidden.

python -m benchmarks.flood [--full | --sleepers]

Known senders count for weeks; then fresh ids send for one bucket, and never again. In that bucket
three of the known burst to nine times their mean. Honest alerts are those of all other known
senders, from the flood's bucket through the nine (hours: 24) after it, beside those of the same
seed without a flood. ``--sleepers``: ids that send for 14 days, and then fall silent together.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np

from benchmarks.populations import Watch
from streams.config.model import Config
from streams.detection.context.budget import split_budget
from streams.simulate.counts import F8

DAY_S, HOUR_S = 86_400, 3_600
WARM_DAYS = 42
AFTER = {DAY_S: 9, HOUR_S: 24}
BURSTS, TIMES = 3, 9.0
BUDGET = sum(
    budget.total for (_, *of), budget in split_budget(Config()).items() if of == ["sender", "sends"]
)


@dataclass(frozen=True)
class Crowd:
    """Known senders: how many there are, of which kind, and in which buckets they are counted."""

    kind: str
    known: int
    bucket_s: int
    seed: int

    def __str__(self) -> str:
        return f"{self.kind}, {self.known:,} known, {'day' if self.bucket_s == DAY_S else 'hour'}"


@dataclass(frozen=True)
class Outcome:
    """Honest alerts, and bursts found of `BURSTS`."""

    honest: int
    found: int


class Population:
    """Senders that count as ever.

    Parameters
    ----------
    crowd
        What they are: ``steady`` ones send 20 a day, ``mixed`` ones .02 to 60, and vary by day.
    """

    def __init__(self, crowd: Crowd) -> None:
        self._rng = np.random.default_rng([crowd.seed, crowd.known])
        self._crowd = crowd
        self._mixed = crowd.kind == "mixed"
        self.a_day = np.full(crowd.known, 20.0)
        if self._mixed:
            spread = np.exp(self._rng.normal(0.0, 1.6, crowd.known))
            self.a_day = np.clip(spread, 0.02, 60.0)
        self._of_day = np.ones(crowd.known)

    def usual(self, bucket: int) -> F8:
        """What each sender usually counts in a bucket: weekends are quiet, and so are nights."""
        hours = self._crowd.bucket_s // HOUR_S
        hour = bucket * hours
        day = 1.0 if hour // 24 % 7 < 5 else 0.6
        clock = 1.0 if hours == 24 else 1.0 - 0.8 * np.cos((hour % 24 - 2) * np.pi / 12.0)
        return self.a_day * (day * clock * hours / 24.0)

    def counts(self, bucket: int) -> F8:
        """What they count in a bucket; buckets must be asked for in order."""
        if self._mixed and bucket * self._crowd.bucket_s % DAY_S == 0:
            self._of_day = self._rng.gamma(3.0, 1.0 / 3.0, self._crowd.known)
        return self._rng.poisson(self.usual(bucket) * self._of_day).astype(np.float64)


def warmed(crowd: Crowd, extra: int) -> tuple[Watch, list[F8], list[F8], F8]:
    """Watch a population for weeks.

    Returns
    -------
    tuple
        The watch, with room for so many fresh ids; what the known will count in the buckets to
        come, and what is usual in them; their counts a day.
    """
    population = Population(crowd)
    watch = Watch(crowd.known + extra, crowd.bucket_s, BUDGET)
    none = np.zeros(extra)
    # The flood's bucket is the middle of a working day.
    before = WARM_DAYS * DAY_S // crowd.bucket_s + (13 if crowd.bucket_s == HOUR_S else 1)
    for bucket in range(before):
        watch.close(np.concatenate([population.counts(bucket), none]))
    ahead = range(before, before + AFTER[crowd.bucket_s] + 1)
    usual = [population.usual(bucket) for bucket in ahead]
    return watch, [population.counts(bucket) for bucket in ahead], usual, population.a_day


def outcome(
    watch: Watch, counts: list[F8], usual: list[F8], bursting: F8, extra: int, flood: F8
) -> Outcome:
    """Go on from a watch, with a flood in its next bucket."""
    honest, found = 0, 0
    for after, known in enumerate(counts):
        x = known.copy()
        fresh = np.zeros(extra)
        if not after:
            x[bursting] += np.round((TIMES - 1.0) * usual[0][bursting])
            fresh[: len(flood)] = flood
        opened = watch.close(np.concatenate([x, fresh])).all_opened
        known_opened = opened[opened < len(known)]
        burst = np.isin(known_opened, bursting)
        honest += int(np.count_nonzero(~burst))
        if not after:
            found = int(np.count_nonzero(burst))
    return Outcome(honest, found)


def cells(
    crowd: Crowd, ids: Sequence[int], messages: Sequence[int]
) -> list[tuple[tuple[int, int], Outcome, Outcome]]:
    """Each flood of a crowd, what came of it, and what there was without it."""
    extra = max(ids)
    watch, counts, usual, a_day = warmed(crowd, extra)
    busiest = np.argsort(-a_day, kind="stable")[: max(crowd.known // 4, BURSTS)]
    bursting = np.random.default_rng(crowd.seed).choice(busiest, BURSTS, replace=False)
    floods = [np.zeros(0), *(np.full(n, float(each)) for n in ids for each in messages)]
    # Each goes on from the watch as it is here: in a process of its own, which has a copy of it.
    fork = multiprocessing.get_context("fork")

    def go_on(flood: F8, results: Connection) -> None:
        results.send(outcome(watch, counts, usual, bursting, extra, flood))

    found = []
    for flood in floods:
        end, other = fork.Pipe(duplex=False)
        process = fork.Process(target=go_on, args=(flood, other))
        process.start()
        found.append(end.recv())
        process.join()
    names = [(n, each) for n in ids for each in messages]
    return [(name, one, found[0]) for name, one in zip(names, found[1:], strict=True)]


def grid(full: bool) -> None:
    """Print the cells of a grid by crowd, and what share of them meets the target."""
    sizes, seeds = ((100, 200, 1000, 5000), 4) if full else ((100, 1000), 2)
    ids, messages = ((100, 400, 2000), (1, 10, 50)) if full else ((100, 2000), (1, 50))
    met: dict[int, list[bool]] = defaultdict(list)
    bursts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    print(f"{'crowd':30s} {'without':>12s} {'with':>16s} {'cells met':>10s} {'bursts':>12s}")
    for bucket_s in (DAY_S, HOUR_S):
        for kind in ("steady", "mixed"):
            for known in sizes:
                began = time.perf_counter()
                every, base = [], []
                for seed in range(seeds):
                    crowd = Crowd(kind, known, bucket_s, seed)
                    found = list(cells(crowd, ids, messages))
                    every += found
                    base.append(found[0][2])
                over = [of.honest - without.honest for _, of, without in every]
                good = [extra <= 1 for extra in over]
                met[bucket_s] += good
                got = sum(of.found for _, of, _ in every)
                could = sum(without.found for *_, without in every)
                bursts[bucket_s][0] += got
                bursts[bucket_s][1] += could
                honest = " ".join(str(without.honest) for without in base)
                worst = max(every, key=lambda cell: cell[1].honest - cell[2].honest)
                print(
                    f"{crowd!s:30s} {honest:>12s} {f'{min(over):+d} to {max(over):+d}':>16s}"
                    f" {sum(good):5d}/{len(good):<4d} {got:6d}/{could:<5d}"
                    f" worst: {worst[0][0]} x {worst[0][1]} ({time.perf_counter() - began:.0f} s)",
                    flush=True,
                )
    for bucket_s, good in met.items():
        got, could = bursts[bucket_s]
        print(
            f"{'days' if bucket_s == DAY_S else 'hours'}: at most one alert more in"
            f" {100 * np.mean(good):.1f} % of {len(good)} cells (target 95);"
            f" {100 * got / max(could, 1):.1f} % of {could} bursts found (target 95)"
        )


def sleepers(crowd: Crowd, ids: int, messages: int, days: int = 14) -> int:
    """Honest alerts in the ten days after ids that have sent for some days fall silent."""
    population, rng = Population(crowd), np.random.default_rng([crowd.seed, ids])
    watch = Watch(crowd.known + ids, crowd.bucket_s, BUDGET)
    a_day = DAY_S // crowd.bucket_s
    honest = 0
    for bucket in range((WARM_DAYS + days + 10) * a_day):
        day = bucket // a_day
        asleep = not WARM_DAYS <= day < WARM_DAYS + days
        theirs = np.zeros(ids) if asleep else rng.poisson(messages / a_day, ids)
        opened = watch.close(np.concatenate([population.counts(bucket), theirs])).all_opened
        if day >= WARM_DAYS + days:
            honest += int(np.count_nonzero(opened < crowd.known))
    return honest


def curve(bucket_s: int) -> None:
    """Print honest alerts by what the sleepers send, over what the known do."""
    for kind, known in (("steady", 200), ("mixed", 1000)):
        for ids, messages in (
            *((0, 0), (known // 2, 10), (known, 10), (2 * known, 3), (2 * known, 10)),
            *((3 * known, 10), (4 * known, 10), (8 * known, 10)),
        ):
            for days in (7, 14, 28) if ids else (14,):
                crowds = [Crowd(kind, known, bucket_s, seed) for seed in range(2)]
                found = [sleepers(crowd, ids, messages, days) for crowd in crowds]
                print(f"{crowds[0]!s:30s} {ids:6d} x {messages:3d} for {days:2d} days: {found}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all cells of the grid")
    parser.add_argument("--sleepers", action="store_true", help="ids that sleep, as a curve")
    parser.add_argument("--hours", action="store_true", help="sleepers in hour buckets")
    args = parser.parse_args()
    if args.sleepers:
        curve(HOUR_S if args.hours else DAY_S)
    else:
        grid(args.full)


if __name__ == "__main__":
    main()
