"""Rules: whatever crashes, moves or is delayed, their alerts are those of an undisturbed run."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from unittest.mock import patch

import orjson
import pytest

from streams.config.model import Config
from streams.items import Complaint, Sender
from streams.sources.event_json import encode_event
from tests.events_of import DAY, T0, at, config
from tests.simulation import inputs, outcome
from tests.simulation.outcome import undisturbed
from tests.simulation.run import run, small

SCHEDULES = int(os.environ.get("WEATHERVANE_RULE_SCHEDULES", "100"))


def _record(time_s: float, sender: str = "a", *, event_id: str = "", **_: Any) -> bytes:
    """A complaint in place of a send: who complained, and when it happened, follow from its id."""
    chance = zlib.crc32(event_id.encode())
    event = Complaint(
        v=1, event_id=event_id or f"{sender}-{time_s}", event_time=at(T0 + time_s), channel="sms",
        sender=Sender(sender), source="test", kind="marketing",
        reporter_hash=f"{chance % 5:016x}",
        occurred_at=at(T0 + time_s - (chance // 5 % 4) * DAY),
    )  # fmt: skip
    return encode_event(event)


@lru_cache(maxsize=12)
def _settings(lanes: int, shards: int, most_senders: int, _: object = ()) -> Config:
    """One source of complaints, and a rule that two people meet in three days."""
    rule = {"need": 2, "warn": 1, "days": 3, "valid_days": 2}
    made = config(
        name="simulation",
        count={
            "levels": ["sender"], "bucket": "1h", "lateness": "45m", "max_ahead": "46h",
            "max_senders": most_senders,
        },
        detect={"exit_after": 1, "shards": shards, "rules": ["in-tcccpr-2025"]},
        rules={"in-tcccpr-2025": {"unregistered-sender": rule}},
        sources={"sends": {"kind": "complaint", "partitions": lanes, "dedupe": True}},
    )  # fmt: skip
    vars(made)["sources"] = {"sends": made.sources["sends"]}
    return made


@pytest.fixture(autouse=True)
def _complaints() -> Iterator[None]:
    def forget() -> None:
        inputs.drawn.cache_clear()
        undisturbed.cache_clear()

    forget()
    with (
        small(),
        patch.object(inputs, "record", _record),
        patch.object(inputs, "settings", _settings),
    ):
        yield
    forget()


def test_trouble_changes_no_alert_of_a_rule() -> None:
    """Crashes with late and repeated complaints: the same revisions, byte for byte."""
    found: dict[int, list[str]] = {}
    kinds: list[tuple[str, str]] = []
    for seed in range(SCHEDULES):
        if differs := run(seed):
            found[seed] = differs
    for seed in range(0, SCHEDULES, 5):
        given = inputs.drawn(seed // 5)
        assert given.config.rule_book
        for values in outcome.undisturbed(seed // 5, _idle_of_none(given)).alerts:
            data = [orjson.loads(value)["data"] for value in values]
            kinds += [(each["signal"], each["severity"]) for each in data]
    assert found == {}
    assert {("rule", "warning"), ("rule", "critical")} <= set(kinds)


def _idle_of_none(given: inputs.Input) -> outcome.Decided:
    return tuple((lane, ()) for lane in given.lanes)
