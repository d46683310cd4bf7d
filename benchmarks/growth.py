"""What detect costs as senders grow: a table, and a plot as SVG.

    python -m benchmarks.growth [--svg growth.svg] [--json] [--quick]

`benchmarks.live` at 10 thousand, 100 thousand and 1 million senders, of which a tenth count in
a bucket: CPU seconds a million entity-buckets, and memory. Both axes of the plot are
logarithmic: a line that rises as steeply as the dashed one is linear growth.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.growth_plot import plot
from benchmarks.live import measure

SIZES = {10_000: 100, 100_000: 30, 1_000_000: 8}
"""Senders, and buckets enough to be timed."""

QUICK = {500: 20, 2_000: 10, 5_000: 5}
ACTIVE = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--svg", type=Path, help="where the plot goes")
    parser.add_argument("--quick", action="store_true", help="500 to 5,000 senders")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    cost: list[tuple[float, float]] = []
    memory: list[tuple[float, float]] = []
    for senders, buckets in (QUICK if arguments.quick else SIZES).items():
        one = measure(senders, buckets, ACTIVE)
        cost.append((senders, one["cpu_s"] / buckets))
        memory.append((senders, one["resident_mb_highest"]))
        if arguments.json:
            print(json.dumps(one), flush=True)
        else:
            print(
                f"{senders:>10,} senders {cost[-1][1]:8.3f} CPU s a bucket"
                f" {1e6 * one['cpu_s'] / one['entity_buckets']:6.2f} CPU s a million"
                f" entity-buckets {one['resident_mb_highest']:>6,.0f} MB",
                flush=True,
            )
    if arguments.svg:
        arguments.svg.write_text(
            plot([("CPU seconds a bucket", cost), ("resident memory, MB", memory)]), "utf-8"
        )


if __name__ == "__main__":
    main()
