"""A schedule: from its seed, what happens next, until all has come and all is judged."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.simulation.broker import Broker
from tests.simulation.counter import CounterProcess
from tests.simulation.inputs import HOUR, Input
from tests.simulation.worker import WorkerProcess

MOST_STEPS = 20_000
"""A schedule that has not come to its end by then never will."""


class Stuck(Exception):
    """Nothing more happens, and not all is judged."""


class Schedule:
    """One run with trouble, drawn from a seed.

    Parameters
    ----------
    seed
        Decides all.
    given
        What there is to count.
    say
        Gets a line for everything that happens.

    Attributes
    ----------
    broker
        What has come out.
    workers
        Who holds each shard.
    """

    def __init__(self, seed: int, given: Input, say: Callable[[str], None]) -> None:
        self.broker = Broker(given)
        self._chance = random.Random(f"schedule {seed}")
        self._say = say
        self._counters = [CounterProcess(name, self.broker) for name in ("c0", "c1")]
        self.workers = [WorkerProcess(n, self.broker) for n in range(given.config.detect.shards)]
        self._zombies: list[tuple[int, WorkerProcess]] = []
        chance = self._chance
        self._early = chance.choice([0.3, 1.0])
        self._trouble = {
            self._crash_counter: chance.choice([0.0, 0.02, 0.05]),
            self._rebalance: chance.choice([0.0, 0.03, 0.08]),
            self._declare_idle: chance.choice([0.0, 0.03, 0.08]),
            self._crash_worker: chance.choice([0.0, 0.005, 0.015]),
            self._move_shard: chance.choice([0.0, 0.005, 0.01]),
        }
        self._sizes = chance.choice([1, 3, 8])
        for number, worker in enumerate(self.workers):
            self.broker.judges[number] = worker
        self._rebalance()

    def run(self) -> None:
        """Run: with trouble until all records are written, and then to the end without.

        Raises
        ------
        Stuck
            Where it comes to no end.
        """
        chance = self._chance
        troubled = chance.randrange(60, 300)
        for step in range(MOST_STEPS):
            if step < troubled:
                for trouble, odds in self._trouble.items():
                    if odds and chance.random() < odds:
                        trouble()
            elif step == troubled:
                self._calm()
            if not self._go_on(calm=step > troubled):
                return
        raise Stuck(f"not at its end after {MOST_STEPS} steps")

    def _go_on(self, *, calm: bool) -> bool:
        """Somebody takes a step; whether there was anything to do."""
        doings: list[Callable[[], None]] = []
        if unwritten := self.broker.unwritten():
            doings += [lambda: self._write(unwritten)] * 2
        for counter in self._counters:
            if counter.flying:
                doings += [lambda c=counter: self._arrive(c)] * 2  # type: ignore[misc]
            if counter.busy:
                if not counter.stuck:
                    doings += [lambda c=counter: self._step(c, calm=calm)] * 2  # type: ignore[misc]
            elif counter.lanes:
                doings.append(lambda c=counter: self._count(c, calm=calm))  # type: ignore[misc]
        for worker in [*self.workers, *(zombie for _, zombie in self._zombies)]:
            doings += self._of_worker(worker)
        if calm and not unwritten and self._idle_now():
            return self._finish(doings)
        if doings:
            self._chance.choice(doings)()
        return True

    def _idle_now(self) -> bool:
        return not any(c.flying or c.busy or self._reads(c) for c in self._counters)

    def _finish(self, doings: list[Callable[[], None]]) -> bool:
        """Counters have read all: a last flush of each that says something, then the worker."""
        for counter in self._counters:
            before = [len(counts) for counts in self.broker.counts]
            behind = True
            while behind:
                counter.flush(early=True)
                while counter.busy:
                    while counter.flying:
                        counter.deliver()
                    counter.step()
                behind = counter.behind
            if before != [len(counts) for counts in self.broker.counts]:
                return True
        for worker in self.workers:
            while worker.busy or worker.flying or worker.left:
                if worker.flying:
                    worker.deliver()
                elif worker.busy:
                    worker.step()
                else:
                    worker.take()
        return False

    def _reads(self, counter: CounterProcess) -> list[tuple[str, int]]:
        return [lane for lane in counter.lanes if counter.left(lane) > 0]

    def _write(self, lanes: list[tuple[str, int]]) -> None:
        lane = self._chance.choice(lanes)
        for _ in range(self._chance.randint(1, 4)):
            if lane in self.broker.unwritten():
                self.broker.write(lane)
        self._say(f"lane {lane[1]} has {self.broker.written[lane]} records")

    def _arrive(self, counter: CounterProcess) -> None:
        self._say(f"{counter.name}: {counter.flying[0].topic} arrives")
        counter.deliver()

    def _step(self, counter: CounterProcess, *, calm: bool) -> None:
        refused = not calm and self._chance.random() < 0.03
        self._say(f"{counter.name}: {counter.step(refused=refused)}")

    def _count(self, counter: CounterProcess, *, calm: bool) -> None:
        lanes = self._reads(counter)
        if lanes and self._chance.random() < 0.6:
            lane = self._chance.choice(lanes)
            records = min(self._chance.randint(1, self._sizes), counter.left(lane))
            counter.take(lane, records)
            self._say(f"{counter.name}: takes {records} of lane {lane[1]}")
        else:
            early = self._chance.random() < self._early
            self._say(f"{counter.name}: flushes{', early totals too' if early else ''}")
            counter.flush(early=early)

    def _of_worker(self, worker: WorkerProcess) -> list[Callable[[], None]]:
        if worker.flying:
            return [lambda: self._deliver(worker)]
        if worker.busy:
            return [lambda: self._say(f"{self._name(worker)}: {worker.step()}")]
        doings: list[Callable[[], None]] = []
        if worker.left:
            doings += [lambda: self._judge(worker)] * 2
        if worker.unstored and self._chance.random() < 0.3:
            doings.append(lambda: self._checkpoint(worker))
        return doings

    def _name(self, worker: WorkerProcess) -> str:
        return f"{'' if worker in self.workers else 'zombie '}worker {worker.number}"

    def _deliver(self, worker: WorkerProcess) -> None:
        worker.deliver()
        self._say(f"{self._name(worker)}: its write arrives")

    def _judge(self, worker: WorkerProcess) -> None:
        self._say(f"{self._name(worker)}: takes counts {worker.position}")
        worker.take()

    def _checkpoint(self, worker: WorkerProcess) -> None:
        self._say(f"{self._name(worker)}: checkpoint")
        worker.checkpoint()

    def _crash_counter(self) -> None:
        counter = self._chance.choice(self._counters)
        self._say(f"{counter.name}: CRASHES with {len(counter.flying)} writes on their way")
        counter.crash(self._chance)

    def _rebalance(self) -> None:
        """Lanes are given out anew; who is busy does not notice yet, nor do some others."""
        owners = self.broker.owners
        for lane in self.broker.lanes:
            owners[lane] = self._chance.choice(self._counters)
        for counter in self._counters:
            mine = [lane for lane, owner in owners.items() if owner is counter]
            said = f"{counter.name}: is given lanes {[n for _, n in mine]}"
            if counter.busy or self._chance.random() < 0.5:
                self._say(f"{said} and DOES NOT NOTICE")
                counter.given_up()
            else:
                self._say(said)
                counter.assigned(mine)

    def _declare_idle(self) -> None:
        able = [
            (counter, lane)
            for counter in self._counters
            if not counter.busy
            for lane in counter.lanes
            if counter.at_end(lane)
        ]
        if able:
            counter, lane = self._chance.choice(able)
            through = counter.idle(lane, self._chance.uniform(0, 3 * HOUR))
            self._say(f"{counter.name}: declares lane {lane[1]} IDLE through {through:.0f}")

    def _crash_worker(self) -> None:
        """It comes back at once where its copy of the state is, or elsewhere without."""
        number = self._chance.randrange(len(self.workers))
        worker = self.workers[number]
        here = self._chance.random() < 0.5
        self._say(f"worker {number}: CRASHES, comes back {'here' if here else 'elsewhere'}")
        worker.crash(self._chance)
        self._begin(number, worker.local if here else None)

    def _move_shard(self) -> None:
        """Another is given the shard; the one before goes on for a while."""
        number = self._chance.randrange(len(self.workers))
        self._say(f"worker {number}: its shard MOVES, and it does not notice")
        self._zombies.append((number, self.workers[number]))
        if len(self._zombies) > 1:
            self._zombies.pop(0)[1].crash(self._chance)
        self._begin(number, None)

    def _begin(self, number: int, local: dict[bytes, bytes] | None) -> None:
        worker = WorkerProcess(number, self.broker, local)
        self.workers[number] = worker
        self.broker.judges[number] = worker
        self._say(f"worker {number}: restored, goes on at counts {worker.position}")

    def _calm(self) -> None:
        """No more trouble: everybody notices what has happened."""
        self._say("from here on all goes well")
        for _, zombie in self._zombies:
            zombie.crash(self._chance)
        self._zombies.clear()
        for counter in self._counters:
            while counter.flying:
                counter.deliver()
        for counter in self._counters:
            mine = [lane for lane, owner in self.broker.owners.items() if owner is counter]
            counter.assigned(mine)
