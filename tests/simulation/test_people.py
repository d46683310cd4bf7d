"""What is counted of people and names: whatever crashes or moves, the alerts are the same.

In one form complaints are judged by their reporters, in another messages by their consent and
after opt-outs; both have the signals that look at what names are used together, and a rule.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any
from unittest.mock import patch

import orjson
import pytest

from streams.config.model import Config
from streams.items import Complaint, ConsentWord, Send, Sender
from streams.sources.event_json import encode_event
from tests.events_of import DAY, T0, at, config
from tests.simulation import inputs
from tests.simulation.outcome import undisturbed
from tests.simulation.run import run, small

SCHEDULES = int(os.environ.get("WEATHERVANE_PEOPLE_SCHEDULES", "15"))

CODES = ("10690001", "106900012", "95588", None)
CONSENTS: tuple[ConsentWord | None, ...] = ("explicit", "default", "none", "unknown", None)
SIGNALS = ["new_code", "scope", "sublet", "snowshoe", "consent", "fan_out"]
LEVELS = ["sender", "access_code", "signature", "merchant"]


def _sender(name: str, chance: int) -> Sender:
    return Sender(
        name,
        access_code=CODES[chance % 4],
        signature=("Mall", "Bank", "Shop", None)[chance // 4 % 4],
        merchant=f"m{chance // 16 % 5}",
        category=("retail", None)[chance // 80 % 2],
    )


def _record(
    kind: str, time_s: float, sender: str = "a", *, count: int = 1, event_id: str = "", **_: Any
) -> bytes:
    """An event in place of a plain send: what else it says follows from its id."""
    chance = zlib.crc32(event_id.encode())
    name = event_id or f"{sender}-{time_s}"
    somebody = f"{chance // 7 % 9:016x}"
    said: dict[str, Any] = {
        "v": 1, "event_id": name, "event_time": at(T0 + time_s), "channel": "sms",
        "sender": _sender(sender, chance), "source": "test", "count": count,
    }  # fmt: skip
    if kind == "send":
        consent = CONSENTS[chance // 3 % 5]
        return encode_event(
            Send(**said, recipient_hash=somebody, consent=consent, campaign=f"c{chance % 3}")
        )
    return encode_event(
        Complaint(
            **said,
            kind=("marketing", "optout_ignored")[chance % 2],
            reporter_hash=None if chance % 11 == 0 else somebody,
            occurred_at=at(T0 + time_s - (chance // 5 % 4) * DAY),
            region=("110000", None)[chance // 2 % 2],
        )
    )


@lru_cache(maxsize=12)
def _settings(kind: str, lanes: int, shards: int, most_senders: int, _: object = ()) -> Config:
    """One source, all signals of misuse, and of complaints the rule of two people in three days."""
    complaints = kind == "complaint"
    table: dict[str, Any] = {"kind": kind, "partitions": lanes, "dedupe": True}
    rule = {"need": 2, "warn": 1, "days": 3, "valid_days": 2}
    made = config(
        name="simulation",
        count={
            "levels": LEVELS, "bucket": "1h", "lateness": "45m", "max_ahead": "46h",
            "max_senders": most_senders,
        },
        detect={
            "budget_per_day": 1e6, "exit_after": 1, "shards": shards,
            "misuse": {"signals": SIGNALS, "silence": "1d"},
            **({"rules": ["in-tcccpr-2025"]} if complaints else {}),
        },
        **({"rules": {"in-tcccpr-2025": {"unregistered-sender": rule}}} if complaints else {}),
        sources={"sends": table | ({"count_by": "reporters"} if complaints else {})},
    )  # fmt: skip
    vars(made.detect.misuse)["learn"] = 3600.0  # an input has some hours
    vars(made)["sources"] = {"sends": made.sources["sends"]}
    return made


@pytest.fixture(params=["complaint", "send"])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """What the source has; inputs of plain sends are forgotten before and after."""

    def forget() -> None:
        inputs.drawn.cache_clear()
        undisturbed.cache_clear()

    forget()
    with (
        small(),
        patch.object(inputs, "record", partial(_record, request.param)),
        patch.object(inputs, "settings", partial(_settings, request.param)),
    ):
        yield request.param
    forget()


def test_trouble_changes_nothing_that_is_said_of_people_and_names(kind: str) -> None:
    """Crashes, moves, late and repeated events: the same revisions and state, byte for byte."""
    found = {seed: differs for seed in range(SCHEDULES) if (differs := run(seed))}
    assert found == {}
    signals: set[str] = set()
    for number in range(SCHEDULES // 5):
        nothing = tuple((lane, ()) for lane in inputs.drawn(number).lanes)
        for values in undisturbed(number, nothing).alerts:
            signals |= {orjson.loads(value)["data"]["signal"] for value in values}
    assert {"new_code"} | ({"rule"} if kind == "complaint" else {"sends"}) <= signals
