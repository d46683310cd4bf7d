"""``python -m tests.torture``: the long form, with a table; status 0 only without a difference."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
import traceback
from pathlib import Path

from streams.broker.local.apache import ApacheKafka
from tests.torture.items import ITEMS
from tests.torture.results import shown
from tests.torture.run import Outcome


def main(arguments: list[str] | None = None) -> int:
    """Torture, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kill -9 at random moments")
    parser.add_argument("--only", nargs="+", choices=ITEMS, default=list(ITEMS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=1, help="of the records and the moments")
    parser.add_argument("--json", action="store_true", help="one object on standard output")
    asked = parser.parse_args(arguments)
    recipe = ApacheKafka()
    outcomes = []
    for name in asked.only:
        with tempfile.TemporaryDirectory(prefix=f"torture-{name}-") as data:
            try:
                outcome = ITEMS[name](recipe, Path(data), asked.seed, asked.kills)
            except Exception as error:
                traceback.print_exc()
                outcome = Outcome(name, {}, differences=[f"{type(error).__name__}: {error}"])
        outcomes.append(outcome)
        sys.stderr.write(_line(outcome) + "\n")
        sys.stderr.writelines(f"    {line[:2000]}\n" for line in shown(outcome.differences))
    failed = sum(len(outcome.differences) for outcome in outcomes)
    if asked.json:
        report = {"seed": asked.seed, "items": [dataclasses.asdict(o) for o in outcomes]}
        sys.stdout.write(json.dumps({**report, "differences": failed}, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join([_HEAD, *map(_line, outcomes)]) + "\n")
        killed = sum(outcome.disturbed.get("kill -9", 0) for outcome in outcomes)
        sys.stdout.write(f"kills {killed}, differences {failed}, seed {asked.seed}\n")
    return 1 if failed else 0


_HEAD = f"{'item':34} {'disturbed':44} {'alerts':>6} {'differences':>11} {'restarts':>8} {'s':>5}"


def _line(outcome: Outcome) -> str:
    what = ", ".join(f"{number} {name}" for name, number in outcome.disturbed.items())
    figures = f"{outcome.alerts:6} {len(outcome.differences):11} {outcome.exits:8}"
    return f"{outcome.name:34} {what:44} {figures} {outcome.seconds:5.0f}"


if __name__ == "__main__":
    sys.exit(main())
