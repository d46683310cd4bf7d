"""What is expected of an open bucket, and which count would raise an alert, before it closes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from streams.config.load import parse_config
from streams.detection.close import Group
from streams.detection.context.bucket import Inspect
from streams.detection.shard import Shard
from streams.items import Counts
from tests.detection.counts_of import bucket
from tests.detection.judges.crowd import close_days, drawn_days, new_shard
from tests.detection.series.minutes import BURST, CONFIG, MINUTES, records


def _shard(minutes: int) -> tuple[Shard, Group, list[Counts]]:
    """A shard after some minutes, and what comes."""
    shard = Shard(0, parse_config(CONFIG))
    every = list(records())
    for offset, record in enumerate(every[: 2 * minutes]):
        list(shard.turns(offset, record, None))
    (group,) = shard.groups.values()
    return shard, group, every[2 * minutes :]


def _open(record: Counts) -> Counts:
    """The same totals, of a bucket that goes on."""
    return replace(record, watermark=None)


@pytest.mark.parametrize("entity", ["s1", "s3"])
def test_it_says_what_the_close_will_say(entity: str) -> None:
    """Count, and the count that would be enough, by the last closed state."""
    shard, group, (sends, complaints, *_) = _shard(90)
    before = group.outlooks.signals_of("sender", entity)["sends"]
    assert (before.start, before.count, before.alert_id) == (bucket(90), 0.0, None)
    assert before.alarms_at is not None
    list(shard.turns(1000, _open(sends), None))
    asked = group.outlooks.signals_of("sender", entity)["sends"]
    assert asked.count > 100
    assert asked.alarms_at == before.alarms_at
    shard.inspect(Inspect({"sender": [entity]}))
    closed = [
        row.entity
        for offset, record in enumerate((sends, complaints), 1001)
        for result in shard.close(offset, record)
        for row in result.watched
        if row.signal == "sends"
    ]
    assert [figures.count for figures in closed] == [asked.count]
    assert closed[0].expected == pytest.approx(asked.expected, rel=0.1)  # but for the factor
    assert closed[0].alarms_at == pytest.approx(asked.alarms_at, rel=0.1)


def test_while_an_alert_is_open_no_count_raises_one() -> None:
    """It names the alert."""
    _, group, _ = _shard(BURST[2])
    figures = group.outlooks.signals_of("sender", "s1")["sends"]
    assert (figures.alarms_at, figures.evidence_nats) == (None, 0.0)
    assert figures.alert_id is not None
    assert figures.high is not None


def test_the_rate_answers_for_whom_it_judges() -> None:
    """By the sends so far; the complaints then say that they judge nothing."""
    shard, group, (sends, complaints, *_) = _shard(118)
    list(shard.turns(1000, _open(sends), None))
    list(shard.turns(1001, _open(complaints), None))
    signals = group.outlooks.signals_of("sender", "s2")
    assert not signals["complaints"].judged
    rate = signals["complaint_rate"]
    assert rate.high is not None
    assert rate.alarms_at is not None
    assert rate.alarms_at > rate.high >= rate.count > 0
    shard.inspect(Inspect({"sender": ["s2"]}))
    closed = [
        row.entity
        for offset, record in enumerate((sends, complaints), 1002)
        for result in shard.close(offset, record)
        for row in result.watched
        if row.signal == "complaint_rate"
    ]
    assert [figures.count for figures in closed] == [rate.count]
    assert closed[0].expected == pytest.approx(rate.expected, rel=0.2)


def test_who_is_not_known_has_a_first_count_that_would_be_enough() -> None:
    """And it is said that nobody knows the entity."""
    _, group, _ = _shard(MINUTES)
    assert group.outlooks.known_as("sender", "s1") == "known"
    assert group.outlooks.known_as("sender", "nobody") == "unknown"
    assert group.outlooks.known_as("platform", "s1") == "unknown"
    figures = group.outlooks.signals_of("sender", "nobody")["sends"]
    assert (figures.low, figures.high, figures.detector) == (None, None, "first-count")
    assert figures.count == 0.0
    assert group.outlooks.signals_of("platform", "s1") == {}


def test_floods_have_an_outlook() -> None:
    """All together: how many new ids would be one."""
    shard = new_shard()
    close_days(shard, list(drawn_days(40, 20)))
    group = next(each for each in shard.groups.values() if each.buckets_closed)
    figures = group.outlooks.signals_of("all", "all")["newcomers"]
    assert figures.detector == "new-ids"
    assert figures.count == 0.0
    assert figures.high is not None
    assert figures.alarms_at is not None
    assert figures.alarms_at > figures.high > figures.expected > 1.0


def test_asking_changes_nothing() -> None:
    """The checkpoint is the same, byte for byte."""
    asked, (plain, _, _) = _shard(100), _shard(100)
    shard, group, _ = asked
    for entity in ("s1", "s2", "new50", "nobody"):
        group.outlooks.signals_of("sender", entity)
    group.outlooks.signals_of("all", "all")
    assert dict(shard.checkpoint()) == dict(plain.checkpoint())


def test_before_the_first_count_there_is_none() -> None:
    """Nothing is expected of anybody."""
    (group,) = Shard(0, parse_config(CONFIG)).groups.values()
    assert group.outlooks.signals_of("sender", "s1") == {}
    assert group.outlooks.closed is None
