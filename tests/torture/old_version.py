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
from tests.torture.results import Results, differences
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed
from tests.torture.write_old import RECORDS, SEED, SHARE

STORED = ROOT / "tests/data/stored/form-5/kafka"
"""What the processes of that version left on Kafka."""


def torture(recipe: Recipe, data: Path, *, seed: int, kills: int) -> Outcome:
    """Restore what the older version stored, and go on from it, killed now and then.

    Counts and rejects must be those of a monitor that ran all along, but for the events that the
    older version counted late: it closed buckets sooner. Alerts must be those that the older
    version published, and then what this version makes of its state and these counts: a version
    may learn otherwise, and so may not have published all that the older one did.
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
    outcome.differences += _late_then(expected, found)
    outcome.alerts = expected.alert_count
    outcome.differences += differences(expected, found)
    if not 0 < before.alert_count < found.alert_count:
        outcome.differences.append("there must be alerts before and after")
    if fleet.exits:
        outcome.differences.append(f"nothing must end: {fleet.exits}")
    return outcome


def _late_then(expected: Results, found: Results) -> list[str]:
    """Take what the older version counted late out of what is expected; say what does not fit.

    Each lane must have taken as many events, and may lack totals of as many buckets, at most, as
    it has more late events.
    """
    wrong = []
    for lane in sorted({key[:2] for key in expected.tallies}):
        events, late = zip(*(_of_lane(results, lane) for results in (expected, found)), strict=True)
        less = {
            key: count
            for key, of in expected.totals.items()
            if key[:2] == lane and (count := found.totals.get(key, 0)) < of
        }
        buckets = {key[2] for key in less}
        if events[0] != events[1] or len(buckets) > late[1] - late[0]:
            wrong.append(f"{lane}: events {events}, late {late}, less in {sorted(buckets)}")
            continue
        for key, count in less.items():
            expected.totals[key] = count
            if not count:
                del expected.totals[key]
        for results in (expected, found) if less else ():
            for place in [place for place in results.tallies if place[:2] == lane]:
                del results.tallies[place]
    return wrong


def _of_lane(results: Results, lane: tuple[str, int]) -> tuple[int, int]:
    """Events of a lane, and how many of them were late."""
    tallies = [tally for key, tally in results.tallies.items() if key[:2] == lane]
    return sum(tally[0] for tally in tallies), sum(tally[1] for tally in tallies)


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
