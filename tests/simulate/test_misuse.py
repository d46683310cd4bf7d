"""Incidents of misuse: labelled, beside a registry, and off unless asked for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from functools import cache
from pathlib import Path

from benchmarks.misuse_kinds import measure
from streams.items import Complaint, Send
from streams.registry.control import RegistryRow
from streams.registry.entry import key_of
from streams.registry.files import read_entries
from streams.registry.table import Registry
from streams.simulate.files import LABELS, REGISTRY, SENDS, write
from streams.simulate.misuse import MISUSE_OF_KIND, Misuse
from streams.simulate.simulation import Hour, Simulation
from tests.documents.markdown import read

START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
KINDS = len(MISUSE_OF_KIND)


def _simulation(misuse: float) -> Simulation:
    return Simulation(START, senders=KINDS, days=16, incidents=0.0, misuse=misuse, seed=3)


def test_without_it_every_byte_is_as_before_and_with_it_no_other_event_changes(
    tmp_path: Path,
) -> None:
    """Nor is there a registry; with it each kind is labelled."""
    for name, misuse in (("off", 0.0), ("on", 1.0)):
        (tmp_path / name).mkdir()
        write(_simulation(misuse), "UTC", tmp_path / name, lambda: None)
    assert not (tmp_path / "off" / REGISTRY).exists()
    plain = (tmp_path / "off" / SENDS).read_bytes().splitlines()
    lines = (tmp_path / "on" / SENDS).read_bytes().splitlines()
    assert [line for line in lines if b'"event_id":"m' not in line] == plain
    found = (tmp_path / "on" / LABELS).read_text().splitlines()[1:]
    kinds = [row.split(",")[2] for row in found]
    assert set(MISUSE_OF_KIND) <= set(kinds)


@cache
def _hours() -> list[Hour]:
    return list(_simulation(1.0).hours())


def _events(one: Misuse) -> tuple[list[Send], list[Complaint]]:
    sends, complaints, own = list[Send](), list[Complaint](), f"m{one.number}-"
    for hour in _hours():
        sends += [send for send in hour.sends if send.event_id.startswith(own)]
        complaints += [each for each in hour.complaints if each.event_id.startswith(own)]
    return sends, complaints


def test_what_happens_is_what_the_label_says() -> None:
    """A code goes from one signature to four, and from three merchants to twelve; and so on."""
    simulation = _simulation(1.0)
    by_kind = {one.kind: one for one in simulation.misuse}

    def split(kind: str) -> tuple[list[Send], list[Send], list[Complaint], list[Complaint]]:
        one = by_kind[kind]  # type: ignore[index]
        sends, complaints = _events(one)
        start, stop = simulation.at(one.start), simulation.at(one.stop)
        return (
            [each for each in sends if not start <= each.event_time < stop],
            [each for each in sends if start <= each.event_time < stop],
            [each for each in complaints if not start <= each.event_time < stop],
            [each for each in complaints if start <= each.event_time < stop],
        )

    before, during, _, _ = split("sub_letting")
    for field, was, now in (("signature", 1, 4), ("merchant", 3, 12)):
        assert len({getattr(each.sender, field) for each in before}) == was
        assert len({getattr(each.sender, field) for each in during}) == now
    before, during, _, _ = split("snowshoe")
    assert [len({each.sender.access_code for each in of}) for of in (before, during)] == [1, 12]
    before, during, _, _ = split("default_consent")
    shares = [sum(each.consent == "default" for each in of) / len(of) for of in (before, during)]
    assert shares[0] < 0.15 < 0.5 < shares[1]
    before, during, _, _ = split("fan_out")
    assert len({each.recipient_hash for each in before}) <= 5
    assert len({each.recipient_hash for each in during}) > 100
    _, _, _, filed = split("brigading")
    assert len(filed) > 40
    assert len({each.reporter_hash for each in filed}) == 2
    _, _, _, filed = split("reporters")
    assert len({each.reporter_hash for each in filed}) >= 5
    _, during, _, _ = split("night")
    assert sum(each.event_time.hour >= 22 or each.event_time.hour < 8 for each in during) > 100
    _, during, _, _ = split("cap")
    assert sum(each.count for each in during) > 2000
    _, during, _, filed = split("opt_out")
    people = {each.reporter_hash for each in filed}
    assert all(each.kind == "optout_ignored" for each in filed)
    assert not people or people & {each.recipient_hash for each in during}


def test_all_else_is_within_the_registry(tmp_path: Path) -> None:
    """Each code has an entry, each signature is filed with it, but for the incidents."""
    simulation = _simulation(1.0)
    write(simulation, "UTC", tmp_path, lambda: None)
    entries = read_entries((tmp_path / REGISTRY).read_bytes(), REGISTRY)
    registry = Registry()
    registry.take([RegistryRow(n, key_of(entry), entry) for n, entry in enumerate(entries, 1)])
    day = START.toordinal()
    outside: dict[str, int] = defaultdict(int)
    for hour in _hours():
        for send in hour.sends:
            code, signature = send.sender.access_code, send.sender.signature
            if code is None or signature is None:
                continue
            if not registry.filed(signature, code, day):
                outside[send.event_id.split("-")[0]] += 1
    pairs = ("other_signature", "sub_letting", "snowshoe")
    assert set(outside) == {f"m{one.number}" for one in simulation.misuse if one.kind in pairs}


def test_a_replay_with_the_registry_finds_one_of_each_kind(tmp_path: Path) -> None:
    """By the configuration that is written beside; exact signals find nothing else."""
    opened: set[tuple[str, str]] = set()
    found = measure(1, 16, 3, tmp_path, opened)
    assert found == dict.fromkeys(MISUSE_OF_KIND, (1, 1))
    usual = {sender.access_code for sender in _simulation(1.0).population.senders}
    exact = [entity for signal, entity in opened if signal in ("new_code", "scope", "sublet")]
    assert exact
    assert not [entity for entity in exact if entity.partition("/")[2] in usual]


def test_the_guide_says_of_each_kind_what_finds_it() -> None:
    """Its table has every kind, with the signal and the level of the label."""
    lines = read("docs/how-to/simulate.md").text.splitlines()
    table = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]
    rows = {row[0]: tuple(row[1:3]) for row in table if row[0] in MISUSE_OF_KIND}
    assert rows == {kind: (one.signal, one.level) for kind, one in MISUSE_OF_KIND.items()}
