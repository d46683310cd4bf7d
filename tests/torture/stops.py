"""Clean stops: SIGTERM and Ctrl-C under load, and nothing is published or posted twice."""

from __future__ import annotations

import json
import random
import signal
from collections import Counter
from functools import partial
from pathlib import Path

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from tests.delivery.receivers import Receiver, receiver
from tests.torture.fleet import Member
from tests.torture.kills import HOOK, is_ready
from tests.torture.records import config, make
from tests.torture.run import COUNT, DETECT, SERVE, Outcome, Run, timed

STOPPED: tuple[tuple[Member, ...], ...] = (
    *((DETECT,), (DETECT,), (SERVE,), (SERVE,), (COUNT,)),
    *((DETECT, SERVE), (COUNT, DETECT, SERVE)),
)


def torture(recipe: Recipe, data: Path, *, seed: int, stops: int, records: int = 10_000) -> Outcome:
    """Stop processes at random moments, and start them again.

    Checkpoints are never due by themselves, so that only those of the stops hold what is judged.
    """
    chance = random.Random(seed)
    outcome = Outcome("clean_stop", {"SIGTERM": 0, "SIGINT": 0})
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
        receiver() as operators,
    ):
        text = config("stops", checkpoint_every="1h") + HOOK.format(url=operators.url)
        run = Run(data, broker.bootstrap, text, make(seed, records))
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT, SERVE)
            for number in range(stops):
                # It must have work in hand: records come until it judges, and for a while after.
                least, most = 0.9 * number / stops, 0.9 * (number + 1) / stops
                run.write_to(least + 0.03)
                run.wait(partial(_all_work, run, most), "all of them work")
                run.go_on(chance.uniform(0.5, 3.0), share=most)
                by = chance.choice([signal.SIGTERM, signal.SIGINT])
                members = chance.choice(STOPPED)
                statuses = fleet.stop(*members, by=by)
                outcome.disturbed[by.name] += len(statuses)
                outcome.differences += [
                    f"{member} ended with {status} at {by.name}"
                    for member, status in statuses.items()
                    if status
                ]
                fleet.start(*members)
            run.drain()
            found = run.compare(outcome)
            published = run.published()
            expected = {line for lines in found.alerts.values() for line in lines}
            run.wait(lambda: expected <= set(operators.accepted), "the receiver has them")
            outcome.differences += repeats("published", published)
            outcome.differences += repeats("posted", operators.accepted)
            outcome.differences += _not_posted(operators, published)
    return outcome


def _all_work(run: Run, most: float) -> bool:
    run.write_to(min(run.share + 0.002, most))
    counts = run.metric(COUNT, "weathervane_count_last_flush") > 0
    return counts and run.judges(DETECT) and is_ready(run.fleet.serve_url())


def repeats(what: str, values: list[bytes]) -> list[str]:
    """Alerts that came twice, by their ids."""
    times = Counter(str(json.loads(value)["id"]) for value in values)
    return [f"{name} was {what} {number} times" for name, number in times.items() if number > 1]


def _not_posted(operators: Receiver, published: list[bytes]) -> list[str]:
    """Say whether the receiver has what was published, in its order; the last may be under way."""
    got = operators.accepted
    if got == published[: len(got)]:
        return []
    return [f"the receiver has {len(got)} alerts in another order than the {len(published)}"]
