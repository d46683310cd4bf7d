"""Item `two_ups`: two `up` of one name on two hosts, first with one instance, then with two."""

from __future__ import annotations

import sys
from pathlib import Path

from confluent_kafka.admin import AdminClient

from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.plan import count_group, detect_group
from tests.torture.fleet import Member
from tests.torture.records import config, make
from tests.torture.run import Outcome, Run, timed
from tests.waiting import programs
from tests.waiting.progress import Stalled

FIRST, OTHER = Member("up", "one"), Member("up", "two")
_SENTENCE = "--instance must be a name of its own"


def torture(
    recipe: Recipe, data: Path, *, seed: int, rounds: int, records: int = 10_000
) -> Outcome:
    """A second of the same instance must end with a sentence; one with another must work.

    Then the first is killed with -9 and started again: it must not take its own past for another.
    """
    outcome = Outcome("two ups", {"seconds of one instance": 0, "kill -9": 0})
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        run = Run(data, broker.bootstrap, config("ups", shards=1), make(seed, records))
        with run.fleet as fleet:
            fleet.start(FIRST)
            run.wait(lambda: _members(run) >= {"one"}, "the first works")
            for number in range(rounds):
                share = 0.8 * (number + 1) / rounds
                run.write_to(share)
                outcome.differences += _second(run)
                outcome.disturbed["seconds of one instance"] += 1
                fleet.start(OTHER)
                run.wait(lambda: _members(run) >= {"one", "two"}, "both work")
                outcome.disturbed["kill -9"] += fleet.kill(FIRST)
                fleet.start(FIRST)
                run.wait(lambda: _members(run) >= {"one", "two"}, "both work again")
                fleet.stop(OTHER)
            run.drain()
            run.compare(outcome)
            if fleet.exits:
                outcome.differences.append(f"nothing must end: {fleet.exits}")
            fleet.stop(FIRST)
    return outcome


def _second(run: Run) -> list[str]:
    """Start the first's instance once more, as from another host; what is wrong with its end."""
    other = run.fleet.configuration("elsewhere")
    folder = f"{run.fleet.data}/state"
    path = other.with_name("second.toml")
    path.write_text(other.read_text().replace(folder, f"{run.fleet.data}/other-host"))
    command = [sys.executable, "-m", "streams.cli.main", "up", "--instance", FIRST.instance]
    command += ["--config", str(path), "--bootstrap", run.fleet.bootstrap]
    before = len(run.fleet.exits)
    try:
        second = programs.run(command)
    except Stalled:
        return ["a second up of one instance must end; it went on"]
    said = second.stdout + second.stderr
    run.fleet.mend()
    out = [] if second.returncode == 1 else [f"status must be 1; got {second.returncode}: {said}"]
    if _SENTENCE not in " ".join(said.split()):
        out.append(f"it must say why; it said {said[-500:]!r}")
    if len(run.fleet.exits) > before:
        out.append("the first must go on; it ended")
    return out


def _members(run: Run) -> set[str]:
    """Instances that are members of both groups."""
    groups = [count_group(run.config), detect_group(run.config)]
    client = AdminClient({**for_confluent(run.place), "log_level": 0})
    found = client.describe_consumer_groups(groups)
    names = [
        {
            str(member.group_instance_id).removeprefix(f"{group}-")
            for member in answer.result(30).members
        }
        for group, answer in found.items()
    ]
    return names[0] & names[1]
