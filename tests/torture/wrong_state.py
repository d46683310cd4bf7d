"""Item `wrong_state`: the broker is another one, or the topics were made anew; the state is old."""

from __future__ import annotations

import shutil
from pathlib import Path

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.admin import admin
from streams.broker.topics.plan import topic_plan
from tests.torture.records import config, make
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed


def torture(
    recipe: Recipe, data: Path, *, seed: int, rounds: int, records: int = 10_000
) -> Outcome:
    """A fresh broker on the same address, then topics and groups deleted and made again; in turns.

    Each time the whole input is written and judged anew. The monitor must set its old state aside,
    say so, and alert as a monitor that never had one.
    """
    outcome = Outcome("wrong state", {"another broker": 0, "topics made anew": 0})
    port = free_port()
    with timed(outcome):
        for number in range(rounds):
            with LocalBroker(recipe, data_dir=data / "broker", port=port) as broker:
                _judge_all(data, broker.bootstrap, seed + 2 * number, records, outcome)
                if number:  # the first only makes the state
                    outcome.disturbed["another broker"] += 1
                    _delete_all(data, broker.bootstrap)
                    outcome.disturbed["topics made anew"] += 1
                    _judge_all(data, broker.bootstrap, seed + 2 * number + 1, records, outcome)
            shutil.rmtree(data / "broker")
    return outcome


def _judge_all(data: Path, bootstrap: str, seed: int, records: int, outcome: Outcome) -> None:
    run = Run(data, bootstrap, config("wrong"), make(seed, records))
    state = run.fleet.state()
    stale = state.exists()
    asides = len(list(state.parent.glob("*.aside-*")))
    with run.fleet as fleet:
        said = len(fleet.log(DETECT))
        fleet.start(COUNT, DETECT)
        run.go_on(2.0, share=0.5)
        run.drain()
        run.compare(outcome)
        last = fleet.log(DETECT)[said:]
        fleet.stop(DETECT, COUNT)
    now = len(list(state.parent.glob("*.aside-*")))
    if now != asides + stale or ("It is set aside as" in last) != stale:
        outcome.differences.append(f"old state: {stale}; set aside: {now - asides}; it said {last}")
    if fleet.exits:
        outcome.differences.append(f"nothing must end: {fleet.exits}")


def _delete_all(data: Path, bootstrap: str) -> None:
    """Do as somebody does who begins anew, and forgets the folder."""
    run = Run(data, bootstrap, config("wrong"), [])
    with admin(run.place) as client:
        groups = [run.config.consumer_group(what) for what in ("count", "detect")]
        client.delete_groups(groups)
        client.delete_topics([spec.name for spec in topic_plan(run.config)])
