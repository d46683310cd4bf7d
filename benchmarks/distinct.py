"""What it costs to count distinct reporters and recipients beside totals.

The same events are counted without and with them, in turn, in one process: ``of_before`` is the
median over the rounds of what is left of the speed. It also says how many bytes the sketches of an
active entity take in a bucket, and how good estimates are.

    python -m benchmarks.distinct [--events 400000] [--senders 20000] [--rounds 5] [--json]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from detectors.distinct.bottom_k import HASH_BYTES, HASHES, Sketch
from streams.config.load import parse_config
from streams.config.sources import Source
from streams.counts.facts.wire import sketches_in
from streams.counts.intake import Intake
from streams.counts.wire import decode_counts, encode_counts, records
from streams.facts.wanted import FactsWanted
from streams.items import Complaint, Send, Sender
from streams.sources.event_json import encode_event

START, MINUTES, BATCH = 1_772_409_600, 10, 1000
LEVELS = ["sender", "signature", "platform", "all"]


class Measured(NamedTuple):
    """CPU s of counting, of flushing, and the records that were written."""

    counting_s: float
    flushing_s: float
    written: list[bytes]


def events_of(kind: str, number: int, senders: int, seed: int) -> list[bytes]:
    """Encoded events of ten minutes: few senders have many, and most people come once."""
    draw = np.random.default_rng(seed)
    who = np.minimum(draw.zipf(1.3, number), senders)
    people = draw.integers(0, 2**63, number)
    values = []
    for place in range(number):
        time_s = START + place * 60.0 * MINUTES / number
        sender = Sender(
            f"1069{who[place]:09d}",
            signature=f"s{who[place] % (senders // 20 + 1)}",
            platform=f"p{who[place] % 20}",
            category=f"c{who[place] % 12}",
        )
        common = {
            "v": 1, "event_id": f"{kind}-{place}", "channel": "sms", "sender": sender,
            "event_time": _instant(time_s), "source": kind,
        }  # fmt: skip
        person = f"{people[place]:016x}"
        event: Send | Complaint
        if kind == "complaints":
            event = Complaint(
                **common, kind="marketing", region=f"r{place % 31}", reporter_hash=person
            )  # type: ignore[arg-type]
        else:
            event = Send(**common, recipient_hash=person, consent="explicit")  # type: ignore[arg-type]
        values.append(encode_event(event))
    return values


def _instant(time_s: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(time_s, dt.UTC)


def wanting(kind: str) -> dict[str, FactsWanted]:
    """What is wanted in each run: nothing first."""
    people = "reporters" if kind == "complaints" else "recipients"
    of_people = tuple((level, people) for level in sorted(LEVELS))
    return {
        "nothing": FactsWanted(),
        people: FactsWanted(of_people),  # type: ignore[arg-type]
        "cells": FactsWanted(cells=True),
    }


def measure(source: Source, values: Sequence[bytes]) -> Measured:
    """Count all of it in one lane, as the counting process does, with its flushes."""
    intake = Intake(source, 0, LEVELS)
    counting_s = flushing_s = 0.0
    written: list[bytes] = []
    written_s = START + 60.0 * MINUTES
    for at in range(0, len(values), BATCH):
        part = values[at : at + BATCH]
        began = time.process_time()
        intake.take_all(range(at, at + len(part)), part, [written_s] * len(part))
        counting_s += time.process_time() - began
        began = time.process_time()
        written += _flushed(intake, source)
        flushing_s += time.process_time() - began
    intake.lane.idle(written_s + 3600.0)
    began = time.process_time()
    written += _flushed(intake, source)
    return Measured(counting_s, flushing_s + time.process_time() - began, written)


def _flushed(intake: Intake, source: Source) -> list[bytes]:
    flush = intake.lane.flush(early=False)
    found = records(source.name, 0, 1, source.bucket_s, flush, 1)
    return [encode_counts(counts) for _, counts in found]


def sketch_bytes(written: Sequence[bytes]) -> list[int]:
    """Bytes of the sketches of each active entity in each bucket, as they stand on the wire."""
    found: list[int] = []
    for value in written:
        counts = decode_counts(value)
        own = [0] * len(counts.totals)
        for sketch in sketches_in(counts):  # two bytes for the place, one for the size
            own[sketch.place] += -(-(3 + len(sketch.packed)) * 4 // 3)
        found += own
    return found


def error_of(number: int, trials: int, seed: int) -> float:
    """The standard error of the estimate of so many, relative to them."""
    draw = np.random.default_rng(seed)
    errors = []
    for _ in range(trials):
        hashes = np.sort(draw.integers(0, HASHES, number))[: 2 * 128].tolist()
        errors.append(Sketch.from_hashes(hashes).count().value / number - 1)
    return float(np.sqrt(np.mean(np.square(errors))))


def run(kind: str, number: int, senders: int, rounds: int) -> dict[str, object]:
    """Measure one kind of source."""
    values = events_of(kind, number, senders, seed=19)
    table = {"kind": "complaint" if kind == "complaints" else "send", "partitions": 1}
    made = parse_config({"timezone": "UTC", "sources": {kind: table}}).sources[kind]
    runs: dict[str, list[Measured]] = {}
    for _ in range(rounds):
        for name, wanted in wanting(kind).items():
            source = made.model_copy(update={"facts": wanted})
            runs.setdefault(name, []).append(measure(source, values))
    found: dict[str, object] = {"events": number}
    base = [one.counting_s + one.flushing_s for one in runs["nothing"]]
    for name, every in runs.items():
        best = min(every, key=lambda one: one.counting_s + one.flushing_s)
        whole_s = best.counting_s + best.flushing_s
        own = sketch_bytes(best.written)
        found[name] = {
            "events_a_cpu_second": round(number / whole_s),
            "of_before": round(
                statistics.median(
                    before / (one.counting_s + one.flushing_s)
                    for before, one in zip(base, every, strict=True)
                ),
                3,
            ),
            "flushing_share": round(best.flushing_s / whole_s, 3),
            "bytes_on_the_wire": sum(map(len, best.written)),
            "entity_buckets": len(own),
            "sketch_bytes_median": float(np.median(own)),
            "sketch_bytes_mean": round(float(np.mean(own)), 1),
        }
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--senders", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    found: dict[str, object] = {
        kind: run(kind, asked.events, asked.senders, asked.rounds)
        for kind in ("complaints", "sends")
    }
    found["standard_error"] = {str(n): round(error_of(n, 400, n), 4) for n in (200, 2000, 50_000)}
    assert HASH_BYTES == 6
    text = json.dumps(found) if asked.json else json.dumps(found, indent=2)
    sys.stdout.write(f"{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
