"""``python -m tests.pinned``: a table; status 1 where a sum differs from the stored one."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.pinned.items import ITEMS, SLOW
from tests.pinned.pinned import SIGNALS, Pinned, absent, pin, store, stored
from tests.pinned.sums import Sums


def main(arguments: list[str] | None = None) -> int:
    """Make the sums, and compare or store them."""
    parser = argparse.ArgumentParser(prog="python -m tests.pinned", description=__doc__)
    parser.add_argument("--only", default="", metavar="NAME", help="items with this in their name")
    parser.add_argument("--quick", action="store_true", help=f"without {SLOW}")
    parser.add_argument("--write", action="store_true", help="store the sums")
    asked = parser.parse_args(arguments)
    names = [name for name in ITEMS if asked.only in name]
    if SLOW in names and (asked.quick or absent()):
        names.remove(SLOW)
        sys.stdout.write(f"{f'{SLOW} is skipped: --quick' if asked.quick else absent()}\n")
    kept = stored()
    sys.stdout.write(f"{'item':16} {'data':12}      {'all':12}      {'s':>4}\n")
    pinned = pin(names, lambda one: _tell(one, kept.get(one.name)))
    opened = sum((one.opened for one in pinned), Counter[str]())
    by_signal = ", ".join(f"{signal} {number}" for signal, number in sorted(opened.items()))
    sys.stdout.write(f"alerts opened in replays: {by_signal or 'none'}\n")
    missing = [signal for signal in SIGNALS if not opened[signal]] if not asked.only else []
    if missing:
        sys.stdout.write(f"no alert of {', '.join(missing)}: nothing pins it\n")
    if asked.write:
        store(pinned)
        return 1 if missing else 0
    return 1 if missing or any(kept.get(one.name) != one.sums for one in pinned) else 0


def _tell(one: Pinned, kept: Sums | None) -> None:
    data = _against(one.sums.data, kept.data if kept else None)
    everything = _against(one.sums.all, kept.all if kept else None)
    sys.stdout.write(f"{one.name:16} {data} {everything} {one.seconds:4.0f}\n")
    sys.stdout.flush()


def _against(sum_: str, kept: str | None) -> str:
    return f"{sum_[:12]} {'new ' if kept is None else 'same' if kept == sum_ else 'DIFF'}"


if __name__ == "__main__":
    sys.exit(main())
