"""Run schedules in numbers: status 0 where each gave what an undisturbed run gives, else 1."""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.breaks import BREAKS, Break, unbroken
from tests.simulation.run import run, small

PROGRESS_S = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, run, and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=2000, help="how many to run")
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    parser.add_argument("--seed", type=int, help="run this one alone, and print its trace")
    parser.add_argument("--break", dest="broken", choices=BREAKS, help="break this rule")
    given = parser.parse_args(arguments)
    broken = BREAKS.get(given.broken, unbroken)
    with small():
        if given.seed is not None:
            return _replay(given.seed, broken)
        return _many(range(given.first, given.first + given.schedules), broken)


def _many(seeds: range, broken: Break) -> int:
    began = said = time.monotonic()
    for done, seed in enumerate(seeds, start=1):
        if run(seed, broken=broken):
            _say(f"seed {seed} differs; {done - 1} before it did not. What happened:")
            return _replay(seed, broken)
        now = time.monotonic()
        if now - said >= PROGRESS_S:
            said = now
            rate = done / (now - began)
            sys.stderr.write(f"{done} of {len(seeds)} schedules, {rate:.0f} a second\n")
    _say(f"{len(seeds)} schedules, seeds {seeds.start} to {seeds.stop - 1}: no difference")
    return 0


def _replay(seed: int, broken: Break) -> int:
    """Print everything that happens, and then what differs."""
    found = run(seed, _say, broken)
    _say("\n".join(found or ["no difference"]))
    return 1 if found else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
