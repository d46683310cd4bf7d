"""Of newcomers, of floods and of the returning it is said which count would have been an alert."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import pytest

from streams.analysis.history_collector import HistoryCollector
from streams.detection.context.bucket import Inspect
from streams.explain.sentences import because
from streams.items import Level
from streams.language.catalogue import ENGLISH
from streams.series.watched import WatchedEntity
from tests.detection.judges.crowd import close_days, day_record, drawn_days, new_shard
from tests.events_of import config

WARM = 45
State = Mapping[bytes, bytes]
Sent = dict[str, int]


@cache
def _warm(usual: int) -> tuple[State, Sent]:
    """The state after weeks, in which one fell silent a month ago; and the day that comes."""
    *before, last = drawn_days(WARM + 1, usual)
    shard = new_shard(forget_after="7d")
    for day, sent in enumerate(before):
        close_days(shard, [{**sent, **({"gone": 18 + day % 5} if day < 20 else {})}], day)
    return dict(shard.checkpoint()), dict(last)


def _judged(state: State, sent: Sent, entity: tuple[Level, str], signal: str) -> WatchedEntity:
    """What a day was for an entity."""
    shard = new_shard(inspect=Inspect({entity[0]: [entity[1]]}), forget_after="7d")
    shard.restore(dict(state))
    for source, counts in (("complaint", {}), ("send", sent)):
        for result in shard.close(shard.position, day_record(WARM, counts, {}, source)):
            watched = {row.signal: row.entity for row in result.watched}
    return watched[signal]


def _is_alone(last: Sent, count: int) -> Sent:
    return {**last, "one": count}


def _is_in_a_flood(last: Sent, count: int) -> Sent:
    return {**last, **{f"fresh {n}": 5 + n % 9 for n in range(300)}, "one": count}


def _returns(last: Sent, count: int) -> Sent:
    return {**last, "gone": count}


def _are_new(last: Sent, count: int) -> Sent:
    known = {name: n for name, n in last.items() if "known" in name}
    return {**known, **{f"fresh {n}": 2 for n in range(count)}}


@pytest.mark.parametrize("usual", [0, 2, 20])
@pytest.mark.parametrize(
    ("sends", "entity", "signal"),
    [
        (_is_alone, ("sender", "one"), "sends"),
        (_is_in_a_flood, ("sender", "one"), "sends"),
        (_returns, ("sender", "gone"), "sends"),
        (_are_new, ("all", "all"), "newcomers"),
    ],
)
def test_the_count_that_is_said_to_alarm_is_the_least_that_does(
    sends: Callable[[Sent, int], Sent], entity: tuple[Level, str], signal: str, usual: int
) -> None:
    """By the factor of the bucket, which what came in it moves a little."""
    state, last = _warm(usual)
    said = _judged(state, sends(last, 4), entity, signal).alarms_at
    assert said is not None
    found = set()
    for count in (int(said) + more for more in (-12, -2, -1, 0, 1, 2, 300)):
        judged = _judged(state, sends(last, max(count, 1)), entity, signal)
        assert judged.alarms_at is not None
        alarmed = judged.count >= judged.alarms_at
        assert (judged.alert_id is not None) == alarmed
        found.add(alarmed)
    assert found == {True, False}


def test_events_of_newcomers_have_a_count_of_their_own() -> None:
    """Where it is their events that opened the alert."""
    state, last = _warm(20)
    entity: tuple[Level, str] = ("all", "all")
    busy = {f"fresh {n}": 500 for n in range(5)}
    judged = _judged(state, last | busy, entity, "newcomers")
    assert judged.detector == "new-ids-events"
    assert judged.alarms_at is not None
    spare = int(judged.count - judged.alarms_at)
    fewer = {name: n - (spare + 1 if name == "fresh 0" else 0) for name, n in busy.items()}
    fewer = {f"fresh {n}": (sum(fewer.values()) + n) // 5 for n in range(5)}
    quiet = _judged(state, last | fewer, entity, "newcomers")
    assert quiet.alert_id is None


def test_explain_says_it_of_a_flood_and_of_a_quiet_day() -> None:
    """In the words of what is counted, and never that no count would have been enough."""
    settings = {name: {"kind": name, "bucket": "1d"} for name in ("send", "complaint")}
    whole = config(timezone="UTC", count={"levels": ["sender", "all"]}, sources=settings)
    collector = HistoryCollector(whole, "all", "all")
    shard = new_shard(inspect=collector.inspect)
    days: Sequence[Mapping[str, int]] = list(drawn_days(WARM + 1, 20))
    busy = {f"fresh {n}": 500 for n in range(5)}
    for day, sent in enumerate(days):
        counts = {**sent, **(busy if day == WARM else {})}
        for source, of_source in (("complaint", {}), ("send", counts)):
            for result in shard.close(shard.position, day_record(day, of_source, {}, source)):
                collector.on_bucket(result)
                for published in result.alerts:
                    collector.take(published)
    (history,) = [h for h in collector.histories() if h.signal == "newcomers"]
    quiet, flood = (
        because(history, WARM - 5, ENGLISH),
        because(history, len(history.closed) - 1, ENGLISH),
    )
    assert " new senders; " in quiet[0]
    assert any("would have been enough" in said and "a count of" in said for said in quiet)
    assert " events of new senders; " in flood[0]
    assert any("This opened the alert" in said and "a count of" in said for said in flood)
