"""What events are counted by, with levels that are derived."""

from __future__ import annotations

import pytest

from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.counts.wire import families
from streams.sources import batch
from streams.sources.batch import SenderKeys
from streams.sources.event_json import encode_event
from tests.events_of import T0, config, send

LEVELS = ["sender", "access_code", "platform", "all"]


def _source() -> Source:
    tables = {"access_code": {"digits": 4}, "platform": {"from": "sender.signature", "digits": 2}}
    return config(count={"levels": LEVELS, "lateness": "0s"}, levels=tables).sources["sends"]


@pytest.mark.parametrize("together", [True, False])
def test_a_derived_level_is_counted_as_one_that_is_named(together: bool) -> None:
    """Decoded together or one by one: totals and families hold what the configuration derives."""
    events = [send(n, f"1069{n % 3}", signature="7788" if n % 2 else None) for n in range(12)]
    values = [encode_event(each) for each in [*events, send(99, "shop")]]
    intake = Intake(_source(), 0, LEVELS)
    times = [each.event_time.timestamp() for each in [*events, send(99, "shop")]]
    if together:
        intake.take_all(range(1), values[:1], times[:1])
        intake.take_all(range(1, 13), values[1:], times[1:])
    else:
        for offset, (value, written_s) in enumerate(zip(values, times, strict=True)):
            intake.take(offset, value, written_s)
    intake.lane.idle(T0 + 86_400)
    flush = intake.lane.flush()
    totals = {(total.level, total.id): total.count for total in flush.totals}
    assert totals["access_code", "1069"] == 12
    assert totals["platform", "77"] == 6
    assert ("access_code", "shop") not in totals
    named = {(of.level, of.id): len(of.members) for of in families(flush.totals, flush.parents)}
    assert named == {("access_code", "1069"): 3, ("platform", "77"): 3}


def test_the_keys_that_are_held_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of ids does not fill the memory, and each still has its level."""
    monkeypatch.setattr(batch, "SENDERS_CACHED", 10)
    keys = SenderKeys(_source().derivations)
    for number in range(100):
        key = keys[f"1069{number}"]
        assert not isinstance(key, str)
        assert key.access_code == "1069"
        assert len(keys) <= 10
