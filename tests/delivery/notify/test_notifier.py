"""Who is told what, and when: grouping, repeats, quiet hours, escalation, silences."""

from __future__ import annotations

from tests.delivery.notify.world import START_S, World, receiver

A, B, C = "000000000000000a", "000000000000000b", "000000000000000c"
HOUR_S = 3600.0


def test_a_family_waits_and_is_told_together() -> None:
    """A parent and its child are one notification, ten seconds after the first of them."""
    world = World([receiver("ops")])
    world.opened(A)
    world.run(4)
    world.opened(B, parent=A)
    world.opened(C)
    world.run(60)
    assert world.said("ops") == ["new a:open b:open", "new c:open"]
    assert world.times("ops") == [10.0, 14.0]


def test_later_news_of_a_group_wait_for_its_interval() -> None:
    """A child that comes later is told when the interval has passed, and so is the end."""
    world = World([receiver("ops", interval="5m")])
    world.opened(A)
    world.run(60)
    world.opened(B, parent=A)
    world.run(600)
    world.resolved(A)
    world.run(1)
    world.resolved(B, parent=A)
    world.run(600)
    assert world.said("ops") == [
        "new a:open",
        "new b:open",
        "resolved a:resolved",
        "resolved b:resolved",
    ]
    assert world.times("ops") == [10.0, 310.0, 660.0, 960.0]


def test_without_waits_each_alert_is_told_at_once() -> None:
    """An alert's own group, and no waits."""
    world = World([receiver("ops", group_by="alert", wait="0s", interval="0s")])
    world.opened(A)
    world.opened(B, parent=A)
    world.run(0)
    assert world.said("ops") == ["new a:open", "new b:open"]
    assert world.times("ops") == [0.0, 0.0]


def test_an_update_alone_is_no_news_and_a_higher_severity_is() -> None:
    """People are told again where it has become worse."""
    world = World([receiver("ops", interval="1m")])
    world.opened(A)
    world.run(20)
    world.publish(A, event="updated", revision=2, observed=100)
    world.run(HOUR_S)
    world.publish(A, event="updated", revision=3, severity="critical")
    world.run(60)
    assert world.said("ops") == ["new a:open", "changed a:open"]


def test_what_is_open_is_repeated_until_somebody_acknowledges() -> None:
    """Each four hours; an acknowledgement ends it, and does not hide the end."""
    world = World([receiver("ops")])
    world.opened(A)
    world.run(9 * HOUR_S)
    world.deeds.acknowledged[A] = "mei"
    world.act(A)
    world.run(24 * HOUR_S)
    world.resolved(A)
    world.run(HOUR_S)
    assert world.said("ops") == [
        "new a:open",
        "repeat a:open",
        "repeat a:open",
        "resolved a:resolved",
    ]


def test_no_repeat_and_no_end_where_none_is_wanted() -> None:
    """``repeat = "0s"`` and ``resolved = false``; a refuted early alert is taken back even so."""
    world = World([receiver("ops", repeat="0s", resolved=False)])
    world.opened(A)
    world.publish(B, event="early", state="early", revision=0, feed_no=None)
    world.run(24 * HOUR_S)
    world.resolved(A)
    world.publish(B, event="retracted", state="retracted", revision=0, feed_no=None)
    world.run(HOUR_S)
    assert world.said("ops") == ["new a:open", "new b:early", "resolved b:retracted"]


def test_an_early_alert_that_is_confirmed_is_told_once() -> None:
    """Its first revision is no news; refuted before anybody was told, it never was."""
    world = World([receiver("ops")])
    world.publish(A, event="early", state="early", revision=0, feed_no=None)
    world.run(60)
    world.opened(A)
    world.publish(B, event="early", state="early", revision=0, feed_no=None)
    world.run(1)
    world.publish(B, event="retracted", state="retracted", revision=0, feed_no=None)
    world.run(HOUR_S)
    assert world.said("ops") == ["new a:early"]


def test_what_ends_before_the_wait_is_told_once() -> None:
    """Nothing that was worth an alert is kept from people."""
    world = World([receiver("ops", wait="1m", resolved=False)])
    world.opened(A)
    world.run(30)
    world.resolved(A)
    world.run(HOUR_S)
    assert world.said("ops") == ["resolved a:resolved"]


def test_at_night_warnings_wait_and_critical_ones_do_not() -> None:
    """The start is midnight: warnings come at eight, and a critical one takes them along."""
    quiet = {"from": "22:00", "to": "08:00"}
    world = World([receiver("ops", quiet=quiet, group_by="alert")])
    world.opened(A)
    world.opened(B, severity="critical")
    world.run(12 * HOUR_S)
    assert world.said("ops")[:2] == ["new b:open", "repeat b:open"]
    assert world.times("ops")[0] == 10.0
    assert ("new a:open", 8 * HOUR_S) in list(
        zip(world.said("ops"), world.times("ops"), strict=True)
    )


def test_a_silence_hides_and_its_end_tells() -> None:
    """Silenced and still open at the end of the silence: told then; over before: never."""
    world = World([receiver("ops")])
    world.deeds.silences.append(("106900012345", START_S, START_S + HOUR_S))
    world.act(None)
    world.opened(A)
    world.opened(B)
    world.run(600)
    world.resolved(B)
    world.run(HOUR_S)
    assert world.said("ops") == ["new a:open"]
    assert world.times("ops") == [HOUR_S + 10.0]


def test_a_silence_that_is_ended_early_hides_no_longer() -> None:
    """Its end is looked at when it comes."""
    world = World([receiver("ops")])
    world.deeds.silences.append(("106900012345", START_S, START_S + 9 * HOUR_S))
    world.opened(A)
    world.run(HOUR_S)
    assert world.said("ops") == []
    world.deeds.silences.clear()
    world.act(None)
    world.run(60)
    assert world.said("ops") == ["new a:open"]


def test_a_silence_hides_repeats_and_not_the_end_of_what_was_told() -> None:
    """Who was told that it began is told that it is over."""
    world = World([receiver("ops", repeat="1h")])
    world.opened(A)
    world.run(60)
    world.deeds.silences.append(("106900012345", world.now_s, world.now_s + 99 * HOUR_S))
    world.act(None)
    world.run(10 * HOUR_S)
    world.resolved(A)
    world.run(HOUR_S)
    assert world.said("ops") == ["new a:open", "resolved a:resolved"]


def test_the_first_match_takes_an_alert_unless_it_says_continue() -> None:
    """In the file's order; an empty list matches nothing."""
    world = World(
        [
            receiver("log", match={"signal": "complaints"}, **{"continue": True}),
            receiver("shop", match=[{"id": "1069*", "severity": "critical"}, {"id": "1070"}]),
            receiver("boss", match=[], monitor=True),
            receiver("rest"),
        ]
    )
    world.opened(A)
    world.opened(B, severity="critical")
    world.run(60)
    assert world.said("log") == ["new a:open", "new b:open"]
    assert world.said("shop") == ["new b:open"]
    assert world.said("rest") == ["new a:open"]
    assert world.said("boss") == []


def test_who_was_told_hears_of_the_end_whatever_the_route_says_now() -> None:
    """An alert that becomes critical goes to another receiver too, and ends for both."""
    world = World([receiver("pager", match={"severity": "critical"}), receiver("rest")])
    world.opened(A)
    world.run(60)
    world.publish(A, event="updated", revision=2, severity="critical")
    world.run(600)
    world.resolved(A, revision=3, severity="critical")
    world.run(600)
    assert world.said("pager") == ["new a:open", "resolved a:resolved"]
    assert world.said("rest") == ["new a:open", "changed a:open", "resolved a:resolved"]


def test_what_nobody_acknowledges_is_escalated() -> None:
    """From when it was due, through two receivers; the acknowledged one is not."""
    world = World(
        [
            receiver(
                "ops", group_by="alert", escalate_after="15m", escalate_to="lead", repeat="0s"
            ),
            receiver("lead", match=[], escalate_after="15m", escalate_to="boss", wait="0s"),
            receiver("boss", match=[], wait="0s"),
        ]
    )
    world.opened(A)
    world.opened(B)
    world.run(60)
    world.deeds.acknowledged[B] = "mei"
    world.act(B)
    world.run(HOUR_S)
    assert world.said("lead") == ["escalated a:open"]
    assert world.times("lead") == [910.0]
    assert world.said("boss") == ["escalated a:open"]
    assert world.times("boss") == [1810.0]
    world.resolved(A)
    world.resolved(B)
    world.run(HOUR_S)
    assert world.said("boss") == ["escalated a:open", "resolved a:resolved"]


def test_a_receiver_that_is_down_is_escalated_too() -> None:
    """The time counts from when it should have been told."""
    world = World(
        [
            receiver("ops", escalate_after="15m", escalate_to="lead"),
            receiver("lead", match=[], wait="0s"),
        ]
    )
    world.down.add("ops")
    world.opened(A)
    world.run(HOUR_S)
    assert world.said("ops") == []
    assert world.times("lead") == [910.0]


def test_an_acknowledgement_taken_back_escalates_after_all() -> None:
    """Nobody takes care of it any more."""
    world = World(
        [
            receiver("ops", escalate_after="15m", escalate_to="lead"),
            receiver("lead", match=[], wait="0s"),
        ]
    )
    world.opened(A)
    world.deeds.acknowledged[A] = "mei"
    world.act(A)
    world.run(HOUR_S)
    assert world.said("lead") == []
    del world.deeds.acknowledged[A]
    world.act(A)
    world.run(1)
    assert world.said("lead") == ["escalated a:open"]


def test_a_new_receiver_begins_with_what_is_open() -> None:
    """What was over before it began is not told, and what it began with is, once."""
    world = World([receiver("ops")])
    world.opened(A)
    world.opened(B)
    world.run(60)
    world.resolved(B)
    world.run(600)
    world.sent.clear()
    world._receivers = [receiver("ops"), receiver("new", match={"id": "*"})]
    world._receivers.reverse()
    world.die()
    world.run(60)
    assert world.said("new") == ["new a:open"]
    assert world.said("ops") == []


def test_what_was_sent_and_not_recorded_is_sent_again_once() -> None:
    """A crash between the two repeats one notification, with the same digest."""
    world = World([receiver("ops")])
    world.opened(A)
    deaths = iter([True])
    world.dies_after_sending = lambda: next(deaths, False)
    world.run(60)
    assert world.said("ops") == ["new a:open", "new a:open"]
    assert len({one.digest for _, one in world.sent}) == 1


def test_what_is_settled_is_not_told_where_its_records_are_gone() -> None:
    """Old records are left out at a start: what is open is told once more, what is over is not."""
    world = World([receiver("ops")])
    world.opened(A)
    world.opened(B)
    world.run(60)
    world.resolved(B)
    world.run(1200)
    world.opened(C)
    world.run(1200)
    world.sent.clear()
    world.records = [line for line in world.records if b"settled" in line][-1:]
    world.die()
    world.run(60)
    assert world.said("ops") == ["new a:open", "new c:open"]


def test_what_everybody_was_told_takes_no_memory() -> None:
    """Alerts that are over are forgotten, and published again they are nothing new."""
    world = World([receiver("ops"), receiver("also", **{"continue": True})])
    for number in range(200):
        world.opened(f"{number:016x}")
        world.run(20)
        world.resolved(f"{number:016x}")
        world.run(400)
    assert len(world.notifier.alerts) == 0
    before = len(world.sent)
    for published_s, value in list(world.published):
        world._take(published_s, value)
    world.run(HOUR_S)
    assert len(world.sent) == before
    assert len(world.notifier.alerts) == 0


def test_the_said_ends_of_alerts_that_are_gone_take_no_memory() -> None:
    """The topic of alerts is shorter than that of notifications; what is open is remembered."""
    world = World([receiver("ops", group_by="alert")])
    world.opened(A)
    world.opened(B)
    world.run(60)
    world.resolved(B)
    world.run(600)
    world.published.clear()
    world.die()
    assert list(world.notifier._boxes["ops"]._said_of_unknown) == [A]
