"""Item 10: as many alerts open at once as no single record could hold, through kill -9.

Before state was stored in slots of a bounded size, 26,400 of them ended detect for good: their
record was refused, and so it was at each start again, after all had been published once more.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from streams.broker.client.partitioner import partition_of
from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.detection.slots import SLOT_BYTES
from streams.items import Send, Sender
from streams.sources.event_json import encode_event, event_key
from tests.events_of import T0, at
from tests.torture.changelog import Changelog
from tests.torture.records import BUCKET_S, LANES, Record, config, end_marks
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed

OPEN = 30_000
"""Alerts to be open at once."""

LEARNING, BURST, QUIET = 6, 2, 6
"""Minutes; after four quiet ones every alert is resolved."""

AT_ONCE = 20_000
"""Records that are written before the broker is waited for."""


def torture(recipe: Recipe, data: Path, *, seed: int, kills: int, alerts: int = OPEN) -> Outcome:
    """Kill detect while it publishes them, while all are open, and while it resolves them."""
    chance = random.Random(seed)
    outcome = Outcome("a flood of alerts", {"kill -9": 0, "alerts open": 0})
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        minutes = [list(_minute(number, alerts)) for number in range(LEARNING + BURST + QUIET)]
        records = [record for minute in minutes for record in minute]
        run = Run(data, broker.bootstrap, config("flood"), records)
        through = [sum(map(len, minutes[: n + 1])) / len(records) for n in range(len(minutes))]

        def kill() -> None:
            outcome.disturbed["kill -9"] += run.fleet.kill(DETECT)
            run.fleet.start(DETECT)

        def wait_until_published(number: int) -> None:
            name = "weathervane_detect_alerts_total"
            what = f"{number} alerts are published since the last start"

            def published() -> float:
                return run.metric(DETECT, name)

            run.wait(lambda: published() >= number, what, seen=published)

        with run.fleet as fleet:
            fleet.start(COUNT, DETECT)
            _write(run, through[LEARNING - 1])
            run.wait(run.drained, "the usual is learned")
            _write(run, through[LEARNING])
            for _ in range(kills):
                wait_until_published(chance.randint(1, alerts // 2))
                kill()
            run.wait(run.drained, "all alerts are open, and stored")
            outcome.disturbed["alerts open"] = _open(run)
            if _open(run) < alerts:
                outcome.differences.append(f"{alerts} alerts must be open; found {_open(run)}")
            kill()
            _write(run, through[LEARNING + BURST - 1])
            run.go_on(chance.uniform(0.0, 4.0))
            kill()
            _write(run, 1.0)
            wait_until_published(1)
            kill()
            run.drain()
            run.compare(outcome)
            outcome.differences += _too_large(run)
    return outcome


def _write(run: Run, share: float) -> None:
    """Write on in parts that the producer can hold."""
    while run.share < share:
        run.write_to(min(run.share + AT_ONCE / len(run.records), share))
        run.settle()


def _open(run: Run) -> int:
    return int(run.metric(DETECT, "weathervane_detect_open_alerts"))


def _minute(number: int, alerts: int) -> Iterator[Record]:
    """Half as many again as burst have the usual; those that did burst then have nothing."""
    burst = LEARNING <= number < LEARNING + BURST
    for sender in range(0 if number < LEARNING + BURST else alerts, alerts * 3 // 2):
        count = 60 if burst and sender < alerts else 1 + (sender + number) % 2
        event = Send(
            v=1,
            event_id=f"{number}-{sender}",
            event_time=at(T0 + BUCKET_S * number + sender % BUCKET_S),
            channel="sms",
            sender=Sender(f"1069{sender:08}"),
            source="sends",
            count=count,
        )
        lane = partition_of(event_key(event), LANES["sends"])
        yield Record("sends", lane, encode_event(event))
    yield from end_marks(LANES, BUCKET_S * number)


def _too_large(run: Run) -> list[str]:
    """Records of the changelog that are larger than a slot may be."""
    changelog = Changelog(run.place, run.config)
    found = max(len(slot.value or b"") for slot in changelog.read())
    changelog.close()
    return [f"a slot must have {SLOT_BYTES} bytes at most; found {found}"] * (found > SLOT_BYTES)
