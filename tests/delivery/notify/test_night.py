"""In quiet hours warnings wait, and what is critical waits for nothing, whatever is held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.cloudevent import Entity
from tests.delivery.notify.world import START_S, World, receiver

A, B, C = "000000000000000a", "000000000000000b", "000000000000000c"
HOUR_S = 3600.0
ENTITY = "106900012345"


def _night(**keys: Any) -> World:
    """A world at 23:00, with nothing told."""
    quiet = {"from": "22:00", "to": "08:00"}
    usual = {"quiet": quiet, "repeat": "0s", "interval": "0s"}
    escalates = {"escalate_after": "30m", "escalate_to": "lead"}
    world = World(
        [
            receiver("ops", **{**usual, **escalates, **keys}),
            receiver("lead", match=[], wait="0s", **usual),
        ]
    )
    world.run(23 * HOUR_S)
    return world


def _rises(world: World) -> None:
    world.publish(A, event="updated", revision=2, severity="critical")


def _has_a_child(world: World) -> None:
    world.opened(B, parent=A, severity="critical")


def _comes_out_of_a_silence(world: World) -> None:
    entity = Entity("signature", "Mall")
    world.deeds.silences.append(("Mall", START_S, world.now_s + 60.0))
    world.opened(B, parent=A, severity="critical", entity=entity)


@pytest.mark.parametrize("comes", [_rises, _has_a_child, _comes_out_of_a_silence])
def test_what_becomes_critical_beside_held_news_is_told_at_night(
    comes: Callable[[World], None],
) -> None:
    """A warning is held at 23:00; at 23:10 it is critical, and is escalated half an hour later."""
    world = _night()
    world.opened(A)
    world.run(600)
    comes(world)
    world.run(9 * HOUR_S)
    (told_s,) = world.times("ops")
    assert 600 <= told_s - 23 * HOUR_S <= 680
    assert world.times("lead")[0] == told_s + 1800


def test_an_escalation_of_what_is_critical_wakes_the_receiver_that_holds_a_warning() -> None:
    """Held at the one who is escalated to: an older warning of the family."""
    world = _night(quiet=None)
    world.opened(A)
    world.run(HOUR_S)
    assert world.times("lead") == []
    world.opened(B, parent=A, severity="critical")
    world.run(9 * HOUR_S)
    assert world.times("lead")[0] == 24 * HOUR_S + 1800


def test_held_news_keep_no_critical_repeat_from_people() -> None:
    """Told at 21:00 as critical, repeated at 01:00; a warning of 23:00 waits."""
    world = World(
        [receiver("ops", quiet={"from": "22:00", "to": "08:00"}, interval="0s", repeat="4h")]
    )
    world.run(21 * HOUR_S)
    world.opened(A, severity="critical")
    world.run(2 * HOUR_S)
    world.opened(B, parent=A)
    world.run(3 * HOUR_S)
    assert world.said("ops")[0] == "new a:open"
    assert world.said("ops")[1].startswith("repeat a:open")
    assert world.times("ops")[1] == 25 * HOUR_S + 10


def test_a_held_repeat_keeps_no_critical_news() -> None:
    """A warning of 21:00 would be repeated at 01:00; at 01:10 it is critical."""
    world = World([receiver("ops", quiet={"from": "22:00", "to": "08:00"}, interval="0s")])
    world.run(21 * HOUR_S)
    world.opened(A)
    world.run(4 * HOUR_S + 600)
    _rises(world)
    world.run(HOUR_S)
    assert world.said("ops") == ["new a:open", "changed a:open"]


def test_a_critical_alert_is_not_held_by_more_warnings_than_one_notification_takes() -> None:
    """The 600th of a family is critical."""
    world = _night(wait="1m")
    world.opened(A)
    for number in range(600):
        severity = "warning" if number < 599 else "critical"
        world.opened(f"{number + 16:016x}", parent=A, severity=severity)
    world.run(600)
    assert world.times("ops") != []
    first = [one.envelope.alert.severity for one in world.sent[0][1].alerts]
    assert "critical" in first


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["open", "rise", "resolve", "silence", "acknowledge", "wait", "die"]),
            st.sampled_from([A, B, C]),
            st.integers(1, 90),
        ),
        max_size=25,
    )
)
def test_whatever_happens_a_critical_alert_waits_for_no_morning(
    steps: list[tuple[str, str, int]],
) -> None:
    """Open, critical and not hidden: within a minute it has been told as critical."""
    world = _night(repeat="1h")
    revisions: dict[str, int] = {}
    severities: dict[str, str] = {}
    closed: set[str] = set()
    for what, alert_id, minutes in steps:
        parent = {} if alert_id == A else {"parent": A}
        if what == "die":
            world.die()
        elif what == "silence":
            world.deeds.silences.append((ENTITY, world.now_s, world.now_s + 60.0 * minutes))
            world.act(None)
        elif alert_id in closed:
            pass
        elif what == "open" and alert_id not in revisions:
            revisions[alert_id], severities[alert_id] = 1, "warning"
            world.opened(alert_id, **parent)
        elif what == "rise" and revisions.get(alert_id):
            revisions[alert_id] += 1
            severities[alert_id] = "critical"
            changes = {"revision": revisions[alert_id], "severity": "critical", **parent}
            world.publish(alert_id, event="updated", **changes)
        elif what == "resolve" and revisions.get(alert_id):
            closed.add(alert_id)
            changes = {"severity": severities[alert_id], **parent}
            world.resolved(alert_id, revision=revisions[alert_id] + 1, **changes)
        elif what == "acknowledge":
            world.deeds.acknowledged[alert_id] = "mei"
            world.act(alert_id)
        world.run(60.0 * minutes if what == "wait" else 60.0)
        hidden = any(since <= world.now_s < until + 60 for _, since, until in world.deeds.silences)
        warned = {
            one.envelope.alert.alert_id
            for _, sent in world.sent
            if sent.receiver == "ops"
            for one in sent.alerts
            if one.envelope.alert.severity == "critical"
        }
        owed = {one for one in severities if severities[one] == "critical"} - closed
        assert hidden or owed <= warned
