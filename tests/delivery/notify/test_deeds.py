"""What people did, folded as serve folds it: silences that were ended, lapsed acknowledgements."""

from __future__ import annotations

from streams.actions.action import AcknowledgeAlert, EndSilence, MakeSilence
from streams.actions.matcher import Matcher
from streams.actions.state import ActionState
from streams.delivery.notify.deeds import ActionDeeds
from tests.alerts.examples import OPENED
from tests.delivery.notify.world import World, moment, receiver

A = "000000000000000a"
HOUR_S = 3600.0


class _Scene:
    """Receivers that say all at once, one of which is escalated to, and people who act."""

    def __init__(self) -> None:
        quick = {"wait": "0s", "interval": "0s", "repeat": "0s"}
        ops = receiver("ops", escalate_after="30m", escalate_to="lead", **quick)
        self.state, self.number = ActionState(), 0
        self.world = World([ops, receiver("lead", match=[], **quick)])
        self.world.deeds = ActionDeeds(lambda: self.state)  # type: ignore[assignment]
        self.world.start()

    def silence(self, seconds: float) -> str:
        made = MakeSilence(
            v=1, id=self._id(), at=moment(self.world.now_s), by="mei",
            match=Matcher(signal=OPENED.signal), until=moment(self.world.now_s + seconds),
        )  # fmt: skip
        self.state.take(made)
        self.world.act(None)
        return made.id

    def end(self, silence_id: str) -> None:
        at = moment(self.world.now_s)
        self.state.take(EndSilence(v=1, id=self._id(), at=at, by="mei", silence_id=silence_id))
        self.world.act(None)

    def acknowledge(self) -> None:
        at = moment(self.world.now_s)
        done = AcknowledgeAlert(v=1, id=self._id(), at=at, by="mei", alert_id=A, severity="warning")
        self.state.take(done)
        self.world.act(A)

    def _id(self) -> str:
        self.number += 1
        return f"{self.number:032x}"


def test_what_ended_in_a_silence_is_never_told_however_the_silence_ended() -> None:
    """Ended by hand, and serve begins anew."""
    scene = _Scene()
    made = scene.silence(2 * HOUR_S)
    scene.world.opened(A)
    scene.world.run(60)
    scene.world.resolved(A)
    scene.world.settles = False
    scene.world.run(60)
    scene.end(made)
    scene.world.run(60)
    scene.world.die()
    scene.world.run(HOUR_S)
    assert scene.world.said("ops") == []


def test_what_ended_before_a_silence_was_made_is_told() -> None:
    """The receiver was down until then."""
    scene = _Scene()
    scene.world.down.add("ops")
    scene.world.opened(A)
    scene.world.run(60)
    scene.world.resolved(A)
    scene.world.run(600)
    scene.silence(600)
    scene.world.down.clear()
    scene.world.run(HOUR_S)
    assert scene.world.said("ops") == ["resolved a:resolved"]


def test_who_acknowledged_less_has_time_to_answer_when_it_gets_worse() -> None:
    """It was acknowledged as a warning; critical an hour later, it is escalated half an hour on."""
    scene = _Scene()
    scene.world.opened(A)
    scene.world.run(60)
    scene.acknowledge()
    scene.world.run(HOUR_S)
    scene.world.publish(A, event="updated", revision=2, severity="critical")
    scene.world.run(600)
    scene.world.publish(A, event="updated", revision=3, severity="critical")
    scene.world.die()
    scene.world.run(2 * HOUR_S)
    assert scene.world.times("lead") == [60 + HOUR_S + 1800]


def test_a_rise_puts_off_no_escalation_of_what_nobody_acknowledged() -> None:
    """It gets worse when nobody has answered for 20 minutes."""
    scene = _Scene()
    scene.world.opened(A)
    scene.world.run(1200)
    scene.world.publish(A, event="updated", revision=2, severity="critical")
    scene.world.run(HOUR_S)
    assert scene.world.times("lead") == [1800]


def test_after_a_silence_there_is_time_to_answer() -> None:
    """It was told, then silenced for an hour, or until somebody ended that."""
    for by_hand in (False, True):
        scene = _Scene()
        scene.world.opened(A)
        scene.world.run(60)
        made = scene.silence(2 * HOUR_S if by_hand else HOUR_S)
        scene.world.run(HOUR_S)
        if by_hand:
            scene.end(made)
        scene.world.run(600)
        scene.world.die()
        scene.world.run(2 * HOUR_S)
        assert scene.world.times("lead") == [60 + HOUR_S + 1800]
