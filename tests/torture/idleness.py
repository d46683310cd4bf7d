"""Silent lanes: counters declare them idle, are killed, and a recount decides the same.

The one item in which lanes fall idle. The comparison run is handed what was decided, as the
commits have it: with the same records and the same decisions, the alerts are the same.
"""

from __future__ import annotations

import random
from pathlib import Path

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from tests.torture.commits import idle_decisions
from tests.torture.fleet import Member
from tests.torture.records import Record, config, make
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed

SECOND = Member("count", "two")
IDLE_AFTER = "1s"


def torture(recipe: Recipe, data: Path, *, seed: int, rounds: int) -> Outcome:
    """In each round some lanes are silent for longer than `IDLE_AFTER`, and counters are killed."""
    chance = random.Random(seed)
    outcome = Outcome("silent lanes", {"kill -9": 0, "idle decisions": 0})
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        text = config("idle", idle_after=IDLE_AFTER)
        run = Run(data, broker.bootstrap, text, _with_silence(make(seed), chance, rounds))
        with run.fleet as fleet:
            fleet.start(COUNT, SECOND, DETECT)
            run.go_on(3.0)
            for number in range(rounds):
                run.go_on(1.0, share=(number + 0.9) / rounds)
                until_s = chance.uniform(5.0, 9.0)
                while until_s > 0:
                    pause_s = chance.uniform(1.5, 4.0)
                    run.go_on(pause_s)
                    until_s -= pause_s
                    victim = chance.choice([COUNT, SECOND, DETECT])
                    outcome.disturbed["kill -9"] += fleet.kill(victim)
                    fleet.start(victim)
            run.drain()
            idle = idle_decisions(run.place, run.config)
            outcome.disturbed["idle decisions"] = sum(map(len, idle.values()))
            if not outcome.disturbed["idle decisions"]:
                outcome.differences.append("no lane fell idle: nothing was compared")
            run.compare(outcome, idle)
    return outcome


def _with_silence(records: list[Record], chance: random.Random, rounds: int) -> list[Record]:
    """Leave out of each part of the records some lanes'; the end marks stay."""
    lanes = sorted({(record.topic, record.partition) for record in records})
    size = len(records) / rounds
    silent = [set(chance.sample(lanes, 2)) for _ in range(rounds)]
    return [
        record
        for number, record in enumerate(records)
        if (record.topic, record.partition) not in silent[min(int(number / size), rounds - 1)]
        or b'"type":"end"' in (record.value or b"")
    ]
