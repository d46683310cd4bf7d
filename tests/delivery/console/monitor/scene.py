"""A monitor on which much is wrong, with names that an adversary has chosen."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import msgspec
import orjson

from streams.alerts.cloudevent import Entity, encode_alert
from streams.health.status import BrokerState, Consumers, Health, health_of
from tests.alerts.examples import alert
from tests.delivery.access.serving import Served
from tests.health.exposed import CONFIG, NOW_S, endpoints

MARKUP = "<img src=x onerror=alert(1)><b>@all \u202egnp"
LONGEST = MARKUP + "长" * ((256 - len(MARKUP.encode())) // 3)
"""A name of 256 bytes."""

TABLES: dict[str, Any] = {
    "sources": {"sends": {"kind": "send", "group": "live"}},
    "calendar": [
        {"name": MARKUP, "festival": "double_11", "applies_to": ["platform/*"], "factor": 3.0},
        {
            "name": "Spring sale", "applies_to": ["all"], "factor": 2.0,
            "from": dt.date(2026, 3, 1), "to": dt.date(2026, 3, 5),
        },
    ],
    "detect": {"budget_per_day": 2.0},
}  # fmt: skip


def troubled() -> Served:
    """Detect is silent, a gap stands, and senders of hostile names are late and rejected."""
    served = Served(settings=TABLES)
    served.looked_at.health = without_detect()
    payload = base64.b64encode(orjson.dumps({"sender": {"id": LONGEST}})).decode()
    topic = served.config.sources["sends"].topic
    for number in range(3):
        reject = {
            "v": 2, "reason": "time_ahead", "detail": f"event_time must not be {MARKUP}",
            "topic": topic, "partition": 0, "offset": number, "payload": payload,
        }  # fmt: skip
        served.looked_at.rejects.append((b"%d" % number, orjson.dumps(reject)))
    for number, state in enumerate(("open", "resolved", "resolved"), 10):
        served.publish(gap(number, state))
    return served


def without_detect() -> Health:
    """Only count answers; its worst senders have hostile names."""
    ends = [
        msgspec.structs.replace(one, text=None, error="connection refused")
        if one.expected == "detect"
        else one
        for one in endpoints()
    ]
    health = health_of(CONFIG, ends, BrokerState([Consumers("count", 1, 31)]), NOW_S)
    (sends,) = health.sources
    worst = msgspec.structs.replace(
        sends,
        late={"behind": 250, "after_idle": 3},
        late_senders={LONGEST: 200, "1069": 50},
        ahead=7,
        ahead_senders={MARKUP: 7},
        lost={"region": 4},
        lost_because=[f"region must be a text; found {MARKUP}"],
    )
    return msgspec.structs.replace(health, sources=[worst], prevented={MARKUP: 12})


def gap(number: int, state: str) -> bytes:
    """An alert on a source's data."""
    is_open = state == "open"
    one = alert(
        alert_id=f"{number:016x}",
        entity=Entity("source", "sends"),
        signal="source",
        kind="gap",
        state=state,
        event="opened" if is_open else "resolved",
        revision=1 if is_open else 2,
    )
    return encode_alert(one, name="test", time=f"2026-03-02T00:{number:02}:00Z")
