"""Item 9: a million bent records through the decode path, and through Kafka; memory stays flat."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.garbage.adapters import read_all
from tests.garbage.decode_path import config, take_all
from tests.garbage.files import FORMS, T0_S
from tests.garbage.records import Kind, records
from tests.garbage.through_kafka import KINDS, SPAN_S, send_garbage
from tests.torture.run import Outcome, timed

RECORDS = 1_000_000
IN_FILES = 400_000
"""Of them through the adapters; the others are records of topics."""

MOST_GROWN_MB = 64.0
"""Of which the decoder's cache of senders has its share: up to 200,000, most of them garbage."""


def torture(recipe: Recipe, data: Path, *, seed: int, number: int = RECORDS) -> Outcome:
    """Decode a million, then send a million; whatever does not add up is a difference."""
    outcome = Outcome("garbage", {"records decoded": 0, "records sent": 0, "MB grown": 0})
    with timed(outcome):
        in_files = number * IN_FILES // RECORDS
        for kind in KINDS:
            _decode(outcome, kind, seed, (number - in_files) // 2)
        for name in FORMS:
            rows = read_all(name, seed, in_files // len(FORMS))
            outcome.disturbed["records decoded"] += rows.records
            outcome.differences += [f"{name}: {problem}" for problem in rows.problems]
            _flat(outcome, name, rows.memory_mb[-1] - rows.memory_mb[0])
        passage = send_garbage(recipe, data, seed=seed, number=number)
        outcome.disturbed["records sent"] = passage.records
        outcome.differences += passage.problems
        _flat(outcome, "count", passage.memory_mb[-1] - passage.memory_mb[0])
    return outcome


def _decode(outcome: Outcome, kind: Kind, seed: int, number: int) -> None:
    lane = records(seed, kind, number, from_s=T0_S, to_s=T0_S + SPAN_S)
    fates = take_all(config(), f"{kind}s", lane)
    outcome.disturbed["records decoded"] += fates.records
    outcome.differences += [f"{kind}s: {problem}" for problem in fates.problems()]
    _flat(outcome, f"{kind}s", fates.grown_mb)


def _flat(outcome: Outcome, what: str, grown_mb: float) -> None:
    """Hold a growth of memory to its limit, and keep the largest."""
    outcome.disturbed["MB grown"] = max(outcome.disturbed["MB grown"], round(grown_mb))
    if grown_mb > MOST_GROWN_MB:
        outcome.differences.append(f"{what}: memory grew by {grown_mb:.0f} MB")
