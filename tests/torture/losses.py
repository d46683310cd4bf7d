"""Item 6: retention takes what is still needed. No silent jump: the stage stops and says so."""

from __future__ import annotations

import re
from pathlib import Path

from kafka import TopicPartition

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.admin import admin
from streams.broker.topics.offsets import committed, end_offsets, remaining_work
from streams.broker.topics.plan import count_group, detect_group
from tests.torture.fleet import Member
from tests.torture.records import config, make
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed

KEPT = 3
"""Records that retention leaves."""


def torture(recipe: Recipe, data: Path, *, seed: int) -> Outcome:
    """Records go while a process is down, and while it lives but is behind.

    It must end with status 1 and say how many are gone and what to do, when started again
    too; and no alert may have been published from behind the gap.
    """
    outcome = Outcome("retention", {"raw records lost": 0, "counts lost": 0})
    with timed(outcome):
        for what, member in (("sends", COUNT), ("counts", DETECT)):
            for alive in (False, True):
                home = data / f"{what}-{alive}"
                home.mkdir()
                with LocalBroker(recipe, data_dir=home / "broker", port=free_port()) as broker:
                    run = Run(home, broker.bootstrap, config("losses"), make(seed))
                    with run.fleet:
                        _lose(run, outcome, what, member, alive=alive)
    return outcome


def _lose(run: Run, outcome: Outcome, lost: str, member: Member, *, alive: bool) -> None:
    """Take from one process what it needs next, and look at what it does."""
    fleet = run.fleet
    fleet.start(COUNT, DETECT)
    run.go_on(2.0, share=0.5)
    run.settle()
    run.wait(lambda: run.judges(DETECT), "detect judges")
    # Settled: what is open is committed before, and nothing is under way.
    run.go_on(3.0)
    if alive:
        fleet.pause(member)
    else:
        fleet.kill(member)
    # In two goes: what comes first still answers a request of the paused process, which has it.
    for share in (0.65, 0.8):
        before = _end_of_counts(run)
        run.write_to(share)
        run.settle()
        if lost == "counts":
            _await_counts(run, before)
    gone = _delete(run, lost)
    outcome.disturbed["raw records lost" if lost == "sends" else "counts lost"] += gone
    if alive:
        fleet.resume(member)
    else:
        fleet.start(member)
    what = f"{member.command}, {'alive' if alive else 'down'} when records of {lost} went"
    outcome.differences += [f"{what}: {line}" for line in _stops(run, member)]
    fleet.start(member)
    outcome.differences += [f"{what}, started again: {line}" for line in _stops(run, member)]
    found, expected = run.results().alerts[0], run.expected().alerts[0]
    outcome.alerts += len(found)
    if found != expected[: len(found)]:
        outcome.differences.append(f"{what}: alerts were published from behind the gap")


def _await_counts(run: Run, before: int) -> None:
    run.wait(
        lambda: (
            _end_of_counts(run) > before + KEPT and remaining_work(run.place, run.config)[0] < 200
        ),
        "the counts are written",
    )


def _end_of_counts(run: Run) -> int:
    topic = run.config.topic("counts")
    return end_offsets(run.place, [topic])[topic, 0]


def _delete(run: Run, lost: str) -> int:
    """Do as retention does; return how many records go that would be read next."""
    group = (count_group if lost == "sends" else detect_group)(run.config)
    topic = "sends" if lost == "sends" else run.config.topic("counts")
    place = (topic, 0)
    upto = end_offsets(run.place, [topic])[place] - KEPT
    with admin(run.place) as client:
        client.delete_records({TopicPartition(*place): upto})
    return upto - committed(run.place, group).get(place, 0)


def _stops(run: Run, member: Member) -> list[str]:
    """What is wrong with how it ends: it must, with 1, and say what is gone."""
    said = len(run.fleet.log(member))
    status = run.fleet.wait_for_end(member)
    if status is None:
        run.fleet.kill(member)
        return ["it must stop; it went on"]
    last = run.fleet.log(member)[max(said - 2000, 0) :]
    out = [] if status == 1 else [f"status must be 1; got {status}"]
    if not re.search(r"\d+ records are gone|the broker has deleted it", last):
        out.append(f"it must say what is gone; it said {last[-300:]!r}")
    return out
