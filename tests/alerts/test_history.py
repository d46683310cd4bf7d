"""An alert's life, summed up from its revisions."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from streams.alerts.cloudevent import Entity, Envelope, decode_event, encode_alert
from streams.alerts.history import epoch_s, lives
from tests.alerts.examples import alert


def day(number: int) -> str:
    """Midnight of a day of February 2020, in Shanghai."""
    return f"2020-02-{number:02d}T00:00:00+08:00"


def published(time: str, **changes: Any) -> Envelope:
    """A revision as read."""
    return decode_event(encode_alert(alert(**changes), name="test", time=time))


EARLY = published(day(4), event="early", state="early", revision=0, feed_no=None)
OPENED = published(day(4), onset=day(1), first_bucket=day(3), last_bucket=day(3))
UPDATED = published(
    day(6), event="updated", revision=2, onset=day(1), first_bucket=day(3), last_bucket=day(5),
    severity="critical", observed=90, summary="Worse.", parent="b" * 16,
)  # fmt: skip
RESOLVED = published(
    day(9), event="resolved", state="resolved", revision=3, onset=day(1), first_bucket=day(3),
    last_bucket=day(5), observed=99, reason="level_shift", parent="b" * 16,
)  # fmt: skip


def test_a_life_is_the_same_whatever_the_order_and_the_repeats() -> None:
    """Times, the highest severity, the last figures and the first words, of an alert."""
    for order in permutations((EARLY, OPENED, UPDATED, RESOLVED)):
        (life,) = lives([*order, OPENED, UPDATED])
        assert (life.onset_s, life.first_s) == (epoch_s(day(1)), epoch_s(day(3)))
        assert (life.opened_s, life.last_s) == (epoch_s(day(4)), epoch_s(day(6)))
        assert (life.state, life.ended_s) == ("resolved", epoch_s(day(9)))
        assert (life.severity, life.revision, life.observed) == ("critical", 3, 99)
        assert (life.reason, life.parent) == ("level_shift", "b" * 16)
        assert life.summary == OPENED.alert.summary


def test_an_open_alert_has_not_ended() -> None:
    """What is still open has no end."""
    (life,) = lives([OPENED, UPDATED])
    assert (life.state, life.ended_s, life.last_s) == ("open", None, epoch_s(day(6)))


def test_what_was_only_provisional_is_no_life() -> None:
    """An early alert that the close refuted never was an alert."""
    refuted = published(day(4), event="retracted", state="retracted", revision=0, feed_no=None)
    assert lives([EARLY, refuted]) == []


def test_an_opening_that_the_topic_dropped_is_dated_by_its_bucket() -> None:
    """Of an alert older than the topic's retention, the rest still tells when it opened."""
    (life,) = lives([RESOLVED])
    assert life.opened_s == epoch_s(day(4))


def test_lives_are_in_order_of_opening_and_groups_are_apart() -> None:
    """Two groups may have an alert of one id: they stay two."""
    later = published(day(7), first_bucket=day(6), last_bucket=day(6), group="other")
    source = published(
        day(5), alert_id="c" * 16, entity=Entity("source", "ftc"), signal="source", kind="gap"
    )
    found = lives([later, source, OPENED])
    assert [life.opened_s for life in found] == [epoch_s(day(n)) for n in (4, 5, 7)]
    assert [(life.level, life.kind) for life in found[1:2]] == [("source", "gap")]
    assert found[0].alert_id == found[2].alert_id


def test_a_day_that_the_clock_shortens_ends_when_it_ends() -> None:
    """The last bucket of 23 hours ends at midnight, not an hour into the next day."""
    start, end = "2021-03-28T00:00:00+01:00", "2021-03-29T00:00:00+02:00"
    (life,) = lives([published(end, first_bucket=start, last_bucket=start)])
    assert life.last_s - life.first_s == 23 * 3600
