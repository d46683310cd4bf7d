"""An alert on misuse is part of a wider one of its kind: a new code of a signature that spreads."""

from __future__ import annotations

import pytest

from streams.detection.context.membership import Belonging
from streams.detection.meters import DetectMeters
from streams.detection.misuse import alerts as alerts_of_misuse
from streams.detection.shard import Shard
from streams.items import Family
from streams.registry.control import RegistryRow
from streams.registry.entry import CodeEntry, Entry, SignatureEntry, key_of
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
