"""An alert on misuse is part of a wider one of its kind: a new code of a signature that spreads."""

from __future__ import annotations

from streams.detection.context.membership import Belonging
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
