"""The order of reading is what makes a backup whole that is made while the monitor runs."""

from __future__ import annotations

from streams.backup.backup import topics_in_order
from streams.broker.topics.plan import changelog_topic, topic_plan
from tests.events_of import config


def test_what_refers_is_read_before_what_it_refers_to() -> None:
    """State before the alerts that it has numbered, alerts before counts, counts before events."""
    settings = config(sources={"a": {"kind": "send"}, "b": {"kind": "complaint"}})
    order = topics_in_order(settings)
    kept = [spec.name for spec in topic_plan(settings) if spec.in_backup]
    assert sorted(order) == sorted(kept)
    assert settings.topic("series") not in order
    referring = [changelog_topic(settings), settings.topic("alerts"), settings.topic("counts")]
    places = [order.index(name) for name in referring]
    assert places == sorted(places)
    assert all(order.index(source) > places[-1] for source in ("a", "b"))


def test_anothers_topic_is_not_copied() -> None:
    """It is its owner's, and a restore would have to write to it."""
    foreign = {"kind": "send", "time": "ts", "sender": "src", "topic_format": "source"}
    settings = config(sources={"a": {"kind": "send"}, "mt_log": foreign})
    order = topics_in_order(settings)
    assert "a" in order
    assert "mt_log" not in order
