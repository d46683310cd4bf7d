"""Of several shards only the entity's own answers about it, also about one that has retired."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from streams.config.load import parse_config
from streams.counts.wire import shard_of
from streams.detection.context.bucket import Inspect
from streams.detection.shard import Shard
from streams.detection.worker.series import outlooks
from tests.detection.judges.crowd import day_record, drawn_days, new_shard
from tests.detection.series.minutes import CONFIG, records

QUIET = 40


def test_one_shard_answers() -> None:
    """To the other it is somebody new: what that expects of somebody new is no answer."""
    shards = [Shard(number, parse_config(CONFIG | {"detect": {"shards": 2}})) for number in (0, 1)]
    for offset, record in enumerate(records()):
        if offset > 60:
            break
        for shard in shards:
            own = [t for t in record.totals if shard_of(t.level, t.id, 2) == shard.number]
            list(shard.turns(offset, replace(record, totals=own), None))
    for name in ("s1", "s2", "s3", "s4", "nobody"):
        (found,) = outlooks(shards, ("sender", name), 5.0, 2)
        assert found.shard == shard_of("sender", name, 2)
        assert found.state == ("unknown" if name == "nobody" else "known")
        assert found.signals["sends"].detector == ("first-count" if name == "nobody" else "e-sr")
    here = shards[shard_of("sender", "s1", 2)]
    elsewhere = [shard for shard in shards if shard is not here]
    assert list(outlooks(elsewhere, ("sender", "s1"), 5.0, 2)) == []


def test_who_has_retired_has_the_outlook_that_its_return_will_be_judged_by() -> None:
    """It is said that it has; what it may count is what it may when it is back."""
    *before, last = drawn_days(QUIET + 1, 20)
    shard = new_shard(forget_after="7d")
    for day, sent in enumerate(before):
        gone = {"gone": 18 + day % 5} if day < 20 else {}
        for record in (
            day_record(day, {}, {}, "complaint"),
            day_record(day, {**sent, **gone}, {}, "send"),
        ):
            list(shard.turns(shard.position, record, None))
    group = next(name for name, each in shard.groups.items() if each.buckets_closed)
    answers = outlooks([shard], ("sender", "gone"), 5.0, 1)
    found = next(answer for answer in answers if answer.group == group)
    assert (found.state, found.closed) == ("retired", shard.groups[group].outlooks.closed)
    held = found.signals["sends"]
    assert (held.count, held.alert_id, held.detector) == (0.0, None, "e-sr")
    assert held.alarms_at is not None
    shard.inspect(Inspect({"sender": ["gone"]}))
    judged = [
        row.entity
        for source, counts in (("complaint", {}), ("send", {**last, "gone": 21}))
        for result in shard.close(shard.position, day_record(QUIET, counts, {}, source))
        for row in result.watched
        if row.signal == "sends"
    ]
    (back,) = judged
    assert (back.count, back.alert_id) == (21.0, None)
    assert back.expected / back.factor == pytest.approx(held.expected / held.factor, rel=1e-12)
    assert back.threshold_nats == pytest.approx(held.threshold_nats, rel=0.01)  # one more
