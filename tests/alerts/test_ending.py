"""The end of feeds: each has a last item, nothing stays open, and a repeat adds nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.cloudevent import Entity, Successor, decode_event
from streams.alerts.ending import FeedEnds
from tests.alerts.examples import raw

NEXT = [Successor("1h", 0, 2), Successor("1h", 1, 2)]
OPEN = ("sender", "a", "complaints", None)


def _of(name: str, feed_no: int | None, **changes: Any) -> bytes:
    found = {"group": "1m", "alert_id": f"{name:0>16}", "entity": Entity("sender", name)}
    return raw(**{**found, "feed_no": feed_no, **changes})


def _early(name: str, **changes: Any) -> bytes:
    return _of(name, None, **{"event": "early", "state": "early", "revision": 0, **changes})


def _resolved(name: str, feed_no: int) -> bytes:
    return _of(name, feed_no, event="resolved", state="resolved", revision=2)


def _ends(*records: bytes) -> FeedEnds:
    ends = FeedEnds()
    for record in records:
        ends.take(0, record)
    return ends


TOPIC = [_of("a", 1), _of("b", 2), _early("c"), _early("d"), _resolved("b", 3), _of("d", 4)]


def test_what_is_open_moves_and_the_last_item_names_the_next_feeds() -> None:
    """What is resolved stays so; what is early and undecided is retracted, without a number."""
    ends = _ends(*TOPIC)
    assert ends.next_epoch == 2
    assert ends.moved_to(2)[OPEN] == f"{'a':0>16}"
    shown = [one.alert for _, one in ends.endings(NEXT, {OPEN: "f" * 16})]
    assert [(a.event, a.entity.id, a.revision, a.feed_no, a.moved_to) for a in shown] == [
        ("retracted", "c", 0, None, None),
        ("resolved", "a", 2, 5, "f" * 16),
        ("resolved", "d", 2, 6, None),
        ("ended", "1m/0", 1, 7, None),
    ]
    assert {alert.reason for alert in shown[1:]} == {"moved"}
    assert "its next feed goes on with this alert" in shown[1].summary
    assert "no other goes on with this alert" in shown[2].summary
    assert shown[-1].successors == NEXT
    assert shown[-1].summary == "Feed 1m/0 ends here; epoch 2 goes on in 1h/0, 1h/1."


def test_the_last_item_is_an_event_of_its_own_type() -> None:
    """It is read as it was written."""
    *_, (_, last) = _ends(*TOPIC).endings(NEXT, {})
    assert b'"type":"weathervane.feed.ended"' in last.value
    assert decode_event(last.value).alert == last.alert


@given(st.integers(0, 4))
def test_wherever_it_broke_off_only_what_is_missing_is_added(written: int) -> None:
    """A crash after any record: the next attempt ends with the same topic."""
    whole = [one.value for _, one in _ends(*TOPIC).endings(NEXT, {})]
    again = _ends(*TOPIC, *whole[:written])
    assert again.next_epoch == 2
    assert [one.value for _, one in again.endings(NEXT, {})] == whole[written:]
    assert again.moved_to(2) == _ends(*TOPIC).moved_to(2)


@given(st.integers(0, 2))
def test_what_the_next_epoch_has_opened_stays_where_its_beginning_broke_off(written: int) -> None:
    """The old alerts are still known by what they were about, and nothing of the new one ends."""
    whole = [one.value for _, one in _ends(*TOPIC).endings(NEXT, {})]
    begun = [_of(name, n, epoch=2, alert_id=f"{n:e>16}") for n, name in enumerate("ad", start=1)]
    again = _ends(*TOPIC, *whole, *begun[:written])
    assert again.moved_to(2) == _ends(*TOPIC).moved_to(2)
    assert list(again.endings(NEXT, {})) == []


def test_only_the_epoch_before_moves() -> None:
    """What moved into an epoch that has gone on since is not found a second time."""
    whole = [one.value for _, one in _ends(*TOPIC).endings(NEXT, {})]
    lived = [_of("z", 1, epoch=2, group="1h", alert_id="e" * 16)]
    assert set(_ends(*TOPIC, *whole, *lived).moved_to(3)) == {("sender", "z", "complaints", None)}


def test_the_feeds_of_a_new_epoch_end_with_it_and_the_old_ones_do_not_end_twice() -> None:
    """Epochs count on, whatever each held; an ended epoch is followed by the one that it names."""
    whole = [one.value for _, one in _ends(*TOPIC).endings(NEXT, {})]
    assert _ends(*TOPIC, *whole).next_epoch == 2
    later = _ends(*TOPIC, *whole, _of("a", 1, epoch=2, alert_id="e" * 16))
    assert later.next_epoch == 3
    shown = [one.alert for _, one in later.endings([Successor("1m", 0, 3)], {})]
    assert [(a.event, a.epoch, a.feed_no) for a in shown] == [("resolved", 2, 2), ("ended", 2, 3)]
    assert FeedEnds().next_epoch == 1
    assert _ends(b"no alert").next_epoch == 1


def test_each_shard_has_its_end() -> None:
    """Two shards of a group: two last items with ids of their own."""
    ends = FeedEnds()
    ends.take(0, _of("a", 1))
    ends.take(1, _of("b", 1))
    shown = [(shard, one.alert) for shard, one in ends.endings(NEXT, {})]
    assert [(s, a.event, a.entity.id) for s, a in shown if a.event == "ended"] == [
        (0, "ended", "1m/0"),
        (1, "ended", "1m/1"),
    ]
    assert len({alert.alert_id for _, alert in shown}) == 4
