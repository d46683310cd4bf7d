"""A flood of newcomers is one alert; its newcomers are in it, and nobody is taken for one."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from streams.alerts.cloudevent import Alert, NewIds
from streams.counts.wire import shard_of
from streams.detection.context.arrivals import arrivals
from streams.detection.context.groups import Wider
from streams.detection.context.membership import Belonging, grouped
from streams.items import Family, Level
from tests.detection.judges.crowd import FLOOD, close_days, day_record, drawn_days, new_shard


def _of_newcomers(alerts: Sequence[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.signal == "newcomers"]


@pytest.mark.parametrize("source", ["send", "complaint"])
@pytest.mark.parametrize("usual", [0, 2, 20])
def test_a_flood_is_one_alert_in_its_bucket_and_ends_with_it(usual: int, source: str) -> None:
    """The others are counted in it: ids that count alike have no alert each."""
    shard, days = new_shard(), list(drawn_days(52, usual))
    assert _of_newcomers(close_days(shard, days[:45], source=source)) == []
    flooded = close_days(shard, [{**days[45], **FLOOD}], 45, source=source)
    (flood,) = _of_newcomers(flooded)
    assert (flood.event, flood.entity.level, flood.entity.id) == ("opened", "all", "all")
    new = flood.newcomers
    assert new is not None
    assert 400 <= new.ids <= 400 + 3 * usual + 1
    signal = {"send": "sends", "complaint": "complaints"}[source]
    assert list(new.events) == [signal]
    assert new.events[signal] >= 3_999
    assert flood.observed == new.ids
    noun = {"send": "messages", "complaint": "complaints"}[source]
    said = f"All senders together: {new.ids:,} new senders with {new.events[signal]:,} {noun} on"
    assert flood.summary.startswith(said)
    fresh = [alert for alert in flooded if alert.entity.id.startswith("fresh")]
    assert len(fresh) <= 4
    ends = [a.event for a in _of_newcomers(close_days(shard, days[46:], 46, source=source))]
    assert ends == ["resolved"]


def test_who_stands_out_in_the_flood_has_an_alert_with_the_flood_for_its_parent() -> None:
    """And teaches no later newcomer that such a count is usual."""
    shard, days = new_shard(), list(drawn_days(70, 2))
    close_days(shard, days[:45])
    alerts = close_days(shard, [{**days[45], **FLOOD, "loud": 3_000}], 45)
    (flood,) = _of_newcomers(alerts)
    new = [alert for alert in alerts if alert.detector == "first-count"]
    assert [(alert.entity.id, alert.parent) for alert in new] == [("loud", flood.alert_id)]
    close_days(shard, days[46:69], 46)
    late = close_days(shard, [{**days[69], "late": 100}], 69)
    assert "late" in {alert.entity.id for alert in late if alert.event == "opened"}


def test_few_ids_with_many_events_are_a_flood_of_events() -> None:
    """Their number is nothing new, what they send is."""
    shard, days = new_shard(), list(drawn_days(46, 20))
    close_days(shard, days[:45])
    busy = {f"fresh {n}": 500 for n in range(5)}
    (flood,) = _of_newcomers(close_days(shard, [{**days[45], **busy}], 45))
    assert flood.detector == "new-ids-events"
    assert flood.newcomers is not None
    assert flood.observed == flood.newcomers.events["sends"] > 2_500
    assert f"{flood.observed:,} messages of {flood.newcomers.ids} new senders" in flood.summary


@pytest.mark.parametrize("usual", [100, 500])
def test_where_fresh_ids_come_by_the_hundred_it_does_not_stay_alarmed(usual: int) -> None:
    """Neither from the start, nor when they begin to come: in a fortnight that is the new level."""
    assert _of_newcomers(close_days(new_shard(), list(drawn_days(40, usual)))) == []
    alerts = _of_newcomers(
        close_days(new_shard(), [*drawn_days(30, 2), *drawn_days(35, usual, seed=2)])
    )
    assert alerts[0].event == "opened"
    assert [alert.reason for alert in alerts if alert.state == "resolved"][:1] == ["level_shift"]
    assert alerts[-1].state == "resolved"


def test_a_flood_of_one_signature_is_told_there() -> None:
    """Though among all newcomers it is nothing new."""
    shard, days = new_shard(("sender", "signature", "all")), list(drawn_days(46, 300))
    belongs = {f"known {n}": f"brand {n % 5}" for n in range(100)}
    belongs |= {name: f"brand {int(name[4:]) % 5}" for day in days for name in day if "new" in name}
    assert _of_newcomers(close_days(shard, days[:45], belongs=belongs)) == []
    joined = {f"joined {n}": 2 for n in range(120)}
    belongs |= dict.fromkeys(joined, "brand 3")
    found = _of_newcomers(close_days(shard, [{**days[45], **joined}], 45, belongs))
    assert [(a.entity.level, a.entity.id) for a in found][-1:] == [("signature", "brand 3")]


def test_an_id_that_one_signal_knows_is_new_to_none() -> None:
    """Complaints about senders that are known to send are no newcomers."""
    counts = {"sends": {"a": 3}, "complaints": {"a": 1, "b": 1, "c": 1}}
    known = {"sends": {"c"}, "complaints": set[str]()}
    found = arrivals(counts, known, {}, lambda: {"all": [{"all": 1}]})
    assert found.names == ["a", "b"]
    assert found.came("all", "all") == NewIds(2, {"complaints": 2, "sends": 3})


def test_what_newcomers_belong_to_is_the_same_over_lanes_and_records() -> None:
    """A sender counts once for what it belongs to, whichever lanes it came over."""
    belonging, plain = Belonging(), dict[str, set[Wider]]()
    rng = np.random.default_rng(3)
    for lane in range(3):
        for number in range(4):
            names = [f"s{n}" for n in rng.choice(30, 10, replace=False).tolist()]
            by_brand: dict[Wider, list[int]] = {}
            for place, name in enumerate(names):
                brand = ("signature", f"brand {rng.integers(4)}")
                plain.setdefault(name, set())
                by_brand.setdefault(brand, []).append(place)
            at = belonging.add_record(
                [Family(*brand, places) for brand, places in by_brand.items()]
            )
            for place, name in enumerate(names):
                belonging.put((f"lane {lane}", number), name, at, place)
    for name in plain:
        plain[name] = belonging[name]
    asked = sorted([*plain, "nobody"])
    one, other = grouped(belonging, asked), grouped(plain, asked)
    assert one.names == other.names
    assert len(one.names) == 4
    assert (one.starts.tolist(), one.places.tolist()) == (
        other.starts.tolist(),
        other.places.tolist(),
    )


def test_a_restart_in_a_flood_changes_nothing() -> None:
    """Byte for byte, from a checkpoint within the flood's alert."""
    days = [
        *drawn_days(45, 5),
        *({**day, **FLOOD} for day in drawn_days(2, 5, 2)),
        *drawn_days(8, 5, 3),
    ]
    whole, shard = new_shard(), new_shard()
    expected = close_days(whole, days)
    found = close_days(shard, days[:46])
    slots, again = dict(shard.checkpoint()), new_shard()
    again.restore(slots)
    found += close_days(again, days[46:], 46)
    assert found == expected
    assert dict(again.checkpoint()) == dict(whole.checkpoint())


@pytest.mark.parametrize("shards", [2, 4, 8])
def test_over_shards_a_flood_is_told_once_by_the_part_that_comes_to_the_total(shards: int) -> None:
    """Where the total is judged; the ids of other shards are in no flood there."""
    days, found = list(drawn_days(46, 20)), list[Alert]()
    days[45] = {**days[45], **FLOOD}
    of_total = shard_of("all", "all", shards)
    for number in range(shards):
        part = [
            {name: n for name, n in day.items() if shard_of("sender", name, shards) == number}
            for day in days
        ]
        levels: tuple[Level, ...] = ("sender", "all")
        shard = new_shard(levels, shards=shards)
        for day, sent in enumerate(part):
            for source, counts in (("complaint", {}), ("send", sent)):
                record = day_record(day, counts, {}, source)
                if number != of_total:
                    totals = [total for total in record.totals if total.level != "all"]
                    record = msgspec.structs.replace(record, totals=totals)
                taken = shard.take(shard.position, record)
                found += [a.alert for a in taken if a.alert.signal == "newcomers"]
    (flood,) = found
    assert flood.newcomers is not None
    assert 0.7 * 400 / shards < flood.newcomers.ids < 1.4 * 420 / shards
