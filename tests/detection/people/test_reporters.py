"""Complaints by few people: judged by reporters where that is asked for, and said in the alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from detectors.distinct.bottom_k import Sketch
from streams.alerts.cloudevent import Alert, Reporters
from streams.config.model import Config
from streams.detection.close import Group
from streams.detection.people.counted import by_reporters, people_among
from tests.detection.people.crowds import Events, bucket, hash_of
from tests.events_of import config

QUIET: Events = {f"s{number:02d}": (2, range(2)) for number in range(40)}
"""Forty senders, with two complaints by two people a day."""


def _config(count_by: str, **detect: float) -> Config:
    return config(
        detect=detect,
        count={"levels": ["sender", "all"], "bucket": "1d"},
        sources={"complaints": {"kind": "complaint", "count_by": count_by}},
    )


def _alerts(settings: Config, days: Iterable[Events]) -> Iterator[Alert]:
    ((name, sources),) = settings.groups.items()
    group = Group(name, [s for s in sources if s.name == "complaints"], settings)
    for number, day in enumerate(days):
        yield from (
            one.alert for one in group.judge(bucket(number, day, "reporters", "complaints")).alerts
        )


BRIGADE: list[Events] = [QUIET] * 20 + [{**QUIET, "s07": (57, [1, 2, 3])}] + [QUIET] * 2


def test_few_people_who_complain_often_are_no_burst_where_reporters_are_judged() -> None:
    assert list(_alerts(_config("reporters"), BRIGADE)) == []


def test_many_people_are_a_burst_by_reporters_too() -> None:
    days = [*BRIGADE[:20], {**QUIET, "s07": (57, range(50))}]
    opened = [one for one in _alerts(_config("reporters"), days) if one.entity.id == "s07"]
    assert [one.observed for one in opened] == [50]
    assert opened[0].count_by == "reporters"
    assert opened[0].reporters == Reporters(complaints=57, distinct=50)
    assert "50 reporters (with 57 complaints)" in opened[0].summary


def test_an_alert_says_how_many_reporters_there_are_from_its_first_bucket_on() -> None:
    """Reporters of two days are those of both, not their sum; nobody is named twice."""
    burst: list[Events] = [
        {**QUIET, "s07": (60, range(50))},
        {**QUIET, "s07": (140, range(25, 75))},
        *[QUIET] * 5,
    ]
    found = [
        one for one in _alerts(_config("reporters"), BRIGADE[:20] + burst) if one.entity.id == "s07"
    ]
    assert [one.event for one in found] == ["opened", "updated", "resolved"]
    assert [one.reporters for one in found] == [
        Reporters(60, 50),
        Reporters(200, 75),
        Reporters(206, 75),
    ]


def test_where_nobody_is_named_each_complaint_counts() -> None:
    days: list[Events] = [dict.fromkeys(QUIET, (2, ()))] * 20
    days.append({**days[0], "s07": (57, ())})
    opened = [one for one in _alerts(_config("reporters"), days) if one.entity.id == "s07"]
    assert [one.observed for one in opened] == [57]
    assert "57 complaints (no reporter is named)" in opened[0].summary
    assert opened[0].reporters == Reporters(57, 0)


def test_nothing_is_said_of_reporters_where_none_are_counted() -> None:
    opened = [one for one in _alerts(_config("events"), BRIGADE) if one.entity.id == "s07"]
    assert [one.observed for one in opened[:1]] == [57]
    assert all(one.reporters is None and one.count_by is None for one in opened)


@pytest.mark.parametrize(
    ("people", "events", "counted"), [(0, 5, 5), (3, 57, 3), (9, 9, 9), (5000, 3000, 3000)]
)
def test_there_are_never_more_people_than_events(people: int, events: int, counted: int) -> None:
    sketch = Sketch.from_hashes(map(hash_of, range(people)))
    assert people_among(sketch, events) == counted


def test_the_estimate_of_many_is_within_three_standard_errors() -> None:
    sketch = Sketch.from_hashes(map(hash_of, range(10_000)))
    assert abs(people_among(sketch, 10**6) - 10_000) < 3 * 0.0891 * 10_000


def test_other_sources_and_what_full_lanes_counted_stay() -> None:
    closed = bucket(0, {"a": (9, [1])}, "reporters", "complaints")._replace(
        beyond={("complaints", "sender"): {"x": 4}}
    )
    assert by_reporters(closed, ["other"]) is closed
    found = by_reporters(closed, ["complaints"])
    assert found.sums["complaints", "sender"] == {"a": 1}
    assert found.beyond == closed.beyond
