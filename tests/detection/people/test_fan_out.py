"""Bursts of distinct recipients: who reaches many more people, with as many messages as ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from unittest.mock import patch

import numpy as np
import pytest

from detectors.distinct.bottom_k import K, Sketch
from streams.alerts.cloudevent import Alert
from streams.config.model import Config
from streams.detection.close import Group
from streams.detection.context.budget import split_budget
from tests.detection.people.crowds import Events, bucket
from tests.events_of import config

DAYS = 20
QUIET: Events = {f"s{number:02d}": (100, range(number, number + 10)) for number in range(40)}
"""Forty senders, with a hundred messages a day to the same ten people each."""


def _config(*signals: str) -> Config:
    return config(
        count={"levels": ["sender", "all"], "bucket": "1d"},
        detect={"misuse": {"signals": list(signals)}},
        sources={"sends": {"kind": "send"}},
    )


def _group(settings: Config) -> Group:
    ((name, sources),) = settings.groups.items()
    return Group(name, [source for source in sources if source.name == "sends"], settings)


def _alerts(settings: Config, days: Iterable[Events]) -> Iterator[Alert]:
    group = _group(settings)
    for number, day in enumerate(days):
        judged = group.judge(bucket(number, day, "recipients", "sends"))
        yield from (one.alert for one in judged.alerts if one.alert.entity.level == "sender")


SPREAD: list[Events] = [*[QUIET] * DAYS, {**QUIET, "s07": (100, range(1000, 1090))}]
"""On the last day one of them sends its hundred messages to ninety people."""


def test_a_burst_of_recipients_is_found_though_messages_are_as_ever() -> None:
    opened = list(_alerts(_config("fan_out"), SPREAD))
    assert [(one.signal, one.entity.id, one.observed) for one in opened] == [("fan_out", "s07", 90)]
    assert "90 recipients on 2026-03-22, 8.6 times the 10 expected" in opened[0].summary


def test_it_is_not_looked_for_unless_it_is_asked_for() -> None:
    assert list(_alerts(_config(), SPREAD)) == []
    assert all(signal != "fan_out" for _, _, signal in split_budget(_config()))


def test_it_ends_when_recipients_are_as_before() -> None:
    days = [*SPREAD, *[QUIET] * 6]
    events = [one.event for one in _alerts(_config("fan_out"), days)]
    assert events == ["opened", "resolved"]


def test_its_share_is_a_quarter_of_that_of_sends_and_all_add_up_to_the_budget() -> None:
    before, after = split_budget(_config()), split_budget(_config("fan_out"))
    for level in ("sender", "all"):
        place = ("1d-UTC", level, "sends")
        fan_out = after["1d-UTC", level, "fan_out"]
        assert fan_out.total == pytest.approx(0.25 * before[place].total)
        assert after[place].total == pytest.approx(0.75 * before[place].total)
    assert sum(each.total for each in after.values()) == pytest.approx(5.0)
    assert fan_out.slow_per_day > 0.0


def test_messages_that_name_nobody_are_not_judged_by_recipients() -> None:
    """Nor does a day without names teach that nobody was reached: it has no part in the past."""
    nameless: Events = dict.fromkeys(QUIET, (100, ()))
    assert list(_alerts(_config("fan_out"), [nameless] * DAYS)) == []
    days = [*[QUIET] * DAYS, nameless, nameless, *[QUIET] * 3]
    assert list(_alerts(_config("fan_out"), days)) == []


def test_a_gap_of_messages_is_a_gap_of_recipients() -> None:
    empty: Events = {}
    days = [*[QUIET] * DAYS, empty, empty, *[QUIET] * 3]
    assert [one for one in _alerts(_config("fan_out"), days) if one.signal == "fan_out"] == []


def test_one_recipient_everywhere_is_one_recipient() -> None:
    days = [dict.fromkeys(QUIET, (100, (1,)))] * DAYS
    group = _group(_config("fan_out"))
    for number, day in enumerate(days):
        assert group.judge(bucket(number, day, "recipients", "sends")).alerts == []
    entities = group.panel.entities["fan_out", "sender"]
    assert sorted(entities.names) == sorted(QUIET)


def test_a_bucket_in_which_estimates_are_noise_is_passed_over() -> None:
    """A flood of names leaves room for few hashes each: nobody is accused, nothing is learned."""
    group = _group(_config("fan_out"))
    crowded: Events = {name: (100, range(90)) for name in QUIET}
    for number, day in enumerate([*[QUIET] * DAYS, crowded, *[QUIET] * 3]):
        closed = bucket(number, day, "recipients", "sends")
        if day is crowded:
            rough = {
                key: {
                    name: {what: Sketch.from_hashes(each.hashes, 16) for what, each in of.items()}
                    for name, of in entities.items()
                }
                for key, entities in closed.facts.distinct.items()
            }
            closed = closed._replace(facts=closed.facts._replace(distinct=rough))
        assert group.judge(closed).alerts == []


def test_the_noise_of_estimates_makes_no_more_false_alerts_than_the_budget_allows() -> None:
    """Sixty normal days of three hundred senders, most with estimates."""
    chance = np.random.default_rng(19)
    means = np.repeat([30.0, 300.0, 3000.0], 100) * chance.gamma(4, 0.25, 300)
    settings = _config("fan_out")
    group, opened = _group(settings), 0
    for number in range(60):
        people = chance.poisson(means)
        smallest = chance.beta(K, np.maximum(people - K + 1, 1))  # the k-th of so many hashes
        estimates = np.where(people < K, people, (K - 1) / smallest).astype(int)
        found = {f"s{at:03d}": int(n) for at, n in enumerate(estimates) if n}
        sent = {("sends", "sender"): dict.fromkeys(found, 10_000)}
        with patch("streams.detection.people.fan_out.recipients", return_value={"sender": found}):
            closed = bucket(number, {}, "recipients", "sends")._replace(sums=sent)
            opened += len(group.judge(closed).alerts)
    allowed = 60 * split_budget(settings)["1d-UTC", "sender", "fan_out"].known_per_day
    assert round(allowed) == 26
    assert opened <= 3
