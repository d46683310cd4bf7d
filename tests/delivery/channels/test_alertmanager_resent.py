"""What Alertmanager is sent: open alerts again and again, under the severity at their opening."""

from __future__ import annotations

import itertools

from streams.delivery.channels.alertmanager import labels
from tests.delivery.notify.world import World, receiver

A = "000000000000000a"


def test_an_alert_is_sent_again_under_the_same_labels() -> None:
    """Whatever happens to it or to serve: acknowledged, worse, begun anew, over."""
    channel = {"urls": ["http://alertmanager.example:9093"]}
    keys = {"group_by": "alert", "wait": "0s", "interval": "0s"}
    world = World([receiver("am", webhook=None, alertmanager=channel, **keys)])
    world.opened(A)
    world.run(90)
    world.deeds.acknowledged[A] = "wang"
    world.act(A)
    world.run(120)
    world.publish(A, event="updated", revision=2, severity="critical")
    world.run(120)
    world.die()
    world.run(120)
    world.resolved(A, revision=3, severity="critical")
    world.run(3600)
    alerts = [one for _, message in world.sent for one in message.alerts]
    known = [labels(one.envelope.alert, one.first_severity or "none") for one in alerts]
    assert {tuple(one.values()) for one in known} == {tuple(known[0].values())}
    assert known[0]["severity"] == "warning"
    assert alerts[-1].envelope.alert.state == "resolved"
    times = world.times("am")
    while_open = [later - before for before, later in itertools.pairwise(times)]
    assert max(while_open) <= 60.0
    assert times[-1] <= 450.0
