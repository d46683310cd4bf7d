"""Labels come from two topics into one table of an archive, each once."""

from __future__ import annotations

from pathlib import Path

from streams.actions.action import GiveLabel, encode_action
from streams.actions.labels import label_of
from streams.alerts.label import decode_label, encode_label, make_label
from streams.archive.record.alerts_and_labels import AlertsAndLabels
from streams.archive.record.state import Partition
from streams.archive.tables import LABELS, read_table
from streams.config.load import parse_config
from tests.actions.examples import EVERY_KIND, NOW, NOW_S
from tests.alerts.examples import OPENED

CONFIG = parse_config({"name": "n"})
FORMER, ACTIONS = (Partition(f"weathervane.n.{what}", 0) for what in ("labels", "actions"))
OLD = make_label("true", NOW, alert_id=OPENED.alert_id, note="seen", by="ann")
GIVEN = [action for action in EVERY_KIND if isinstance(action, GiveLabel)]


def _recorded(root: Path) -> list[str]:
    files = sorted(root.glob("labels/day=*/*.parquet"))
    rows = [row for path in files for row in read_table(path, LABELS, ["json"]).to_pylist()]
    return sorted(decode_label(row["json"].encode()).label_id for row in rows)


def _taken(root: Path) -> AlertsAndLabels:
    taker = AlertsAndLabels(root, CONFIG)
    taker.read_recorded()
    taker.take(FORMER, 0, encode_label(OLD), NOW_S)
    for offset, action in enumerate(EVERY_KIND):
        taker.take(ACTIONS, offset, encode_action(action), NOW_S)
        taker.take(ACTIONS, offset + 100, encode_action(action), NOW_S)
    taker.take(ACTIONS, 300, b"rubbish", NOW_S)
    taker.take(ACTIONS, 301, None, NOW_S)
    return taker


def test_both_topics_labels_are_recorded_once(tmp_path: Path) -> None:
    """Other actions are none of an archive's; repeats count once, also after a restart."""
    taker = _taken(tmp_path)
    assert taker.labels == 3
    taker.write()
    names = sorted([OLD.label_id, *(label_of(action, None).label_id for action in GIVEN)])
    assert _recorded(tmp_path) == names
    again = _taken(tmp_path)
    assert (again.labels, again.held) == (0, 0)


def test_what_comes_again_is_removed_by_its_topic(tmp_path: Path) -> None:
    """A state that has read one topic and not the other keeps the files of that one."""
    _taken(tmp_path).write()
    AlertsAndLabels(tmp_path, CONFIG).remove_repeated({FORMER: 1, ACTIONS: 0})
    assert _recorded(tmp_path) == [OLD.label_id]
    AlertsAndLabels(tmp_path, CONFIG).remove_repeated({FORMER: 0, ACTIONS: 0})
    assert _recorded(tmp_path) == []
