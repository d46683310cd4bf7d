"""What stands is said again, all of it: to people each `repeat`, to Alertmanager each minute."""

from __future__ import annotations

from typing import Any

from tests.delivery.notify.world import World, receiver

A, B = "000000000000000a", "000000000000000b"
HOUR_S = 3600.0
ENTITY = "106900012345"


def _alertmanager(**keys: Any) -> World:
    channel = {"urls": ["http://alertmanager.example:9093"]}
    usual = {"webhook": None, "alertmanager": channel, "wait": "0s", "interval": "0s"}
    return World([receiver("am", **usual, **keys)])


def _large_family(world: World, size: int) -> set[str]:
    ids = [f"{number + 1:016x}" for number in range(size)]
    world.opened(ids[0])
    for one in ids[1:]:
        world.opened(one, parent=ids[0])
    return set(ids)


def _ids(world: World, since: int) -> list[str]:
    return [one.envelope.alert.alert_id for _, sent in world.sent[since:] for one in sent.alerts]


def test_a_family_larger_than_a_notification_is_repeated_to_its_end() -> None:
    """Each of 700 once in each four hours."""
    world = World([receiver("ops", interval="0s")])
    family = _large_family(world, 700)
    world.run(60)
    before = len(world.sent)
    world.run(4 * HOUR_S)
    assert sorted(_ids(world, before)) == sorted(family)
    world.run(4 * HOUR_S)
    assert sorted(_ids(world, before)) == sorted([*family, *family])


def test_a_family_larger_than_a_notification_is_sent_again_to_alertmanager() -> None:
    """All of it, every minute."""
    world = _alertmanager()
    family = _large_family(world, 700)
    world.run(1)
    before = len(world.sent)
    world.run(60)
    assert sorted(_ids(world, before)) == sorted(family)


def test_children_that_come_do_not_put_off_the_repeat_of_what_stands() -> None:
    """One an hour: the parent is told again after four hours, and with it who came long ago."""
    world = World([receiver("ops")])
    world.opened(A)
    for number in range(6):
        world.run(HOUR_S)
        world.opened(f"{number + 1:016x}", parent=A)
    world.run(60)
    repeats = [one.alerts for _, one in world.sent if one.reason == "repeat"]
    last_digits = [[one.envelope.alert.alert_id[-1] for one in alerts] for alerts in repeats]
    assert last_digits == [["a", "1", "2"]]
    world.run(12 * HOUR_S)
    assert sum(one.reason == "repeat" for _, one in world.sent) <= 5


def test_a_silence_ends_what_is_sent_again_and_its_end_begins_it() -> None:
    """Alertmanager is told nothing of it meanwhile, so that it takes it for over."""
    world = _alertmanager()
    world.opened(A)
    world.run(90)
    world.deeds.silences.append((ENTITY, world.now_s, world.now_s + HOUR_S))
    world.act(None)
    before = len(world.sent)
    world.run(HOUR_S - 1)
    assert len(world.sent) == before
    world.run(120)
    assert len(world.sent) > before


def test_updates_are_no_reason_to_send_again_sooner() -> None:
    """Once a minute, however often it changes."""
    world = _alertmanager()
    world.opened(A)
    for number in range(120):
        world.run(5)
        world.publish(A, event="updated", revision=number + 2)
    assert len(world.sent) <= 12
    latest = [one.envelope.alert.revision for _, sent in world.sent for one in sent.alerts]
    assert latest[-1] > 100


def test_a_repeat_that_people_have_taken_over_hinders_no_other() -> None:
    """The older of two is acknowledged, and comes back when the acknowledgement is taken back."""
    world = World([receiver("ops", interval="0s")])
    world.opened(A)
    world.run(HOUR_S)
    world.opened(B, parent=A)
    world.deeds.acknowledged[A] = "mei"
    world.act(A)
    world.run(4 * HOUR_S)
    assert world.said("ops")[2:] == ["repeat b:open"]
    assert world.times("ops")[2] == 5 * HOUR_S
    del world.deeds.acknowledged[A]
    world.act(A)
    world.run(1)
    assert world.said("ops")[3:] == ["repeat a:open"]
