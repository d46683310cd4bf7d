"""Which alerts a filter lets pass, by what they are and by what people have done."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from streams.actions.action import action_of
from streams.actions.state import ActionState
from streams.alerts.cloudevent import Entity, decode_event
from streams.delivery.api.board import Board
from streams.delivery.api.board_filter import BoardFilter, find
from tests.alerts.examples import raw
from tests.delivery.access.serving import Served

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
SHOP = {"platform": ["Shop"], "signature": ["【甲】"], "category": ["ads"]}


def board() -> Board:
    """A sender of a shop, the shop, an early alert, and one that is over."""
    found = Board(10)
    for text in (
        raw(alert_id="a" * 16, entity=Entity("sender", "1069"), belongs_to=SHOP, looks_like="1O69"),
        raw(alert_id="b" * 16, entity=Entity("platform", "shop"), severity="critical"),
        raw(
            alert_id="c" * 16,
            entity=Entity("sender", "2"),
            state="early",
            event="early",
            revision=0,
        ),
        raw(alert_id="d" * 16, entity=Entity("sender", "1069"), state="resolved", event="resolved"),
    ):
        found.take(decode_event(text), text, 0.0)
    return found


def people() -> ActionState:
    """Wang has acknowledged a, b is Li's, d was false, and c is silenced by its id."""
    state = ActionState()
    done: list[dict[str, Any]] = [
        {"type": "acknowledge", "alert_id": "a" * 16, "severity": "warning", "by": "wang"},
        {"type": "assign", "alert_id": "b" * 16, "to": "Li", "by": "wang"},
        {"type": "label", "alert_id": "d" * 16, "verdict": "false", "by": "wang"},
        {"type": "silence", "match": {"id": "2"}, "until": "2026-03-03T00:00:00Z", "by": "wu"},
    ]
    for number, fields in enumerate(done):
        at = "2026-03-01T00:00:00Z"
        state.take(action_of({"v": 1, "id": f"{number:032x}", "at": at, **fields}))
    return state


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, "abcd"), ({"state": "in_progress"}, "abc"), ({"state": "open"}, "ab"),
        ({"state": "early"}, "c"), ({"state": "resolved"}, "d"), ({"severity": "critical"}, "b"),
        ({"signal": "sends"}, ""), ({"entity": "sender/1069"}, "ad"), ({"level": "sender"}, "acd"),
        ({"platform": "SHOP"}, "ab"), ({"signature": "【甲】"}, "a"), ({"category": "ads"}, "a"),
        ({"category": "shop"}, ""), ({"owner": "wang"}, "a"), ({"owner": "Li"}, "b"),
        ({"owner": "li"}, ""), ({"owner": "-"}, "cd"), ({"acknowledged": True}, "a"),
        ({"acknowledged": False, "state": "in_progress"}, "bc"), ({"hidden": True}, "c"),
        ({"hidden": False}, "abd"), ({"label": "false"}, "d"), ({"label": "none"}, "abc"),
        ({"text": "69"}, "ad"), ({"text": "1o6"}, "a"), ({"text": "SHOP"}, "ab"),
        ({"text": "甲"}, "a"), ({"text": "WAN"}, "a"), ({"text": "l"}, "b"),
        ({"text": "CCCC"}, "c"),
        ({"text": "platform"}, ""), ({"state": "open", "owner": "-"}, ""),
        ({"entity": "sender/1069", "acknowledged": True}, "a"),
    ],
)  # fmt: skip
def test_it_lets_those_pass_that_are_asked_for(wanted: dict[str, Any], ids: str) -> None:
    """Each filter by itself, and some together."""
    found = find(board(), BoardFilter(**wanted), people(), NOW)
    assert "".join(sorted(row.alert_id[0] for row in found)) == ids


def test_a_silence_that_has_ended_hides_nothing() -> None:
    """The clock decides."""
    later = NOW + dt.timedelta(days=2)
    assert list(find(board(), BoardFilter(hidden=True), people(), later)) == []


@pytest.mark.parametrize(
    ("asked", "status", "count"),
    [
        ("", 200, 2), ("?state=in_progress&owner=-", 200, 2), ("?acknowledged=true", 200, 0),
        ("?text=106900012345&level=sender", 200, 2), ("?hidden=true", 200, 0),
        ("?label=none&platform=x", 200, 0), ("?label=maybe", 422, None), ("?hidden=2", 422, None),
        (f"?text={'x' * 257}", 422, None),
    ],
)  # fmt: skip
def test_the_api_has_each_filter(asked: str, status: int, count: int | None) -> None:
    """By the same words."""
    served = Served()
    served.board.take(decode_event(raw()), raw(), 0.0)
    answer = served.ask("GET", f"/api/v1/alerts{asked}")
    assert answer.status_code == status
    assert count is None or len(answer.json()["alerts"]) == count
