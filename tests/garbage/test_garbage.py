"""The short form; the long one, with a million records, is an item of ``make torture``."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from streams.broker.local.broker import Recipe
from tests.garbage.adapters import read_all
from tests.garbage.decode_path import config, take_all
from tests.garbage.files import FORMS, T0_S
from tests.garbage.pieces import bent_bytes
from tests.garbage.records import Kind, records
from tests.garbage.targets import TARGETS, seeds
from tests.garbage.through_kafka import send_garbage


@pytest.mark.parametrize(("kind", "topic"), [("send", "sends"), ("complaint", "complaints")])
def test_every_record_is_an_event_or_a_reject(kind: Kind, topic: str) -> None:
    """Valid records bent in structure, encoding and bytes: each is counted, or a reject."""
    fates = take_all(config(), topic, records(1, kind, 2500, from_s=T0_S, to_s=T0_S + 7200))
    assert list(fates.problems()) == []
    assert fates.events > 400
    assert len(fates.rejects) >= 8, "garbage of too few kinds"


@pytest.mark.parametrize("name", FORMS)
def test_an_adapter_makes_events_or_rejects(name: str) -> None:
    """Every record of a bent file is an event that its topic takes, or a reject with its number."""
    rows = read_all(name, 1, 1000)
    assert rows.problems == []
    assert rows.records == rows.events + rows.skipped + rows.rejects.total()
    assert rows.events > 100
    assert len(rows.rejects) >= 5, "garbage of too few kinds"


@pytest.mark.parametrize("name", TARGETS)
def test_a_fuzz_target_takes_its_seeds(name: str) -> None:
    """Each target of the fuzzer begins with inputs that keep the contract, bent ones too."""
    target, chance = TARGETS[name](), random.Random(1)
    for seed in seeds(name, 20):
        target(seed)
        for _ in range(5):
            target(bent_bytes(chance, seed))


def test_garbage_on_kafka_stops_nobody(apache: Recipe, tmp_path: Path) -> None:
    """Count and detect run on through garbage, and records = events + rejects, by reason."""
    passage = send_garbage(apache, tmp_path, seed=1, number=4_000)
    assert passage.problems == []
    assert passage.events > 800
