"""Webhooks that answer with poison: each alert arrives or is undelivered, and nobody else notices.

Five receivers on one serve: one is well, two draw hostile answers of any kind, one answers 403 for
some alerts for ever, one is not there. Meanwhile serve is killed, too. It never ends by itself, the
feed goes on, and the one that is well has all alerts in order. Of each other receiver every alert
has arrived or stands in the topic `undelivered` with its reason; `redeliver` then brings what is
there to all that are well again.
"""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import zlib
from collections import defaultdict
from pathlib import Path

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import LOOPBACK, free_port
from streams.delivery.undelivered.record import Undelivered, standing
from tests.delivery.poison import POISONS, SECRET, PoisonReceiver, poison_receiver
from tests.torture.records import config, make
from tests.torture.run import COUNT, DETECT, SERVE, Outcome, Run, timed
from tests.waiting import web

MOST_MEMORY = 600_000_000
_HOOK = """
[[webhooks]]
name = "{name}"
url = "{url}"
timeout = "{timeout}"
give_up_after = "{give_up_after}"
give_up_on = {give_up_on}
monitor = false
"""
_ALERT = b'"type":"weathervane.alert.'
WELL, REJECTS, NOWHERE, DRAWN = "well", "rejects", "nowhere", ("drawn-0", "drawn-1")


def rejected(alert: bytes) -> bool:
    """Whether the receiver that rejects some alerts rejects this one."""
    return zlib.crc32(alert) % 4 == 0


def torture(
    recipe: Recipe,
    data: Path,
    *,
    seed: int,
    rounds: int,
    records: int = 10_000,
    round_s: float = 10.0,
) -> Outcome:
    """Draw other answers in each round; serve is killed between two rounds."""
    chance = random.Random(seed)
    outcome = Outcome("poison_receiver", {"answers": 0, "kill -9": 0})
    with contextlib.ExitStack() as open_ones, timed(outcome):
        broker = LocalBroker(recipe, data_dir=data / "broker", port=free_port())
        open_ones.enter_context(broker)
        hooks = {
            name: open_ones.enter_context(poison_receiver(seed=seed + number))
            for number, name in enumerate((WELL, REJECTS, *DRAWN))
        }
        hooks[REJECTS].rejects = rejected
        urls = {name: hook.url for name, hook in hooks.items()}
        urls[NOWHERE] = f"http://{LOOPBACK}:{free_port()}/?token={SECRET}"
        text = "".join(
            _HOOK.format(
                name=name,
                url=url,
                timeout="1s" if name in DRAWN else "30s",
                give_up_after="0.2s" if name in (*DRAWN, NOWHERE) else "1d",
                give_up_on=[403],
            )
            for name, url in urls.items()
        )
        run = Run(data, broker.bootstrap, config("poison") + text, make(seed, records))
        fleet = open_ones.enter_context(run.fleet)
        fleet.start(COUNT, DETECT, SERVE)
        for number in range(rounds):
            if number:
                outcome.disturbed["kill -9"] += fleet.kill(SERVE)
                fleet.start(SERVE)
            for name in DRAWN:
                hooks[name].kinds = tuple(chance.sample(sorted(POISONS), 6))
            run.go_on(round_s, share=(number + 1) / rounds)
        run.drain()
        for name in DRAWN:
            hooks[name].kinds = ()
        _settle(run, outcome, hooks, urls)
        if any(exit.member == SERVE for exit in fleet.exits):
            outcome.differences.append(f"serve ended by itself: {fleet.exits}")
        run.compare(outcome)
    return outcome


def _settle(
    run: Run, outcome: Outcome, hooks: dict[str, PoisonReceiver], urls: dict[str, str]
) -> None:
    published = list(dict.fromkeys(run.published()))

    def unsettled() -> dict[str, int]:
        found = {}
        for name in urls:
            got = set(hooks[name].accepted) if name in hooks else set()
            lost = {one.payload for one in _lost(run)[name]}
            found[name] = len(set(published) - got - lost)
        return found

    run.wait(
        lambda: not any(unsettled().values()),
        "each alert arrives or is undelivered",
        seen=unsettled,
    )
    run.wait(
        lambda: (
            run.metric(SERVE, "weathervane_webhook_undelivered_alerts")
            == sum(map(len, _lost(run).values()))
        ),
        "the metric counts what is undelivered",
    )
    outcome.disturbed["answers"] = sum(len(hooks[name].given) for name in DRAWN)
    # Beside alerts it may be told of the monitor itself.
    got = [one for one in dict.fromkeys(hooks[WELL].accepted) if _ALERT in one]
    if got != published:
        same = set(got) == set(published)
        problem = "in another order" if same else f"{len(set(got) ^ set(published))} are others"
        outcome.differences.append(f"of {len(published)} alerts the one that is well: {problem}")
    lost = _lost(run)
    if {one.payload for one in lost[REJECTS]} != set(filter(rejected, published)):
        outcome.differences.append("what is rejected for ever is not what is undelivered")
    if lost[WELL]:
        outcome.differences.append(f"{len(lost[WELL])} undelivered of the one that is well")
    if any(not one.reason or SECRET in one.detail for ones in lost.values() for one in ones):
        outcome.differences.append("an undelivered alert has no reason, or tells the token")
    if SECRET in run.fleet.log(SERVE):
        outcome.differences.append("the log tells the token")
    listed = web.get(f"{run.fleet.serve_url()}/feeds").json()["feeds"]
    if not any(feed["newest"] for feed in listed):
        outcome.differences.append(f"the feed is empty: {listed}")
    memory = run.metric(SERVE, "process_resident_memory_bytes")
    if not 0 < memory < MOST_MEMORY:
        outcome.differences.append(f"serve takes {memory:,.0f} bytes")
    outcome.differences += _redelivered(run, hooks, published)


def _redelivered(run: Run, hooks: dict[str, PoisonReceiver], published: list[bytes]) -> list[str]:
    """Send all again, now that all but one are well; what is wrong after it."""
    hooks[REJECTS].rejects = lambda _: False
    command = [sys.executable, "-m", "streams.cli.main", "redeliver", "--all", "--json"]
    command += ["--config", str(run.fleet.configuration()), "--bootstrap", run.fleet.bootstrap]
    before = {name: len(ones) for name, ones in _lost(run).items()}
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    problems = []
    if done.returncode != 1:  # one receiver is not there
        problems.append(f"redeliver ended with {done.returncode}: {done.stderr[-500:]}")
    elif json.loads(done.stdout)["delivered"] != sum(before.values()) - before[NOWHERE]:
        problems.append(f"redeliver says {done.stdout}, undelivered was {before}")
    problems += [
        f"{name} lacks alerts after redeliver"
        for name, hook in hooks.items()
        if set(published) - set(hook.accepted)
    ]
    after = {name: len(ones) for name, ones in _lost(run).items() if ones}
    if after != {NOWHERE: len(published)}:
        problems.append(f"undelivered after redeliver: {after}")
    return problems


def _lost(run: Run) -> dict[str, list[Undelivered]]:
    """What stands as undelivered, by receiver."""
    found: dict[str, list[Undelivered]] = defaultdict(list)
    for one in standing(run.undelivered())[0]:
        found[one.receiver].append(one)
    return found
