"""Rules at the close of a bucket: alerts that warn, cite and start the clock of the duty."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from detectors.distinct.bottom_k import Sketch
from detectors.state import State
from streams.alerts.lifecycle import AlertChange
from streams.alerts.misuse.basis import RuleBasis
from streams.alerts.misuse.rule_sentences import rule_said
from streams.config.load import parse_config
from streams.detection.checkpoint import Checkpoints
from streams.detection.merge import ClosedBucket
from streams.detection.misuse.judge import MisuseBucket
from streams.detection.misuse.panel import MisusePanel
from streams.detection.rules.judge import is_about
from streams.facts.bucket import Facts, LateTotal, SourceUse
from streams.language.catalogue import catalogue
from streams.registry.control import RegistryRow
from streams.registry.entry import CodeEntry
from streams.registry.table import Registry
from streams.rule_packs.parameters import DistinctReportersRule
from streams.stored.parts import StoredGroup

CONFIG = """
[detect]
rules = ["in-tcccpr-2025", "cn-provider"]
[rules.cn-provider.quiet-hours]
need = 50
[count]
bucket = "1h"
"""
RULE = "in-tcccpr-2025.unregistered-sender"
ZONE = ZoneInfo("Asia/Shanghai")


class Play:
    """A group's panel that is given hours, and may be killed after each."""

    def __init__(self, text: str = CONFIG) -> None:
        self.config = parse_config(tomllib.loads(text))
        self.registry = Registry()
        self._begin()

    def _begin(self) -> None:
        (group,) = self.config.groups
        self.panel = MisusePanel(group, self.config.groups[group], self.config)

    def kill(self) -> None:
        slots = dict(self._stored().slots(0, 0))
        self._begin()
        self._stored().restore(slots)

    def _stored(self) -> Checkpoints:
        group = StoredGroup(State(), self.panel.parts(), self.panel.paged())
        return Checkpoints(0, {"g": group})

    def hour(self, local: str, facts: Facts = Facts(), **sums: Any) -> list[AlertChange]:  # noqa: B008
        at = dt.datetime.fromisoformat(local).replace(tzinfo=ZONE)
        start = int(at.timestamp())
        counts = {(source, "sender"): of for source, of in sums.items()}
        closed = ClosedBucket(start, start + 3600, counts, {}, {}, facts)
        return self.panel.close(
            MisuseBucket(closed, self.registry, (), at.toordinal(), frozenset())
        )


def _reporters(**who: tuple[int, ...]) -> Facts:
    found = {name: {"valid_reporters": Sketch.from_hashes(each)} for name, each in who.items()}
    return Facts(distinct={("complaints", "sender"): found})  # type: ignore[dict-item]


def _said(change: AlertChange) -> tuple[str, str, str | None]:
    return change.step, change.alert.severity, change.kind


@pytest.mark.parametrize("killed", [False, True])
def test_five_in_ten_days(*, killed: bool) -> None:
    """It warns at three, is critical at five, cites, says until when, and ends with the window."""
    play = Play()
    steps = []
    for day, reporters in ((2, (1, 2)), (3, (2,)), (4, (3,)), (7, (4, 5)), (20, ())):
        if killed:
            play.kill()
        facts = _reporters(a=reporters, other=(9,)) if reporters else Facts()
        steps.append(play.hour(f"2026-11-{day:02}T10:00", facts))
    assert steps[:2] == [[], []]
    (warned,), (met,), (ended,) = steps[2:]
    assert _said(warned) == ("opened", "warning", RULE)
    assert (warned.signal, warned.level, warned.entity) == ("rule", "sender", "a")
    basis = warned.alert.basis
    assert isinstance(basis, RuleBasis)
    assert (basis.have, basis.need, basis.day, basis.of_days, basis.due) == (3, 5, 3, 10, None)
    assert _said(met) == ("updated", "critical", RULE)
    assert isinstance(met.alert.basis, RuleBasis)
    assert met.alert.basis.met
    assert met.alert.basis.due == "2026-11-14T00:00:00+08:00"  # the 7th is a Saturday
    assert (met.alert.observed, met.alert.expected, met.alert.threshold_nats) == (5, 5, 0)
    assert ended.step == "resolved"
    assert rule_said(met.alert.basis, RULE, catalogue("en")) == (
        "Complaints against an unregistered sender: the rule is met, 5 of 5 reporters, day 6 of 10"
        " (TCCCPR 2018, regulation 25 (complaint mechanism), as amended by the Second Amendment,"
        " 2025, figures not confirmed; counted, outside the budget of false alerts); examine the"
        " complaints and act against the sender, before 2026-11-14 begins"
    )
    assert "规则已触发" in rule_said(met.alert.basis, RULE, catalogue("zh"))


def test_a_late_complaint_counts_from_when_it_comes_for_its_day() -> None:
    """In the window it counts; before it it does not."""
    play = Play()
    play.hour("2026-11-12T10:00", _reporters(a=(1, 2)))
    day = int(dt.datetime(2026, 11, 4, tzinfo=ZONE).timestamp())
    for of_bucket, opened in ((day - 86_400 * 3, False), (day, True)):
        none = Sketch.from_hashes(())
        late = LateTotal("complaints", of_bucket, "sender", "a", 1, none, Sketch.from_hashes((3,)))
        assert bool(play.hour("2026-11-12T11:00", Facts(late=[late]))) == opened


def test_a_sender_that_is_registered_is_not_meant() -> None:
    """As soon as the registry names it its alert ends, and the sentence says why."""
    play = Play()
    (opened,) = play.hour("2026-11-02T10:00", _reporters(**{"140123": (1, 2, 3)}))
    entry = CodeEntry(id="140123", holder="Mall")
    play.registry.take([RegistryRow(1, "code/140123", entry)])
    (ended,) = play.hour("2026-11-02T11:00", _reporters(**{"140123": (4, 5, 6)}))
    assert (opened.step, ended.step, ended.alert.reason) == ("opened", "resolved", "allowed")
    rule = DistinctReportersRule(need=5, days=10, warn=3, applies_to="registered")
    assert is_about(rule, "140123", play.registry, 739_000)
    assert not is_about(rule, "777", play.registry, 739_000)


def test_who_is_meant_again_is_due_from_then_on() -> None:
    """Met, then registered, then taken back: the new alert's duty does not lie in the past."""
    play = Play()
    (met,) = play.hour("2026-11-02T10:00", _reporters(**{"140123": (1, 2, 3, 4, 5)}))
    entry = CodeEntry(id="140123", holder="Mall")
    play.registry.take([RegistryRow(1, "code/140123", entry)])
    (ended,) = play.hour("2026-11-03T10:00")
    play.registry.take([RegistryRow(2, "code/140123", None)])
    play.kill()
    (again,) = play.hour("2026-11-10T10:00")
    assert (met.step, ended.step, again.step) == ("opened", "resolved", "opened")
    bases = met.alert.basis, again.alert.basis
    assert [basis.due for basis in bases if isinstance(basis, RuleBasis)] == [
        "2026-11-10T00:00:00+08:00",
        "2026-11-18T00:00:00+08:00",
    ]


def test_a_sketch_that_kept_fewer_than_the_rule_needs_says_at_least() -> None:
    """A lane had too many reporters to keep: what is certain is counted, in both languages."""
    play = Play(CONFIG + "[rules.in-tcccpr-2025.unregistered-sender]\nneed = 20\n")
    kept = Sketch.from_hashes(range(1, 60), 8)
    facts = Facts(distinct={("complaints", "sender"): {"a": {"valid_reporters": kept}}})
    (change,) = play.hour("2026-11-02T10:00", facts)
    basis = change.alert.basis
    assert isinstance(basis, RuleBasis)
    assert (basis.have, basis.at_least, basis.met) == (8, 8, False)
    assert "at least 8 of 20 reporters" in rule_said(basis, RULE, catalogue("en"))
    assert "至少 8 名投诉人" in rule_said(basis, RULE, catalogue("zh"))
    (change,) = play.hour("2026-11-03T10:00", _reporters(a=tuple(range(100, 112))))
    assert isinstance(change.alert.basis, RuleBasis)
    assert (change.alert.basis.met, change.alert.basis.at_least) == (True, None)


def test_an_alert_says_more_each_day_where_clocks_change_too() -> None:
    """With buckets of a day there is a revision a day, of 23 hours and of 25."""
    play = Play('timezone = "America/New_York"\n' + CONFIG.replace('"1h"', '"1d"'))
    zone, steps = ZoneInfo("America/New_York"), []
    for day in (6, 7, 8, 9):
        start, end = (dt.datetime(2026, 3, day + more, tzinfo=zone) for more in (0, 1))
        facts = _reporters(a=(1, 2, 3)) if day == 6 else Facts()
        closed = ClosedBucket(int(start.timestamp()), int(end.timestamp()), {}, {}, {}, facts)
        bucket = MisuseBucket(closed, play.registry, (), start.toordinal(), frozenset())
        steps += [(change.step, day) for change in play.panel.close(bucket)]
    assert steps == [("opened", 6), ("updated", 7), ("updated", 8), ("updated", 9)]


def test_marketing_at_night() -> None:
    """Messages of the rule's categories are counted, others are not; the morning ends it."""
    play = Play()

    def use(category: str | None, total: int) -> SourceUse:
        return SourceUse("sends", "sender", "1069", category=category, total=total)

    facts = Facts(uses=[use(None, 900), use("marketing", 30), use("bank", 900)])
    assert play.hour("2026-11-02T21:00", facts) == []
    (warned,) = play.hour("2026-11-02T22:00", facts)
    (met,) = play.hour("2026-11-02T23:00", facts)
    assert _said(warned) == ("opened", "warning", "cn-provider.quiet-hours")
    assert _said(met) == ("updated", "critical", "cn-provider.quiet-hours")
    assert met.alert.observed == 60
    (ended,) = play.hour("2026-11-03T08:00", facts)
    assert ended.step == "resolved"


def test_the_ratio_of_a_month_says_what_it_is_of() -> None:
    """Complaints, messages, the ratio and what is certain stand in the alert."""
    play = Play()
    (warned,) = play.hour("2026-11-02T10:00", sends={"a": 10_000_000}, complaints={"a": 4})
    basis = warned.alert.basis
    assert isinstance(basis, RuleBasis)
    assert (basis.complaints, basis.messages, basis.per) == (4, 10_000_000, 1_000_000)
    assert warned.alert.expected == pytest.approx(4.0)
    assert rule_said(basis, warned.kind, catalogue("en")).startswith(
        "Complaints for a million messages in a calendar month: 4 complaints about 10,000,000"
        " messages, 0.4 in 1,000,000 where 0.4 is the limit and 0.14 is certain, day 2 of 30"
    )


def test_what_cannot_run_is_not_asked() -> None:
    """Without a source of messages in the group only the rule on complaints is left."""
    text = '[detect]\nrules = ["cn-provider"]\n[count]\nlevels = ["all"]\n'
    assert not Play(text).panel
    assert not Play("[count]\nlevels = ['sender']").panel
