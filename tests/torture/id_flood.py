"""Item 2: more fresh ids in a few minutes than are counted apart, through kill -9.

A full bucket admits the first senders of its lane, in the order of the records. A recount must
admit the same ones, and no fresh id may stay when the flood is over.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.items import SURPLUS_IDS, Complaint, Send, Sender
from streams.sources.event_json import encode_event
from tests.torture.records import BUCKET_S, BUCKETS, SENDERS, Record, config, make
from tests.torture.results import Results
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed

IDS = 300_000
"""Fresh ids, over all minutes of the flood."""

MOST_SENDERS = 2_000
"""So many are counted apart in an open bucket of a lane."""

FIRST, LAST = BUCKETS // 2, BUCKETS // 2 + 3
"""The first minute of the flood, and the first after it."""

MOST_MB = 600
"""Resident at most: without a bound, the long form's ids took more."""

_decode = msgspec.json.Decoder(Send | Complaint).decode


def torture(
    recipe: Recipe, data: Path, *, seed: int, kills: int, ids: int = IDS, most: int = MOST_SENDERS
) -> Outcome:
    """Kill count and detect in turn while the flood comes, and after it."""
    chance = random.Random(seed)
    outcome = Outcome("a flood of fresh ids", {"kill -9": 0, "fresh ids": ids})
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
    ):
        text = config("idflood").replace("[count]", f"[count]\nmax_senders = {most}")
        records, began, ended = _flooded(make(seed, 6_000, strange=0.0), ids)
        run = Run(data, broker.bootstrap, text, records)
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT)
            run.write_to(began)
            run.settle()
            run.wait(lambda: run.judges(DETECT), "detect judges what came before the flood")
            for number in range(kills):
                share = began + (ended - began) * (number + 1) / kills
                run.go_on(chance.uniform(0.5, 3.0), share=share)
                victims = chance.choice([(COUNT,), (DETECT,), (COUNT, DETECT)])
                outcome.disturbed["kill -9"] += fleet.kill(*victims)
                fleet.start(*victims)
            run.settle()
            run.drain()
            for member in (COUNT, DETECT):
                largest = _largest_mb(fleet.pid(member))
                if largest > MOST_MB:
                    outcome.differences.append(f"{member} took {largest} MB; {MOST_MB} at most")
            known = run.metric(DETECT, "weathervane_detect_entities")
            found = run.compare(outcome)
            outcome.differences += _untold(found, known)
    return outcome


def _flooded(records: Sequence[Record], ids: int) -> tuple[list[Record], float, float]:
    """Put fresh ids among the records of a few minutes; also say which share comes before, until.

    Some are senders, some are signatures of known senders; most are sent, some complained about.
    """
    flooded = [at for at, record in enumerate(records) if FIRST <= _minute(record) < LAST]
    each = -(-ids // len(flooded))
    out = [*records[: flooded[0]]]
    began, number = len(out), 0
    for at in range(flooded[0], len(records)):
        out.append(records[at])
        if FIRST <= _minute(records[at]) < LAST:
            fresh = list(_fresh(records[at], number, min(each, ids - number)))
            out += fresh
            number += len(fresh)
        if at == flooded[-1]:
            ended = len(out)
    return out, began / len(out), ended / len(out)


def _minute(record: Record) -> int:
    """Minute of an event; -1 for an end mark."""
    event = json.loads(record.value or b"{}")
    if "event_time" not in event:
        return -1
    hours, minutes = event["event_time"][11:16].split(":")
    return (int(hours) * 3600 + int(minutes) * 60) // BUCKET_S


def _fresh(like: Record, first: int, number: int) -> Iterator[Record]:
    event = _decode(like.value or b"")
    for fresh in range(first, first + number):
        sender = Sender(f"fresh{fresh}", platform=f"platform-{fresh % 3}")
        if fresh % 5 == 0:
            sender = Sender(f"1069{fresh % SENDERS:04d}", signature=f"fresh{fresh}")
        value = encode_event(
            msgspec.structs.replace(event, event_id=f"f-{fresh}", sender=sender, count=1)
        )
        yield Record(like.topic, like.partition, value)


def _largest_mb(pid: int) -> int:
    """The most memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def _untold(found: Results, known: float) -> list[str]:
    """What an overflow promises and is not so."""
    alerts = [json.loads(line)["data"] for lines in found.alerts.values() for line in lines]
    last = {alert["alert_id"]: alert["state"] for alert in alerts if alert["kind"] == "overflow"}
    out = []
    if not any(entity_id == SURPLUS_IDS for *_, entity_id in found.totals):
        out.append("no bucket was full: nothing was tried")
    if {*last.values()} != {"resolved"}:
        out.append(f"an overflow must be told, and its end; found {last}")
    if known > 10 * SENDERS:
        out.append(f"fresh ids must be forgotten; {known:.0f} entities are known")
    return out
