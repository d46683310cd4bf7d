"""Item 2: the broker restarts, is killed, is away for longer than every session; a leader dies."""

from __future__ import annotations

import random
from pathlib import Path

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from tests.torture.cluster import NODES, Cluster, kill_of
from tests.torture.fleet import Member
from tests.torture.records import config, make
from tests.torture.run import COUNT, DETECT, SERVE, Outcome, Run, timed

LONGER_THAN_SESSIONS_S = 25.0
"""Every session is of ten seconds."""


def torture(recipe: Recipe, data: Path, *, seed: int, rounds: int) -> Outcome:
    """One broker: restarted, killed with -9, and away for long, in turns."""
    chance = random.Random(seed)
    outcome = Outcome("broker", {"restarts": 0, "broker kill -9": 0, "long outages": 0})
    broker = LocalBroker(recipe, data_dir=data / "broker", port=free_port())
    with timed(outcome), broker:
        run = Run(data, broker.bootstrap, config("outages"), make(seed))
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT, SERVE)
            run.go_on(5.0, share=0.1)
            for number in range(3 * rounds):
                upto = 0.1 + 0.8 * (number + 1) / (3 * rounds)
                what = ("restarts", "broker kill -9", "long outages")[number % 3]
                if what == "broker kill -9":
                    kill_of(data / "broker")
                broker.stop()
                outcome.disturbed[what] += 1
                away_s = LONGER_THAN_SESSIONS_S if what == "long outages" else chance.uniform(0, 3)
                run.go_on(away_s, share=run.share + 0.1 / rounds)
                broker.start()
                run.go_on(chance.uniform(5.0, 10.0), share=upto)
            run.drain()
            run.compare(outcome)
    return outcome


def leaders(recipe: Recipe, data: Path, *, seed: int, kills: int) -> Outcome:
    """Three nodes, three copies, two of them needed: the leader of `counts` is killed."""
    chance = random.Random(seed)
    outcome = Outcome("leaders of three nodes", {"leader kill -9": 0, "kill -9": 0})
    counters = (Member("count", "one"), Member("count", "two"))
    with timed(outcome), Cluster(data / "nodes") as cluster:
        run = Run(data, cluster.bootstrap, config("leaders"), make(seed))
        topics = (run.config.topic("counts"), "sends", run.config.topic("alerts"))
        cluster.require_copies(run.place, topics)
        with run.fleet as fleet:
            fleet.start(*counters, DETECT)
            run.go_on(8.0, share=0.1)
            for number in range(kills):
                topic = topics[number % 3]
                node = cluster.leader(run.place, topic, 0)
                cluster.kill(node)
                outcome.disturbed["leader kill -9"] += 1
                if number % 2:
                    outcome.disturbed["kill -9"] += fleet.kill(DETECT)
                    fleet.start(DETECT)
                run.go_on(chance.uniform(8.0, 14.0), share=0.1 + 0.8 * (number + 0.7) / kills)
                cluster.start(node)
                run.wait(lambda: cluster.whole(run.place, topics), f"{NODES} nodes are in sync")
                run.go_on(2.0, share=0.1 + 0.8 * (number + 1) / kills)
            run.drain()
            run.compare(outcome)
    return outcome
