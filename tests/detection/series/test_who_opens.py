"""Whoever gets an alert, also without having been asked for: its figures are those of explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest

from streams.detection.context.bucket import Inspect
from streams.detection.series import volume_rows
from streams.items import Level
from streams.series.record import FullRow
from tests.detection.judges.crowd import close_days, day_record, drawn_days, new_shard

WARM = 45
Sent = dict[str, int]


@cache
def _warm() -> tuple[Mapping[bytes, bytes], Sent]:
    """The state after weeks, in which one fell silent a month ago; and the day that comes."""
    *before, last = drawn_days(WARM + 1, 20)
    shard = new_shard(forget_after="7d")
    for day, sent in enumerate(before):
        close_days(shard, [{**sent, **({"gone": 18 + day % 5} if day < 20 else {})}], day)
    return dict(shard.checkpoint()), dict(last)


def _judged(sent: Sent, inspect: Inspect) -> list[FullRow]:
    """What is reported of a day."""
    state, last = _warm()
    shard = new_shard(inspect=inspect, forget_after="7d")
    shard.restore(dict(state))
    for source, counts in (("complaint", {}), ("send", last | sent)):
        for result in shard.close(shard.position, day_record(WARM, counts, {}, source)):
            found = [*result.watched]
    return found


FLOOD = {f"fresh {n}": 5 + n % 9 for n in range(300)}


@pytest.mark.parametrize(
    ("sent", "entity"),
    [
        ({"one": 9000}, ("sender", "one")),
        ({**FLOOD, "one": 9000}, ("sender", "one")),
        ({"gone": 9000}, ("sender", "gone")),
        ({"known 3": 9000}, ("sender", "known 3")),
        (FLOOD, ("all", "all")),
    ],
    ids=["a newcomer", "one of a flood", "who returns", "who is known", "a flood"],
)
def test_who_opens_has_its_very_figures(sent: Sent, entity: tuple[Level, str]) -> None:
    """It is not known before the close who will: those are looked at who may."""
    level, name = entity
    asked = [row for row in _judged(sent, Inspect({level: [name]})) if row.entity.alert_id]
    assert asked
    assert all(row.entity.alarms_at for row in asked)
    found = _judged(sent, Inspect(series=True))
    assert [row for row in found if (row.level, row.id) == entity and row.entity.alert_id] == asked


def test_whoever_opens_beyond_the_bound_has_whole_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the count that would have been enough, which nobody asked before the close."""
    sent = {f"known {n}": 9000 for n in range(9)}
    whole = {row.id: row.entity for row in _judged(sent, Inspect(series=True))}
    monkeypatch.setattr(volume_rows, "MOST_WITH_ALERT", 2)
    bounded = {row.id: row.entity for row in _judged(sent, Inspect(series=True))}
    assert bounded.keys() >= sent.keys()
    assert sum(not bounded[name].alarms_known for name in sent) > 3
    for name in sent:
        given, asked = bounded[name], whole[name]
        figures = replace(given, alarms_at=asked.alarms_at, alarms_known=True)
        assert replace(figures, low=asked.low, high=asked.high) == asked
        assert bounded[name].alert_id
