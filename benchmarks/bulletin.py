"""Emerging problems in simulated years: how many the bulletin lists in time, how much is false.

    python -m benchmarks.bulletin [--worlds 5] [--problems 12] [--seed 2000] [--every 1]

Each world has two years of history and a judged year (`benchmarks.bulletin_years`); a bulletin is
made for each week of it. In a problem a category in a region grows by 20 to 100 % over 3 to 8
weeks, stays so for six, and ends.

A test that knows the true rates would tell of a problem in the first week in which the log
likelihood ratio since its true onset,

    sum over its weeks of  x ln(ratio) - (x + k) ln((k + ratio usual) / (k + usual)),

reaches what its cell needs at the same share of the budget of false entries, by Wald's inequality.
Known to it are the usual rates (season, drift and festival included), the problem's ratios, and the
dispersion 1 / k: counts are negative binomial. A problem for which it never would tell is not
counted.

A problem is listed where an entry names its category and its region, and nothing else, within two
weeks of that week. It is nearly listed where an entry is a part of that cell, has it as a part, or
shares half of its own complaints or of the cell's with it. An entry that is not even that of any
problem of the last 20 weeks is false. False entries are counted in these worlds, and in as many
without any problem. Constants were chosen on seeds below 2000.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.bulletin_years import (
    FIRST,
    HISTORY_WEEKS,
    JUDGED_WEEKS,
    Injected,
    World,
    simulate,
)
from streams.bulletin.budget import FALSE_ENTRIES, SLACK_NATS, threshold_nats
from streams.bulletin.cell import BulletinPeriod, Cell
from streams.bulletin.emerging import emerging
from streams.bulletin.entry import Emerging
from streams.bulletin.shares import Shares
from streams.bulletin.weeks import by_week

WITHIN_WEEKS = 2
STILL_WEEKS = 20
"""After its onset a problem may still be told, or that it has ended."""


@dataclass
class Tally:
    """What came of some worlds."""

    possible: int = 0
    listed: int = 0
    nearly: int = 0
    bulletins: int = 0
    false: int = 0
    false_falls: int = 0
    cpu_s: float = 0.0


def week_of(number: int) -> BulletinPeriod:
    """Return the days of a week, counted from the first of the history."""
    first = FIRST + dt.timedelta(7 * number)
    return BulletinPeriod(first, first + dt.timedelta(6))


def needed_nats(world: World) -> dict[Injected, float]:
    """Return the evidence that the cell of each problem needs by Markov's inequality."""
    weeks = by_week(world.cells, week_of(HISTORY_WEEKS))
    shares = Shares(weeks, world.cells.leaves, world.calendar)
    needed = threshold_nats(shares.table.named.sum(axis=1), shares.weekly(), FALSE_ENTRIES)
    places = {cell: at for at, cell in enumerate(shares.table.cells)}
    return {each: float(needed[places[each.cell]]) + SLACK_NATS for each in world.injected}


def first_told(problem: Injected, nats: float) -> int | None:
    """Return the week in which a test that knows the rates would tell; None if it never would."""
    x, mean, k = problem.counted, problem.usual, 1.0 / problem.excess
    gain = x * np.log(problem.ratios) - (x + k) * np.log((k + problem.ratios * mean) / (k + mean))
    enough = np.flatnonzero(np.cumsum(gain) >= nats)
    return problem.begins + int(enough[0]) if len(enough) else None


def judge(world: World, tally: Tally, every: int, *, only_needed: bool = False) -> None:
    """Make the bulletins of a world, and count what came of them."""
    needed = needed_nats(world)
    first_weeks = {each: first_told(each, needed[each]) for each in world.injected}
    weeks = set(range(HISTORY_WEEKS, HISTORY_WEEKS + JUDGED_WEEKS, every))
    if only_needed:
        weeks = set()
    for week in first_weeks.values():
        if week is not None:
            weeks |= {week + later for later in range(WITHIN_WEEKS + 1)}
    made: dict[int, Emerging] = {}
    for week in sorted(weeks):
        if week < HISTORY_WEEKS + JUDGED_WEEKS:
            began = time.process_time()
            made[week] = emerging(world.cells, week_of(week), world.calendar)
            tally.cpu_s += time.process_time() - began
            count_false(world, week, made[week], tally)
    for problem, first in first_weeks.items():
        if first is None or first + WITHIN_WEEKS >= HISTORY_WEEKS + JUDGED_WEEKS:
            continue
        tally.possible += 1
        after = [made[week] for week in range(first, first + WITHIN_WEEKS + 1)]
        exact = [any(e.cell == problem.cell for e in one.entries) for one in after]
        near = [any(same(world, problem, e.cell) for e in one.entries) for one in after]
        tally.listed += any(exact)
        tally.nearly += any(near)
        if not any(exact):
            found = [tuple(e.cell) for e in after[-1].entries]
            print(
                f"    late: {problem.cell}, week {first}, {problem.usual.mean():.0f} a week,"
                f" ratios to {problem.ratios.max():.2f}, since {first - problem.begins}: {found}"
            )


def same(world: World, problem: Injected, cell: Cell) -> bool:
    """Whether a cell is a part or a whole of a problem's, or shares half of either."""
    if problem.cell.within(cell) or cell.within(problem.cell):
        return True
    begin = 7 * problem.begins
    of_leaf = world.cells.counts[:, begin : begin + 7 * len(problem.ratios)].sum(axis=1)
    one, other = (
        np.array([leaf.within(wide) for leaf in world.cells.leaves])
        for wide in (problem.cell, cell)
    )
    shared = of_leaf[one & other].sum()
    return bool(shared >= 0.5 * min(of_leaf[one].sum(), of_leaf[other].sum()))


def count_false(world: World, week: int, found: Emerging, tally: Tally) -> None:
    """Count the entries of a week that no problem explains."""
    recent = [each for each in world.injected if each.begins <= week < each.begins + STILL_WEEKS]
    tally.bulletins += 1
    for entry in found.entries:
        if not any(same(world, each, entry.cell) for each in recent):
            tally.false += 1
            print(
                f"    false, week {week}: {entry.cell}, {entry.evidence_nats:.1f} nats,"
                f" {entry.counted_since} of {entry.expected_since:.0f} since {entry.since}"
            )
    ended = [each for each in world.injected if each.begins <= week]
    tally.false_falls += sum(
        not any(same(world, each, entry.cell) for each in ended) for entry in found.fell
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Emerging problems in simulated years.")
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--problems", type=int, default=12, help="a world")
    parser.add_argument("--seed", type=int, default=2000, help="of the first world")
    parser.add_argument("--every", type=int, default=1, help="weeks between bulletins")
    parser.add_argument(
        "--only-needed", action="store_true", help="only bulletins that could list a problem"
    )
    parser.add_argument("--quick", action="store_true", help="one world, a bulletin in 13 weeks")
    args = parser.parse_args()
    worlds, every = (1, 13) if args.quick else (args.worlds, args.every)
    for problems in (args.problems, 0):
        tally = Tally()
        for number in range(worlds):
            world = simulate(args.seed + number, problems)
            judge(world, tally, every, only_needed=args.only_needed and problems > 0)
            print(f"  {number + 1} worlds: {tally}", flush=True)
        print(
            f"{problems * worlds} problems, of which a test that knows the rates tells"
            f" {tally.possible}: listed within {WITHIN_WEEKS} weeks {tally.listed}, nearly"
            f" {tally.nearly}; {tally.bulletins} bulletins with {tally.false} false entries"
            f" and {tally.false_falls} false falls, {tally.cpu_s / tally.bulletins:.1f} CPU s each"
        )


if __name__ == "__main__":
    main()
