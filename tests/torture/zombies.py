"""Item 3: who is taken for dead, and works on.

A process is stopped (SIGSTOP) until its session has run out and another has its work, then
continued: what it had in hand, it does now. It must harm no total, no state and no alert.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from tests.torture.changelog import Changelog
from tests.torture.fleet import Member
from tests.torture.records import config, make
from tests.torture.run import Outcome, Run, timed

SESSION_S = 10.0
COUNTERS = (Member("count", "one"), Member("count", "two"))
WORKERS = (Member("detect", "one"), Member("detect", "two"))
ALL = (*COUNTERS, *WORKERS)


def torture(recipe: Recipe, data: Path, *, seed: int, rounds: int) -> Outcome:
    """In each round a counter and the worker that judges are stopped beyond their session.

    Every second time, the one that took over is killed just before the zombie wakes, so that
    the zombie gets its own work back, done further by another.
    """
    chance = random.Random(seed)
    outcome = Outcome("zombies", {"SIGSTOP": 0, "kill -9": 0})
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        run = Run(data, broker.bootstrap, config("zombies"), make(seed))
        changelog = Changelog(run.place, run.config)
        with run.fleet as fleet:
            fleet.start(*ALL)
            run.go_on(5.0, share=0.1)
            for number in range(rounds):
                done, todo = 0.1 + 0.8 * number / rounds, 0.8 / rounds
                # In the midst of a checkpoint, where one comes: some slots are out, others not.
                changelog.wait_for_write(3.0)
                worker = _judging(run)
                counter = chance.choice(COUNTERS)
                fleet.pause(worker)
                fleet.pause(counter)
                outcome.disturbed["SIGSTOP"] += 2
                run.go_on(SESSION_S + chance.uniform(2.0, 4.0), share=done + todo * 0.6)
                heir = next(m for m in WORKERS if m != worker)
                run.wait(lambda who=heir: run.judges(who), f"{heir} takes over")  # type: ignore[misc]
                if number % 2:
                    others = [m for m in ALL if m not in (worker, counter)]
                    outcome.disturbed["kill -9"] += fleet.kill(*others)
                    fleet.start(*others)
                fleet.resume(worker)
                fleet.resume(counter)
                run.go_on(chance.uniform(2.0, 5.0), share=done + todo)
            run.drain()
            run.compare(outcome)
        changelog.close()
    return outcome


def late_writes(recipe: Recipe, data: Path, *, seed: int, waves: int) -> Outcome:
    """Old slots arrive in the changelog when newer ones are there, and so do old heads.

    The bytes are those that an earlier worker wrote; the state is then rebuilt from the
    changelog alone, and must be the newest. The waves: all of it, the slots, the heads.
    """
    outcome = Outcome("zombie's late state slots", {"late slots": 0, "kill -9": 0})
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        run = Run(data, broker.bootstrap, config("late"), make(seed))
        changelog = Changelog(run.place, run.config)
        count, detect = COUNTERS[0], WORKERS[0]

        def another_worker() -> None:
            outcome.disturbed["kill -9"] += fleet.kill(detect)
            shutil.rmtree(fleet.state(), ignore_errors=True)
            fleet.start(detect)

        def newer_checkpoint(share: float) -> None:
            heads = [slot.key for slot in changelog.read() if slot.head]
            run.go_on(1.0, share=share)
            run.wait(
                lambda: any(s.head and s.key not in heads for s in changelog.read()),
                "a newer checkpoint",
            )

        with run.fleet as fleet:
            fleet.start(count, detect)
            newer_checkpoint(0.3)
            newer_checkpoint(0.4)
            old = [slot for slot in changelog.read() if slot.value is not None]
            another_worker()
            slots, heads = [s for s in old if not s.head], [s for s in old if s.head]
            for number, late in enumerate([old, slots, heads][:waves]):
                newer_checkpoint(0.5 + 0.4 * number / waves)
                changelog.write(late)
                outcome.disturbed["late slots"] += len(late)
                another_worker()
                run.go_on(1.0, share=0.5 + 0.4 * (number + 0.5) / waves)
            run.drain()
            run.compare(outcome)
        changelog.close()
    return outcome


def _judging(run: Run) -> Member:
    """The worker that has the shard, as its metrics tell; either where none does yet."""
    return next((m for m in WORKERS if run.judges(m)), WORKERS[0])
