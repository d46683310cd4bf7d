"""Sub-letting and snowshoeing: found when names jump, silent where they are filed or usual."""

from __future__ import annotations

from random import Random

import pytest

from streams.alerts.cloudevent import Alert
from streams.alerts.misuse.basis import NamesBasis
from streams.alerts.sentences import sentence
from streams.config.load import parse_config
from streams.config.model import Config
from streams.detection.shard import Shard
from streams.language.catalogue import catalogue
from streams.registry.control import RegistryRow
from streams.registry.entry import FilingEntry, key_of
from tests.detection.misuse.events import RawEvent, closed, config_of

CODES, DAYS, JUMP = 40, 40, 34


def _usual(draw: Random) -> list[RawEvent]:
    """Codes with one signature and three merchants, now and then another."""
    events = []
    extra: dict[int, int] = {}
    for day in range(DAYS):
        for code in range(CODES):
            extra[code] = extra.get(code, 0) + (draw.random() < 0.02)
            for number in range(1 + extra[code]):
                merchant = f"m{code}.{number + draw.randrange(3)}"
                events.append(
                    RawEvent(day, "s", f"1069{code:04}", f"S{code}.{number}", merchant=merchant)
                )
    return events


def _sublet(code: int) -> list[RawEvent]:
    return [
        RawEvent(day, "s", f"1069{code:04}", f"X{number % 3}", merchant=f"x{number}")
        for day in range(JUMP, DAYS)
        for number in range(9)
    ]


def _run(
    config: Config,
    events: list[RawEvent],
    rows: list[RegistryRow] | None = None,
    kills: tuple[int, ...] = (),
    source: str = "sends",
) -> list[tuple[int, Alert, bytes]]:
    shard, out = Shard(0, config), []
    slots: dict[bytes, bytes] = {}
    (group,) = config.groups
    for day in range(DAYS):
        shard.registry.take(rows or [])
        result = shard.judge(group, closed(day, events, source))
        out += [(day, one.alert, one.value) for one in result.alerts]
        if day in kills:
            slots.update(shard.checkpoint())
            shard = Shard(0, config)
            assert shard.restore(slots)
    return [each for each in out if each[1].signal in ("sublet", "snowshoe")]


def test_a_code_that_is_let_to_others_is_found_on_its_first_day() -> None:
    """One signature becomes four, three merchants twelve: one alert, on that code alone."""
    events = _usual(Random(1)) + _sublet(7)
    found = _run(config_of("sublet"), events)
    day, alert, _ = found[0]
    assert (day, alert.entity.id, alert.event) == (JUMP, "10690007", "opened")
    assert {each.entity.id for _, each, _ in found} == {"10690007"}
    assert isinstance(alert.basis, NamesBasis)
    assert alert.basis.new_number >= 3
    assert set(alert.basis.new) <= {f"x{n}" for n in range(9)} | {"X0", "X1", "X2"}
    assert alert.evidence_nats >= alert.threshold_nats > 0


def test_filed_signatures_are_no_news() -> None:
    """Without the filings there is an alert, with them there is none."""
    events = _usual(Random(2)) + _sublet(7)
    events = [event._replace(merchant=None) for event in events]
    others = [
        RawEvent(day, "s", "10690007", f"X{number}")
        for day in range(JUMP, DAYS)
        for number in range(3, 8)
    ]
    events += others
    assert {alert.entity.id for _, alert, _ in _run(config_of("sublet"), events)} == {"10690007"}
    filings = [FilingEntry(code="10690007", signature=f"X{number}") for number in range(8)]
    rows = [RegistryRow(n, key_of(filing), filing) for n, filing in enumerate(filings, 1)]
    assert _run(config_of("sublet"), events, rows) == []


@pytest.mark.parametrize(
    ("filed", "strangers", "is_found"),
    [(1, 3, True), (1, 2, False), (4, 3, False), (4, 4, True), (0, 9, False)],
)
def test_a_code_alone_is_found_by_what_is_filed_with_it(
    filed: int, strangers: int, is_found: bool
) -> None:
    """At least three names that nobody filed, and as many as are filed; nothing without filings."""
    events = [
        RawEvent(day, "s", "10690007", f"Own{number}")
        for day in range(DAYS)
        for number in range(max(filed, 1))
    ]
    events += [
        RawEvent(day, "s", "10690007", f"X{number}")
        for day in range(JUMP, DAYS)
        for number in range(strangers)
    ]
    filings = [FilingEntry(code="10690007", signature=f"Own{number}") for number in range(filed)]
    rows = [RegistryRow(n, key_of(filing), filing) for n, filing in enumerate(filings, 1)]
    found = _run(config_of("sublet"), events, rows)
    assert [day for day, alert, _ in found if alert.event == "opened"] == [JUMP] * is_found
    for _, alert, _ in found[:1]:
        assert (alert.evidence_nats, alert.threshold_nats) == (0.0, 0.0)
        assert isinstance(alert.basis, NamesBasis)
        assert (alert.basis.registered, alert.basis.new_number) == (filed, strangers)
        assert sentence(alert, catalogue("en")).endswith(
            f"known before: {filed}; the registry files {filed}."
        )


@pytest.mark.parametrize("signal", ["sublet", "snowshoe"])
def test_a_kill_changes_no_byte_of_it(signal: str) -> None:
    """The histories of codes and signatures are in checkpoints."""
    spread = [
        RawEvent(day, "s", f"1068{number:04}", "S3.0")
        for day in range(JUMP, DAYS)
        for number in range(12)
    ]
    events = _usual(Random(3)) + _sublet(5) + spread
    whole = _run(config_of(signal), events)
    entity = {"sublet": "10690005", "snowshoe": "S3.0"}[signal]
    assert {alert.entity.id for _, alert, _ in whole} == {entity}
    killed = _run(config_of(signal), events, kills=(5, 20, JUMP, JUMP + 1))
    assert [value for *_, value in killed] == [value for *_, value in whole]


@pytest.mark.parametrize("sends_too", [True, False])
@pytest.mark.parametrize("claimed", [3, 30])
def test_names_that_complaints_claim_are_never_exact(sends_too: bool, claimed: int) -> None:
    """Where the group has sends they say nothing; alone, nothing follows from the registry."""
    config = config_of("sublet", "snowshoe")
    if not sends_too:
        table = {"kind": "complaint", "partitions": 1}
        keys = {"timezone": "UTC", "sources": {"complaints": table}}
        counted = {"bucket": "1d", "levels": ["sender", "access_code", "signature", "all"]}
        signals = {"misuse": {"signals": ["sublet", "snowshoe"]}}
        config = parse_config({**keys, "count": counted, "detect": signals})
    events = [RawEvent(day, "s", "10690007", "Mall") for day in range(DAYS)]
    events += [RawEvent(JUMP, "s", "10690007", f"fake{number}") for number in range(claimed)]
    filing = FilingEntry(code="10690007", signature="Mall")
    rows = [RegistryRow(1, key_of(filing), filing)]
    found = _run(config, events, rows, source="complaints")
    if sends_too:
        assert found == []
    assert all(alert.threshold_nats > 0 for _, alert, _ in found)
