"""Item `old_version`: an older version has judged the first half; this one goes on."""

from __future__ import annotations

import random
from pathlib import Path

from streams.backup.contents import stored_records
from streams.backup.restore import restore
from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.plan import changelog_topic
from streams.counts.wire import decode_counts
from streams.detection.shard import Shard
from tests.pinned.run import ROOT
from tests.torture.records import config, make
from tests.torture.results import differences
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed
from tests.torture.write_old import RECORDS, SEED, SHARE

STORED = ROOT / "tests/data/stored/form-5/kafka"
"""What the processes of that version left on Kafka."""


def torture(recipe: Recipe, data: Path, *, seed: int, kills: int) -> Outcome:
    """Restore what the older version stored, and go on from it, killed now and then.

    Counts and rejects must be those of a monitor that ran all along. Alerts must be those that the
    older version published, and then what this version makes of its state and these counts: a
    version may learn otherwise, and so may not have published all that the older one did.
    """
    outcome = Outcome("state of an older version", {"older version": 1, "kill -9": 0})
    chance = random.Random(seed)
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        run = Run(data, broker.bootstrap, config("old"), make(SEED, RECORDS))
        restore(run.place, run.config, STORED)
        before = run.results()
        run.skip_to(SHARE)
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT)
            for number in range(kills):
                share = SHARE + (0.9 - SHARE) * (number + 1) / kills
                run.go_on(chance.uniform(0.5, 3.5), share=share)
                who = chance.choice((COUNT, DETECT))
                outcome.disturbed["kill -9"] += fleet.kill(who)
                fleet.start(who)
            run.drain()
            fleet.stop(DETECT, COUNT)
        found, expected = run.results(), run.expected()
        expected.alerts[0] = [*before.alerts[0], *_judged(run)]
    outcome.alerts = expected.alert_count
    outcome.differences += differences(expected, found)
    if not 0 < before.alert_count < found.alert_count:
        outcome.differences.append("there must be alerts before and after")
    if fleet.exits:
        outcome.differences.append(f"nothing must end: {fleet.exits}")
    return outcome


def _judged(run: Run) -> list[bytes]:
    """What this version publishes, from the older one's state on, with nothing in between."""
    slots: dict[bytes, bytes] = {}
    for record in stored_records(STORED / f"{changelog_topic(run.config)}-0.parquet"):
        if record.key is not None:
            slots |= {record.key: record.value or b""}
            if record.value is None:
                del slots[record.key]
    shard = Shard(0, run.config)
    assert shard.restore(slots)
    out = []
    for offset, value in enumerate(run.counted()[shard.position :], start=shard.position):
        out += [one.value for one in shard.take(offset, decode_counts(value))]
    return out
