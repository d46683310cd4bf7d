"""Item 4: counters and workers come and go under load, and raw topics get more partitions."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

from kafka.admin import NewPartitions

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.admin import admin
from tests.torture.fleet import Fleet, Member
from tests.torture.records import Record, config, end_marks, make
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed

SECOND = (Member("count", "two"), Member("detect", "two"))


def torture(recipe: Recipe, data: Path, *, seed: int, rounds: int) -> Outcome:
    """With two shards, a second counter and worker join and leave, every second time by kill -9."""
    chance = random.Random(seed)
    outcome = Outcome("rebalances", {"joins": 0, "leaves": 0, "kill -9": 0})
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        run = Run(data, broker.bootstrap, config("moves", shards=2), make(seed))
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT)
            run.go_on(4.0, share=0.1)
            for number in range(rounds):
                upto = 0.1 + 0.8 * (number + 0.5) / rounds
                fleet.start(*SECOND)
                outcome.disturbed["joins"] += 2
                run.go_on(chance.uniform(5.0, 10.0), share=upto)
                leaving = chance.choice([SECOND, (COUNT, DETECT)])
                if number % 2:
                    outcome.disturbed["kill -9"] += fleet.kill(*leaving)
                    run.go_on(12.0, share=upto + 0.2 / rounds)
                else:
                    run.wait(partial(_all_answer, run, leaving), "those who leave have begun")
                    outcome.differences += _left(fleet, leaving)
                outcome.disturbed["leaves"] += 2
                run.go_on(chance.uniform(3.0, 6.0), share=upto + 0.4 / rounds)
                fleet.start(*(m for m in (COUNT, DETECT) if m not in fleet.members))
                fleet.kill(*SECOND)
            run.drain()
            run.compare(outcome)
    return outcome


def partitions(recipe: Recipe, data: Path, *, seed: int) -> Outcome:
    """The raw topics get partitions while events come; the counters take them up by themselves.

    What is written to the new ones comes once they are known, as a producer's own metadata
    would have it, and of buckets that are open.
    """
    outcome = Outcome("partitions added", {"partitions added": 0})
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        before = {"sends": 2, "complaints": 1}
        after = {"sends": 4, "complaints": 2}
        records = make(seed)
        half = len(records) // 2
        grown = [*_spread(records[:half], before), *_spread(records[half:], after)]
        text = config("grown").replace("partitions = 3", "partitions = 2")
        text = text.replace(
            'kind = "complaint"\npartitions = 2', 'kind = "complaint"\npartitions = 1'
        )
        run = Run(data, broker.bootstrap, text, [*grown, *end_marks(after)])
        run.lanes = after
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT)
            run.go_on(6.0, share=half / len(run.records))
            run.settle()
            with admin(run.place) as client:
                client.create_partitions({t: NewPartitions(n) for t, n in after.items()})
            outcome.disturbed["partitions added"] = sum(after.values()) - sum(before.values())
            run.wait(
                lambda: "complaints/1, sends/0, sends/1, sends/2, sends/3" in fleet.log(COUNT),
                "the counter has the new lanes",
            )
            run.connect()
            run.go_on(6.0, share=1.0)
            run.drain()
            run.compare(outcome)
    return outcome


def _spread(records: list[Record], lanes: dict[str, int]) -> list[Record]:
    """The same records in fewer or more lanes, end marks left out."""
    return [
        record._replace(partition=record.partition % lanes[record.topic])
        if number % 2
        else record._replace(partition=number // 2 % lanes[record.topic])
        for number, record in enumerate(records)
        if record.value is None or b'"type":"end"' not in record.value
    ]


def _all_answer(run: Run, members: tuple[Member, ...]) -> bool:
    """Whether all have begun, so that they can be told to go: before, Python itself ends."""
    return all(run.metric(member, "process_start_time_seconds") for member in members)


def _left(fleet: Fleet, leaving: tuple[Member, ...]) -> list[str]:
    """Who was told to go, and did not go well."""
    exits = fleet.stop(*leaving)
    return [f"{member} ended with {status}" for member, status in exits.items() if status != 0]
