"""Item 6: retention takes what is still needed. No silent jump: the stage stops and says so."""

from __future__ import annotations

import re
import time
from functools import partial
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

WITHIN_S = 600.0
"""Longest wait for anything, on a machine however busy."""


def torture(recipe: Recipe, data: Path, *, seed: int) -> Outcome:
    """Records go while a process is down, and while it lives but is behind.

    It must end with status 1 and say how many are gone and what to do, when started again
    too; one that was paused for longer than its session may end for that, and says it when started
    again. No alert may have been published from behind the gap. What goes is needed by
    construction: it was written after the process was ended or paused, and a paused one has no more
    than one request under way, which the first of two goes has answered.
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
    # Step by step: counts that are all in one record are needed from that record on.
    for step in range(1, 11):
        run.write_to(0.05 * step)
        run.settle()
        run.wait(partial(_is_counted, run), "the records are counted")
        if step > 2 and _position(run, lost) > 0:
            break
    run.wait(lambda: run.judges(DETECT), "detect judges")
    run.wait(lambda: _position(run, lost) > 0, "its position is stored")
    if alive:
        fleet.pause(member)
    else:
        fleet.kill(member)
    # In two goes: what comes first still answers a request of the paused process, which has it.
    for share in (0.65, 0.8):
        needed = _end(run, lost)
        run.write_to(share)
        run.settle()
        run.wait(partial(_has_grown, run, lost, needed), f"{lost} are written")
    upto = _delete(run, lost)
    assert upto > needed, f"records from {needed} on are needed; those before {upto} are gone"
    outcome.disturbed["raw records lost" if lost == "sends" else "counts lost"] += upto - needed
    if alive:
        fleet.resume(member)
    else:
        fleet.start(member)
    what = f"{member.command}, {'alive' if alive else 'down'} when records of {lost} went"
    wrong = _stops(run, member, lost, upto, may_be_away=alive)
    outcome.differences += [f"{what}: {line}" for line in wrong]
    fleet.start(member)
    wrong = _stops(run, member, lost, upto)
    outcome.differences += [f"{what}, started again: {line}" for line in wrong]
    found, expected = run.results().alerts[0], run.expected().alerts[0]
    outcome.alerts += len(found)
    if found != expected[: len(found)]:
        outcome.differences.append(f"{what}: alerts were published from behind the gap")


def _place(run: Run, lost: str) -> tuple[str, int]:
    return ("sends" if lost == "sends" else run.config.topic("counts"), 0)


def _end(run: Run, lost: str) -> int:
    place = _place(run, lost)
    return end_offsets(run.place, [place[0]])[place]


def _position(run: Run, lost: str) -> int:
    """Where the process goes on after a start, as its group has stored it."""
    group = (count_group if lost == "sends" else detect_group)(run.config)
    return max(committed(run.place, group).get(_place(run, lost), 0), 0)


def _is_counted(run: Run) -> bool:
    """Whether only records of open buckets are still to be counted: again, after a start."""
    return remaining_work(run.place, run.config)[0] < 200


def _has_grown(run: Run, lost: str, before: int) -> bool:
    """Whether more has been written since than retention leaves, and nothing more will be."""
    return (lost == "sends" or _is_counted(run)) and _end(run, lost) > before + KEPT


def _delete(run: Run, lost: str) -> int:
    """Do as retention does; return before which offset all is gone."""
    upto = _end(run, lost) - KEPT
    with admin(run.place) as client:
        client.delete_records({TopicPartition(*_place(run, lost)): upto})
    return upto


def _stops(
    run: Run, member: Member, lost: str, upto: int, *, may_be_away: bool = False
) -> list[str]:
    """What is wrong with how it ends: it must, with 1, and say what is gone, or that it was away.

    It has gone on when its position has passed what is gone. Until then, or until it ends, it is
    waited for, however long a busy machine takes.
    """
    said = len(run.fleet.log(member))
    began = time.monotonic()
    while run.fleet.lives(member):
        time.sleep(0.5)
        went_on = _position(run, lost) >= upto
        if went_on or time.monotonic() - began > WITHIN_S:
            run.fleet.kill(member)
            did = "went on" if went_on else f"did neither that nor go on within {WITHIN_S:.0f} s"
            return [f"it must stop; it {did}"]
    status = run.fleet.wait_for_end(member)
    last = run.fleet.log(member)[max(said - 2000, 0) :]
    out = [] if status == 1 else [f"status must be 1; got {status}"]
    away = "|has dropped a write" if may_be_away else ""
    if not re.search(rf"\d+ records are gone|the broker has deleted it{away}", last):
        out.append(f"it must say what is gone; it said {last[-300:]!r}")
    return out
