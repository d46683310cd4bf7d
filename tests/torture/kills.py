"""Item 1: kill -9 of count, of detect, of serve and of several at once, at random moments."""

from __future__ import annotations

import json
import random
from pathlib import Path

import httpx

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from tests.delivery.receivers import Receiver, receiver
from tests.torture.fleet import Member
from tests.torture.records import config, make
from tests.torture.results import Results
from tests.torture.run import COUNT, DETECT, SERVE, Outcome, Run, timed

VICTIMS: tuple[tuple[Member, ...], ...] = (
    *((COUNT,), (COUNT,), (DETECT,), (DETECT,), (SERVE,)),
    *((COUNT, DETECT), (DETECT, SERVE), (COUNT, DETECT, SERVE)),
)
LONGEST_PAUSE_S = 4.0
"""A worker is ready again in three seconds: about half of the kills hit its recovery."""

HOOK = """
[[webhooks]]
name = "operators"
url = "{url}"
monitor = false
"""


def torture(recipe: Recipe, data: Path, *, seed: int, kills: int) -> Outcome:
    """Kill until there were so many; then what came out is compared.

    The records are spread over the kills, so that every one of them hits work under way.
    The feed that serve gives at the end, and what a webhook was given, are compared too.
    """
    chance = random.Random(seed)
    outcome = Outcome("kill -9 of processes", {"kill -9": 0})
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
        receiver() as operators,
    ):
        text = config("kills") + HOOK.format(url=operators.url)
        run = Run(data, broker.bootstrap, text, make(seed))
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT, SERVE)
            run.go_on(3.0, share=0.05)
            while (done := outcome.disturbed["kill -9"]) < kills:
                outcome.disturbed["kill -9"] += fleet.kill(*chance.choice(VICTIMS))
                fleet.start(*(m for m in (COUNT, DETECT, SERVE) if m not in fleet.members))
                pause_s = chance.uniform(0.0, LONGEST_PAUSE_S)
                run.go_on(pause_s, share=0.05 + 0.9 * done / kills)
            run.drain()
            found = run.compare(outcome)
            outcome.differences += _served(run, found)
            outcome.differences += _delivered(run, operators, found)
    return outcome


def _served(run: Run, found: Results) -> list[str]:
    """What of the alerts the feed does not give, or gives otherwise."""
    base = run.fleet.serve_url()
    run.wait(lambda: is_ready(base), "serve is ready")
    out = []
    by_feed: dict[tuple[str, int], list[bytes]] = {}
    for shard, lines in found.alerts.items():
        for line in lines:
            by_feed.setdefault((json.loads(line)["data"]["group"], shard), []).append(line)
    for (group, shard), lines in by_feed.items():
        expected = [json.loads(line)["id"] for line in lines]
        ids: list[str] = []
        after = 0
        while len(ids) < len(expected):
            page = httpx.get(f"{base}/feeds/{group}/{shard}.json", params={"after": after}).json()
            if not page["items"]:
                break
            ids += [item["id"] for item in page["items"]]
            after = page["items"][-1]["_weathervane"]["feed_no"]
        if ids != expected:
            out.append(f"feed {group}/{shard} gives {len(ids)} items, published {len(expected)}")
    return out


def _delivered(run: Run, operators: Receiver, found: Results) -> list[str]:
    """What of the alerts the webhook's receiver has not got."""
    expected = {line for lines in found.alerts.values() for line in lines}
    try:
        run.wait(
            lambda: expected <= set(operators.accepted),
            "the webhook has all alerts",
            seen=lambda: len(set(operators.accepted)),
        )
    except AssertionError:
        missing = expected - set(operators.accepted)
        return [f"the webhook's receiver lacks {len(missing)} of {len(expected)} alerts"]
    return []


def is_ready(base: str) -> bool:
    """Whether serve has read what was published before its start."""
    try:
        return httpx.get(f"{base}/readyz").status_code == 200
    except httpx.TransportError:
        return False
