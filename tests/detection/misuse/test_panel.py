"""An alert on misuse is part of a wider one of its kind: a new code of a signature that spreads."""

from __future__ import annotations

import pytest

from streams.alerts.lifecycle import Severity
from streams.alerts.misuse.basis import ScopeBasis
from streams.detection.context.membership import Belonging
from streams.detection.merge import ClosedBucket
from streams.detection.meters import DetectMeters
from streams.detection.misuse import alerts as alerts_of_misuse
from streams.detection.misuse import new_code
from streams.detection.misuse.alerts import MisuseAlerts
from streams.detection.misuse.judge import MisuseBucket, MisuseFound, MisusePlace
from streams.detection.misuse.scope import ScopeJudge
from streams.detection.misuse.table import FACTS_OF_MISUSE
from streams.detection.shard import Shard
from streams.items import Family
from streams.registry.control import RegistryRow
from streams.registry.entry import CodeEntry, Entry, SignatureEntry, key_of
from streams.registry.table import Registry
from tests.detection.misuse.events import RawEvent, closed, config_of


def test_an_unregistered_code_is_part_of_its_signature() -> None:
    """Both open in one bucket; the code's alert names the signature's as its parent."""
    entries: list[Entry] = [CodeEntry(id="95588"), SignatureEntry(id="Bank")]
    shard = Shard(0, config_of("scope"))
    shard.registry.take([RegistryRow(n, key_of(e), e) for n, e in enumerate(entries, 1)])
    (group,) = shard.groups
    parents = Belonging()
    record = parents.add_record([Family("signature", "Mall", [0])])
    parents.put(("sends", 0), "1069520188", record, 0)
    bucket = closed(0, [RawEvent(0, "1069520188", signature="Mall")])._replace(parents=parents)
    opened = {one.alert.entity.level: one.alert for one in shard.judge(group, bucket).alerts}
    assert {level: alert.kind for level, alert in opened.items()} == {
        "signature": "signature",
        "sender": "code",
    }
    assert opened["sender"].parent == opened["signature"].alert_id
    assert opened["signature"].parent is None


def test_what_an_alert_on_misuse_names_stays_to_its_end() -> None:
    """Nothing counts any more when it ends: its routes and silences still match."""
    shard = Shard(0, config_of("scope", quiet="2d"))
    shard.registry.take([RegistryRow(1, "code/95588", CodeEntry(id="95588"))])
    (group,) = shard.groups
    parents = Belonging()
    parents.put(
        ("sends", 0), "1069520188", parents.add_record([Family("signature", "Mall", [0])]), 0
    )
    alerts = []
    for day in range(6):
        bucket = closed(day, [RawEvent(0, "1069520188", signature="Mall")])
        result = shard.judge(group, bucket._replace(parents=parents if day == 0 else Belonging()))
        alerts += [one.alert for one in result.alerts if one.alert.entity.level == "sender"]
    assert [(one.event, one.belongs_to) for one in alerts] == [
        ("opened", {"signature": ["Mall"]}),
        ("resolved", {"signature": ["Mall"]}),
    ]


def test_what_has_no_room_has_no_alert_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what the last bucket lacks, not what has ever lacked: a symptom that can end."""
    monkeypatch.setattr(alerts_of_misuse, "MOST_OPEN", 3)
    config = config_of("scope", quiet="2d")
    shard, meters = Shard(0, config), DetectMeters(config)
    shard.registry.take([RegistryRow(1, "code/95588", CodeEntry(id="95588"))])
    (group,) = shard.groups
    lacking = []
    for day in range(4):
        events = [RawEvent(0, f"106952018{n}") for n in range(5)]
        opened = shard.judge(group, closed(day, events)).alerts
        meters.measure(shard, head=None, unsaved_s=0.0, now_s=0.0)
        name = "weathervane_detect_misuse_beyond"
        lacking.append((len(opened), meters.registry.get_sample_value(name, {"shard": "0"})))
    assert lacking == [(3, 2.0), (0, 0.0), (3, 0.0), (0, 0.0)]


def _found(number: int, severity: Severity = "warning", count: float = 1.0) -> MisuseFound:
    place = MisusePlace("sender", f"s{number}", "code")
    basis = ScopeBasis([], 0)
    return MisuseFound(place=place, count=count, basis=basis, severity=severity)


def test_a_critical_alert_takes_the_place_of_the_least_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not of one that opens or is found in this bucket, as long as there is another."""
    monkeypatch.setattr(alerts_of_misuse, "MOST_OPEN", 3)
    alerts = MisuseAlerts(FACTS_OF_MISUSE["scope"], "g", 3600)
    judge = ScopeJudge(7 * 86_400.0)

    def close(hour: int, *found: MisuseFound) -> list[tuple[str, str, str | None]]:
        bucket = ClosedBucket(hour * 3600, hour * 3600 + 3600, {}, {}, {})
        about = MisuseBucket(bucket, Registry(), (), 0, frozenset())
        monkeypatch.setattr(judge, "allowed", lambda *_: False)
        return [(c.entity, c.step, c.alert.reason) for c in alerts.close(judge, found, about)]

    assert len(close(0, _found(1, count=9.0), _found(2), _found(3))) == 3
    assert close(1, _found(1), _found(4)) == []
    assert alerts.beyond == 1
    assert close(2, _found(2, count=0.5), _found(5), _found(6, "critical")) == [
        ("s3", "resolved", "displaced"), ("s6", "opened", None),
    ]  # fmt: skip
    assert alerts.beyond == 1
    assert close(3, *(_found(n, "critical") for n in (1, 7, 8))) == [
        ("s1", "updated", None), ("s2", "resolved", "displaced"), ("s7", "opened", None),
    ]  # fmt: skip
    assert alerts.beyond == 1, "all that are open are critical"


def test_what_is_let_go_is_told_for_two_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers beyond the bound are forgotten; the metric says how many, and ends."""
    monkeypatch.setattr(new_code, "MOST_NUMBERS", 3)
    monkeypatch.setattr(new_code, "SPARE", 1)
    config = config_of("new_code")
    shard, meters = Shard(0, config), DetectMeters(config)
    (group,) = shard.groups
    metric = []
    for day in range(4):
        shard.judge(
            group, closed(day, [RawEvent(0, f"10695201{n}") for n in range(5 if not day else 1)])
        )
        meters.measure(shard, head=None, unsaved_s=0.0, now_s=0.0)
        name = "weathervane_detect_misuse_let_go"
        metric.append(meters.registry.get_sample_value(name, {"shard": "0"}))
    assert metric == [3.0, 3.0, 0.0, 0.0]
