"""Another's topic with many events in a record, counted through kill -9 of count and detect.

Two sources read it: what was delivered, and what was not.

Records hold none to six items: events with people in them, out of order, late and twice, what the
source skips, times a month off, and rubbish. For a while one lane has nothing but what is skipped,
and falls idle. A topic that is only read has no end marks: events of a later time close what came
before, and what they open themselves is what stays to be counted.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import topic_plan
from tests.events_of import T0
from tests.torture.commits import idle_decisions
from tests.torture.records import BUCKET_S, BUCKETS, JITTER_S, Record
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed

LANES = 3
CLOSING = 64
"""Events of a later time in each lane: so many that they close all others."""

CALM_S = 12.0
KEY = b"a key for the people of a test"
CONFIG = """
name = "others"
timezone = "UTC"
hash_key_file = "KEY_FILE"
[count]
lateness = "10s"
idle_after = "1s"
levels = ["sender", "signature"]
[detect]
budget_per_day = 50.0
min_count = 3
checkpoint_every = "1s"
[sources.mt]
kind = "send"
group = "mt"
topic = "mt_log"
topic_format = "source"
dedupe = true
items = "$[*]"
where = { "$.stat" = ["DELIVRD", "EXPIRED"] }
time = "$.ts"
sender = "$.src"
signature = "$.tpl_sign"
recipient = "$.dst"
event_id = "$.id"
count = "$.parts"
[sources.failed]
kind = "complaint"
group = "mt"
topic = "mt_log"
topic_format = "source"
items = "$[*]"
where = { "$.stat" = "UNDELIV" }
time = "$.ts"
sender = "$.src"
event_id = "$.id"
"""


def torture(recipe: Recipe, data: Path, *, seed: int, kills: int) -> Outcome:
    """Kill until there were so many; then what came out is compared."""
    return through_kills("another's topic", recipe, data, CONFIG, make(seed), seed, kills)


def through_kills(
    name: str,
    recipe: Recipe,
    data: Path,
    config: str,
    records: list[Record],
    seed: int,
    kills: int,
    between: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Count the records of one topic that is only read, and compare.

    `between` is called before each kill, and once after the last, with how many there were.
    """
    chance = random.Random(seed)
    outcome = Outcome(name, {"kill -9": 0})
    data.mkdir(parents=True, exist_ok=True)
    key = data / "hash.key"
    key.write_bytes(KEY)
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        run = Run(data, broker.bootstrap, config.replace("KEY_FILE", str(key)), records)
        run.lanes, run.hash_key = {"mt_log": LANES}, KEY
        (spec,) = [spec for spec in topic_plan(run.config) if spec.only_read]
        ensure(run.place, [replace(spec, partitions=LANES, only_read=False)])
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT)
            run.go_on(3.0, share=0.05)
            while (done := outcome.disturbed["kill -9"]) < kills:
                between(done)
                victims = chance.choice([(COUNT,), (COUNT,), (DETECT,), (COUNT, DETECT)])
                outcome.disturbed["kill -9"] += fleet.kill(*victims)
                fleet.start(*victims)
                # In the middle it runs for so long that a lane may fall idle.
                pause_s = CALM_S if done == kills // 2 else chance.uniform(0.0, 4.0)
                run.go_on(pause_s, share=0.05 + 0.9 * done / kills)
            between(kills)
            run.open_at_end = LANES * CLOSING
            run.drain()
            idle = idle_decisions(run.place, run.config)
            outcome.disturbed["idle decisions"] = sum(map(len, idle.values()))
            run.compare(outcome, idle)
    return outcome


def make(seed: int, records: int = 3_000) -> list[Record]:
    """Records in the order of writing, those that close the others last."""
    chance = random.Random(seed)
    timed_records: list[tuple[float, Record]] = []
    ids: list[str] = ["0"]
    for number in range(records):
        time_s = BUCKETS * BUCKET_S * number / records
        lane = chance.randrange(LANES)
        written_s = time_s + chance.uniform(0.0, JITTER_S)
        value = _record(chance, time_s, number, ids)
        if lane == 0 and 0.2 < number / records < 0.7:
            value = _json([{**_event(time_s, "1069", f"no-{number}"), "stat": "UNDELIV"}])
        timed_records.append((written_s, Record("mt_log", lane, value)))
    timed_records.sort(key=lambda pair: pair[0])
    later_s = (BUCKETS + 10) * BUCKET_S
    return [record for _, record in timed_records] + [
        Record("mt_log", lane, _json([_event(later_s, f"last-{lane}-{n}", f"l-{lane}-{n}")]))
        for n in range(CLOSING)
        for lane in range(LANES)
    ]


def _record(chance: random.Random, time_s: float, number: int, ids: list[str]) -> bytes | None:
    if chance.random() < 0.02:
        return chance.choice([None, b"", b"[", b"\xff\xfe", b'{"ts":1}', b"[1,null]", b"[]"])
    return _json([_item(chance, time_s, f"{number}-{n}", ids) for n in range(chance.randrange(7))])


def _item(chance: random.Random, time_s: float, name: str, ids: list[str]) -> Any:
    burst = BUCKETS // 3 <= time_s // BUCKET_S < BUCKETS // 3 + 4
    sender = 3 if burst and chance.random() < 0.6 else chance.randrange(20)
    near_s = time_s + chance.uniform(0.0, JITTER_S)
    event = _event(near_s, f"1069{sender:03}", name, tpl_sign=f"【商城{sender % 5}】")
    event["parts"] = str(chance.randint(1, 3))
    if time_s > (BUCKETS - 3) * BUCKET_S:
        return event  # what is held at the end would stay open
    match chance.randrange(60):
        case 0:
            return chance.choice([None, 7, "x", [], {}, {**event, "ts": "never"}])
        case 1 if time_s > 10 * BUCKET_S:
            event["ts"] -= round(chance.uniform(3, 9) * BUCKET_S * 1000)
        case 2:
            event["id"] = chance.choice(ids)
        case 3 if chance.random() < 0.3:
            event["ts"] += 30 * 86_400_000
        case 4:
            event["parts"] = chance.choice([0, -1, "many"])
        case 5 | 6 | 7 | 8:
            event["stat"] = "UNDELIV"
    ids.append(event["id"])
    del ids[:-50]
    return event


def _event(time_s: float, sender: str, name: str, **names: str) -> dict[str, Any]:
    return {
        "ts": round((T0 + time_s) * 1000),
        "src": sender,
        "dst": f"1380000{hash_of(name):04}",
        "id": name,
        "stat": "DELIVRD",
        **names,
    }


def hash_of(name: str) -> int:
    """A number of four digits, the same in every process."""
    return sum(map(ord, name)) * 7919 % 10_000


def _json(items: list[Any]) -> bytes:
    return json.dumps(items, ensure_ascii=False).encode()
