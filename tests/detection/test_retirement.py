"""Entities leave at a day's end, and come back as what they were."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from unittest.mock import patch

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.rendering import Published
from streams.detection.close import Group
from streams.detection.judges.retired import Retired
from streams.detection.shard import Shard
from streams.items import Counts, Level, Total
from tests.events_of import config

DAY = 86_400
START = 1_772_409_600
"""A Monday in March 2026, 00:00 UTC."""

DAYS_OF = Mapping[str, Sequence[int]]
"""Counts of each sender, day by day."""


def _shard(forget_after: str = "30d", **detect: object) -> Shard:
    return Shard(
        0,
        config(
            timezone="UTC",
            count={"levels": ["sender", "all"]},
            detect={"forget_after": forget_after, "budget_per_day": 5.0, **detect},
            sources={
                name: {"kind": name.removesuffix("s"), "bucket": "1d", "lateness": "1s"}
                for name in ("sends", "complaints")
            },
        ),
    )


def _records(day: int, sends: Mapping[str, int], complaints: Mapping[str, int]) -> Iterator[Counts]:
    """One record of each source, which closes the day."""
    for source, counts in (("complaints", complaints), ("sends", sends)):
        counted: list[tuple[Level, str, int]] = [("sender", name, n) for name, n in counts.items()]
        counted += [("all", "all", sum(counts.values()))] if counts else []
        totals = [Total(START + day * DAY, level, name, count) for level, name, count in counted]
        yield Counts(source, 0, 1, DAY, totals, watermark=float(START + (day + 1) * DAY))


def _run(shard: Shard, days: Sequence[Mapping[str, int]], start: int = 0) -> list[Published]:
    """Close days of these sends, and of a complaint about every tenth message."""
    alerts: list[Published] = []
    for day, sends in enumerate(days, start):
        filed = {name: max(count // 10, 1) for name, count in sends.items()}
        for record in _records(day, sends, filed):
            alerts += shard.take(shard.position, record)
    return alerts


def _group(shard: Shard) -> Group:
    (group,) = shard.groups.values()
    return group


def _names(shard: Shard, signal: str = "sends") -> list[str]:
    return _group(shard).panel.entities[signal, "sender"].names


STEADY = {f"steady {n}": 20 for n in range(10)}


def test_who_is_silent_for_long_leaves_and_who_came_once_leaves_sooner() -> None:
    """From all streams; the steady stay."""
    shard = _shard("40d")
    days = [{**STEADY, **({"twice": 5} if day in (0, 5) else {})} for day in range(60)]
    days[3] = {**days[3], "once": 5}
    living = []
    for day, sends in enumerate(days):
        _run(shard, [sends], day)
        living.append([{"once", "twice"} & set(_names(shard, s)) for s in ("sends", "complaints")])
    last = {
        name: max(day for day, of in enumerate(living) if name in of[0])
        for name in ("once", "twice")
    }
    assert last == {"once": 3 + 7 - 1, "twice": 5 + 40 - 1}
    assert all(sends == complaints for sends, complaints in living)
    assert sorted(_names(shard)) == sorted(STEADY)


def test_who_has_an_open_alert_stays() -> None:
    """Until it is resolved, however long the silence is."""
    shard = _shard("2d", exit_after=10_000, longest_life="3650d")
    alerts = _run(shard, [{**STEADY, "loud": 3000 if day == 30 else 3} for day in range(31)])
    assert "loud" in {alert.alert.entity.id for alert in alerts}
    _run(shard, [STEADY] * 20, 31)
    assert "loud" in _names(shard)


def test_who_comes_back_is_no_newcomer() -> None:
    """A burst after a silence of months is of the detector for known senders."""
    days = [{**STEADY, **({"back": 4} if day < 20 else {})} for day in range(70)]
    for forget_after in ("30d", "3650d"):
        shard = _shard(forget_after)
        _run(shard, days)
        assert ("back" in _names(shard)) == (forget_after == "3650d")
        opened = [
            alert.alert
            for alert in _run(shard, [{**STEADY, "back": 400, "fresh": 400}], 70)
            if alert.alert.event == "opened" and alert.alert.signal == "sends"
        ]
        found = {alert.entity.id: alert for alert in opened}
        assert found["back"].detector == "e-sr"
        assert found["back"].expected < 1.0
        said = found["back"].summary.endswith(", after 51 days of silence.")
        assert said == (forget_after == "30d")
        assert found["back"].silent_days == (51 if said else None)
        assert found["fresh"].detector == "first-count"


def _open_then_closed(
    open_counts: Mapping[str, int], closed: Mapping[str, int], *, look: bool
) -> list[Published]:
    """Alerts of a day on which a sender of old is back, looked at while it is open or not."""
    shard = _shard("30d")
    _run(shard, [{**STEADY, **({"back": 4} if day < 20 else {})} for day in range(70)])
    (record, _) = reversed(list(_records(70, open_counts, {})))
    record = msgspec.structs.replace(record, watermark=None)
    seen = float(START + 70 * DAY + 3600) if look else None
    alerts = shard.take(shard.position, record, written_s=seen)
    for record in _records(70, closed, {}):
        alerts += shard.take(shard.position, record)
    return [of for of in alerts if (of.alert.signal, of.alert.entity.level) == ("sends", "sender")]


def test_who_comes_back_with_a_burst_has_an_early_alert_that_the_close_confirms() -> None:
    """By what is remembered of it; the look changes nothing of what the close says."""
    counts = {**STEADY, "back": 4000}
    first, *later = _open_then_closed(counts, counts, look=True)
    assert (first.alert.entity.id, first.alert.revision) == ("back", 0)
    assert first.alert.detector == "e-sr"
    assert first.alert.expected < 1.0
    (opened,) = later
    assert opened.alert.event == "opened"
    assert opened.alert.alert_id == first.alert.alert_id
    # The common factor is not known early, nor that the bank will have a row more.
    assert opened.alert.evidence_nats == pytest.approx(first.alert.evidence_nats, rel=0.01)
    assert [of.value for of in later] == [
        of.value for of in _open_then_closed(counts, counts, look=False)
    ]


def test_who_comes_back_on_a_day_on_which_all_rise_is_no_burst_in_the_end() -> None:
    """An early alert is held to the usual factor, and the close takes it back."""
    everybody = {**{name: 60 * count for name, count in STEADY.items()}, "back": 16}
    alerts = _open_then_closed({"back": 16}, everybody, look=True)
    back = [of.alert for of in alerts if of.alert.entity.id == "back"]
    assert [(alert.event, alert.revision > 0) for alert in back] == [
        ("early", False),
        ("retracted", False),
    ]


def test_who_comes_back_as_it_was_has_no_early_alert() -> None:
    """Nobody is told of four messages."""
    counts = {**STEADY, "back": 4}
    assert _open_then_closed(counts, counts, look=True) == []


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 10**6), st.integers(5, 28))
def test_a_restart_lets_the_same_leave_and_come_back(seed: int, at: int) -> None:
    """Alerts and state are the same bytes, wherever the restart was."""
    chance = random.Random(seed)
    days = [
        {
            **STEADY,
            **{
                name: chance.randrange(1, 6) + 200 * (chance.random() < 0.05)
                for name in (f"now and then {n}" for n in range(12))
                if chance.random() < 0.12
            },
            f"fresh {day}": chance.randrange(1, 9),
        }
        for day in range(30)
    ]
    whole, stopped, again = (_shard("6d") for _ in range(3))
    _run(whole, days[:at])
    rest = _run(whole, days[at:], at)
    _run(stopped, days[:at])
    assert again.restore(dict(stopped.checkpoint()))
    assert [a.value for a in _run(again, days[at:], at)] == [a.value for a in rest]
    assert dict(again.checkpoint()) == dict(whole.checkpoint())
    assert len(_names(whole)) < 35


def test_the_oldest_of_the_retired_are_forgotten_first() -> None:
    """The table is as large as it may be, and the youngest are in it."""
    retired = Retired(4)
    with patch("streams.detection.judges.retired.REMEMBERED_BYTES", 1000):
        for day in range(100):
            names = [f"{day}:{n}" for n in range(3)]
            retired.end_day(names, np.full(3, day, dtype=np.int32), np.zeros((4, 3)))
            if day % 5 == 4:
                back = retired.among([f"{day}:1", f"{day - 1}:2"])
                days, _ = retired.take(back)
                assert days.tolist() == [day - 1, day]
    assert len(retired) < 1000 // 36
    assert retired.among([f"{day}:0" for day in range(100)])[-1] == "99:0"
    assert not retired.among(["0:0", "50:0"])


@pytest.mark.parametrize("off", [8, 30, 120])
def test_who_is_silent_while_the_source_is_silent_stays_what_it_was(off: int) -> None:
    """A source that is off makes nobody leave, and its return is nobody's burst."""
    shard = _shard("10d")
    days = [{**STEADY, "rare": 9 if day % 4 == 0 else 1} for day in range(20)]
    _run(shard, days)
    _run(shard, [{}] * off, 20)
    assert sorted(_names(shard)) == sorted([*STEADY, "rare"])
    back = [{**STEADY, "steady 3": 400 if day == 1 else 20} for day in range(11)]
    alerts = _run(shard, back, 20 + off)
    opened = [one.alert.entity for one in alerts if one.alert.event == "opened"]
    assert {(of.level, of.id) for of in opened} <= {("sender", "steady 3"), ("all", "all")}
    assert ("sender", "steady 3") in {(of.level, of.id) for of in opened}
    assert sorted(_names(shard)) == sorted(STEADY)
    assert _names(shard, "complaints") == _names(shard)


def test_the_silence_of_one_signal_is_not_that_of_another() -> None:
    """Complaints that stay away make nobody forgotten by complaints; who no longer sends leaves."""
    shard = _shard("10d")
    _run(shard, [{**STEADY, "gone": 5} for _ in range(12)])
    for day in range(12, 40):
        for record in _records(day, STEADY, {}):
            shard.take(shard.position, record)
    assert "gone" not in _names(shard, "sends")
    assert "gone" not in _names(shard, "complaint_rate")
    assert "gone" in _names(shard, "complaints")
