"""Item 7: the host's clock jumps, back and forth, under counters and workers."""

from __future__ import annotations

import random
from pathlib import Path

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from tests.torture.records import config, make
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed

JUMPS_S = (0, 45 * 60, -3600, -86_400, 120, 0, -10, 50 * 60)
"""Brokers refuse records of more than an hour ahead: a clock that far off stops the writer."""


def torture(recipe: Recipe, data: Path, *, seed: int, rounds: int) -> Outcome:
    """Wall clocks jump while records are counted and judged; strange records are many.

    One in four is late, ahead, out of order, double or rubbish. The monotonic clock goes on,
    as it does where a host's clock is set.
    """
    chance = random.Random(seed)
    outcome = Outcome("clock jumps, strange records", {"jumps": 0, "kill -9": 0})
    clock = data / "clock"
    clock.write_text("+0")
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        run = Run(data, broker.bootstrap, config("clocks"), make(seed, strange=0.25))
        moved = ["tests.torture.moved_clock", str(clock)]
        run.fleet.module = {"count": moved, "detect": moved}
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT)
            run.go_on(4.0, share=0.1)
            for number in range(rounds):
                clock.write_text(f"{chance.choice(JUMPS_S):+d}")
                outcome.disturbed["jumps"] += 1
                run.go_on(chance.uniform(2.0, 4.0), share=0.1 + 0.8 * (number + 1) / rounds)
                if number % 3 == 2:
                    outcome.disturbed["kill -9"] += fleet.kill(COUNT, DETECT)
                    fleet.start(COUNT, DETECT)
            run.drain()
            run.compare(outcome)
    return outcome
