"""A flood of newcomers is told while its bucket is open, and the close confirms it or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest

from streams.alerts.rendering import Published
from streams.detection.shard import Shard
from streams.items import Counts
from tests.detection.judges.crowd import (
    DAY,
    FLOOD,
    START,
    close_days,
    day_record,
    drawn_days,
    new_shard,
)

WARM = 45
Sent = Mapping[str, int]


def _open(sent: Sent, belongs: Mapping[str, str]) -> Counts:
    """A day's record that does not end it."""
    return msgspec.structs.replace(day_record(WARM, sent, belongs, "send"), watermark=None)


def _told(
    shard: Shard, looks: Sequence[Sent], closed: Sent, belongs: Mapping[str, str], *, early: bool
) -> list[Published]:
    """Alerts on newcomers, by a day that grows, and is looked at each time or not."""
    alerts = []
    for hour, sent in enumerate(looks):
        written_s = float(START + WARM * DAY + 3_600 * (hour + 1)) if early else None
        alerts += shard.take(shard.position, _open(sent, belongs), written_s=written_s)
    for record in (
        day_record(WARM, {}, {}, "complaint"),
        day_record(WARM, closed, belongs, "send"),
    ):
        alerts += shard.take(shard.position, record)
    return [each for each in alerts if each.alert.signal == "newcomers"]


def _warmed(usual: int, belongs: Mapping[str, str] | None = None) -> tuple[Shard, dict[str, int]]:
    *before, last = drawn_days(WARM + 1, usual)
    shard = new_shard(("sender", "signature", "all"))
    close_days(shard, before, belongs=belongs)
    return shard, dict(last)


@pytest.mark.parametrize("usual", [0, 20, 100])
def test_a_flood_is_told_early_once_and_confirmed(usual: int) -> None:
    """As soon as there are more than a whole day may have; and looking changes no later byte."""
    plain, last = _warmed(usual)
    part = dict(list(FLOOD.items())[: len(FLOOD) * 3 // 4])
    looks: list[Sent] = [dict(list(last.items())[:60]), part, FLOOD, {**last, **FLOOD}]
    closed = {**last, **FLOOD}
    after = _told(plain, looks, closed, {}, early=False)
    first, *later = _told(_warmed(usual)[0], looks, closed, {}, early=True)
    assert (first.alert.event, first.alert.revision) == ("early", 0)
    assert first.alert.newcomers is not None
    assert 300 <= first.alert.newcomers.ids < 400
    assert first.alert.newcomers.events["sends"] >= sum(part.values())
    assert "already" in first.alert.summary
    assert [each.value for each in later] == [each.value for each in after]
    (opened,) = later
    assert opened.alert.event == "opened"
    assert opened.alert.alert_id == first.alert.alert_id


def test_the_close_takes_back_what_a_rise_of_all_explains() -> None:
    """The usual factor stands for that of the day, until all have counted."""
    shard, last = _warmed(20)
    fresh = {f"fresh {n}": 3 for n in range(45)}
    everybody = {name: 4 * count for name, count in last.items()} | fresh
    alerts = [each.alert for each in _told(shard, [fresh], everybody, {}, early=True)]
    assert [(alert.event, alert.revision) for alert in alerts] == [("early", 0), ("retracted", 0)]


def test_a_flood_of_a_signature_is_told_there() -> None:
    """Where ids belong to is known with their first total."""
    belongs = {f"known {n}": f"brand {n % 5}" for n in range(100)}
    belongs |= {f"new {n}": f"brand {n % 5}" for n in range(3_000)}
    shard, last = _warmed(40, belongs)
    joined = {f"joined {n}": 2 for n in range(60)}
    belongs |= dict.fromkeys(joined, "brand 3")
    alerts = _told(shard, [joined], {**last, **joined}, belongs, early=True)
    at_brand = [each.alert for each in alerts if each.alert.entity.level == "signature"]
    assert [(a.entity.id, a.event) for a in at_brand] == [
        ("brand 3", "early"),
        ("brand 3", "opened"),
    ]


def test_after_a_restart_those_who_came_before_are_counted_too() -> None:
    """The totals come again; nobody looks at them, until one grows."""
    shard, _ = _warmed(20)
    part, rest = dict(list(FLOOD.items())[:390]), dict(list(FLOOD.items())[390:])
    alerts = []
    for sent, written_s in ((part, None), (rest, float(START + WARM * DAY + 60))):
        alerts += shard.take(shard.position, _open(sent, {}), written_s=written_s)
    (early,) = [each.alert for each in alerts if each.alert.signal == "newcomers"]
    assert early.newcomers is not None
    assert early.newcomers.ids == 400


def test_usual_newcomers_are_no_early_flood() -> None:
    """Nor are ids that are known."""
    shard, last = _warmed(20)
    assert _told(shard, [last, last], last, {}, early=True) == []
