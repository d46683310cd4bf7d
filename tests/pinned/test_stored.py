"""What earlier versions stored is read by this one, or refused with a sentence."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from streams.alerts.cloudevent import Alert, Entity, decode_event
from streams.alerts.label import decode_label, encode_label
from streams.analysis.warm import recorded_for, warm
from streams.archive.read.reader import Archive
from streams.archive.record.state import Partition, read_state
from streams.config.load import load_config
from streams.counts.mark import decode_mark
from streams.counts.wire import decode_counts, encode_counts
from streams.delivery.undelivered.record import decode_record, encode_record
from streams.detection.checkpoint import FORM, OLDEST, StateLost
from streams.detection.shard import Shard
from tests.pinned.run import ROOT, run

STORED = ROOT / "tests/data/stored"
FIRST = STORED / "v0.1"
FORMS = {FIRST: 2, STORED / "form-4": 4, STORED / "form-5": 5}
READ = [folder for folder, form in FORMS.items() if OLDEST <= form < FORM]
NAMES = ("fault", "alerts")


class _Following(msgspec.Struct):
    """What came after a checkpoint, and what the version that wrote it made of that."""

    first_needed: int
    reached: int
    counts: list[str]
    alerts_before: list[str]
    alerts: list[str]


class _Life(NamedTuple):
    """How far the life of an alert has come."""

    revision: int
    state: str


def _slots(folder: Path, name: str) -> dict[bytes, bytes]:
    packed = gzip.decompress((folder / f"checkpoint-{name}.msgpack.gz").read_bytes())
    return dict(msgspec.msgpack.decode(packed, type=list[tuple[bytes, bytes]]))


def _shard(folder: Path) -> Shard:
    return Shard(0, load_config(folder / "checkpoint.toml", must_exist=True))


def test_every_form_that_is_read_has_files() -> None:
    """The two forms before are read, so files of both are here."""
    assert sorted(FORMS[folder] for folder in READ) == [FORM - 2, FORM - 1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("folder", [f for f, form in FORMS.items() if form < OLDEST])
def test_a_checkpoint_that_is_older_is_refused(folder: Path, name: str) -> None:
    """Version 0.1 stored columns without their names; this version does not read them.

    It stops with a sentence that says what to do: it neither guesses nor begins anew in silence.
    """
    with pytest.raises(StateLost, match=r"written by .*or reset detect: operations/README\.md"):
        _shard(folder).restore(_slots(folder, name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("folder", READ, ids=lambda folder: folder.name)
def test_judging_goes_on_from_a_checkpoint_of_an_earlier_form(folder: Path, name: str) -> None:
    """Entities, open alerts and numbers are those of then: nothing is told again or left out."""
    text = gzip.decompress((folder / f"after-{name}.json.gz").read_bytes())
    following = msgspec.json.decode(text, type=_Following)
    shard = _shard(folder)
    assert shard.restore(_slots(folder, name))
    assert (shard.position, shard.reached) == (following.first_needed, following.reached)
    lives, number = _lives(following.alerts_before)
    (group,) = shard.groups.values()
    open_then = {alert for alert, life in lives.items() if life.state == "open"}
    assert len(open_then) > 1
    assert group.open_alerts == len(open_then)
    assert group.feed_no == number
    entities = group.panel.entities["sends", "sender"].names
    assert len(entities) > 30
    assert len(set(entities)) == len(entities)
    ended = set()
    for offset, record in enumerate(following.counts, start=shard.position):
        for published in shard.take(offset, decode_counts(record.encode())):
            alert = decode_event(published.value).alert
            number += 1
            assert alert.feed_no == number
            before = lives.get(alert.alert_id, _Life(0, ""))
            assert before.state in ("", "open")
            assert alert.revision == before.revision + 1
            lives[alert.alert_id] = _Life(alert.revision, alert.state)
            ended |= {alert.alert_id} - ({alert.alert_id} if alert.state == "open" else set())
    then = _lives([*following.alerts_before, *following.alerts])[0]
    ended_then = {alert for alert in open_then if then[alert].state != "open"}
    assert ended_then <= ended  # later versions may learn otherwise, but alerts do end


def _lives(values: list[str]) -> tuple[dict[str, _Life], int]:
    """How far each alert has come, and the number of the last revision."""
    alerts = [decode_event(value.encode()).alert for value in values]
    lives = {alert.alert_id: _Life(alert.revision, alert.state) for alert in alerts}
    return lives, max((alert.feed_no or 0 for alert in alerts), default=0)


@pytest.mark.parametrize("folder", READ, ids=lambda folder: folder.name)
def test_a_checkpoint_of_an_earlier_form_is_stored_in_todays(folder: Path) -> None:
    """The next checkpoint holds the same state, and leads to the same alerts."""
    first, second = _shard(folder), _shard(folder)
    first.restore(_slots(folder, "alerts"))
    second.restore(dict(first.checkpoint()))
    text = gzip.decompress((folder / "after-alerts.json.gz").read_bytes())
    counts = msgspec.json.decode(text, type=_Following).counts
    for offset, record in enumerate(counts, start=first.position):
        taken = decode_counts(record.encode())
        assert first.take(offset, taken) == second.take(offset, taken)


@pytest.mark.parametrize("folder", READ, ids=lambda folder: folder.name)
def test_other_values_are_read(folder: Path) -> None:
    """Commit metadata, counts, labels and undelivered alerts mean what they meant."""
    values = msgspec.json.decode((folder / "values.json").read_bytes(), type=dict[str, list[str]])
    first, mark = (decode_mark(40, text) for text in values["marks"])
    assert (first.front, first.closed, first.idle) == (None, float("-inf"), ())
    assert (mark.front, mark.closed, mark.published, mark.read) == (1.5e9, 1.49e9, 1.48e9, 47)
    assert mark.idle == ((41, 1.5e9), (44, float("-inf")))
    for text in values["counts"]:
        record = decode_counts(text.encode())
        assert (record.lanes, record.bucket_s) == (1, 86_400)
        assert record.totals or record.watermark
        assert _holds(encode_counts(record), text)
    for text in values["alerts"]:
        alert = decode_event(text.encode()).alert
        assert alert.group == "1d-UTC"
        assert alert.entity.id in text
    for text in values["labels"]:
        assert _holds(encode_label(decode_label(text.encode())), text)
    for text in values["undelivered"]:
        assert _holds(encode_record(decode_record(text.encode())), text)


def _holds(now: bytes, then: str) -> bool:
    """Whether a value that was read is written again with all that it had."""
    return bool(
        msgspec.json.decode(then, type=dict[str, object]).items()
        <= msgspec.json.decode(now, type=dict[str, object]).items()
    )


@pytest.mark.parametrize("folder", READ, ids=lambda folder: folder.name)
def test_a_recorder_goes_on_where_it_was(folder: Path) -> None:
    """Its state's file says which record of each partition is next."""
    state = read_state(folder / "recorder")
    assert state is not None
    assert list(state.following) == [Partition("counts", 0)]
    assert len(state.slots) == 1


@pytest.mark.parametrize("folder", [FIRST, *READ], ids=lambda folder: folder.name)
def test_an_archive_gives_the_alerts_that_were_recorded(folder: Path, tmp_path: Path) -> None:
    """A replay of it, with the settings of then, gives every revision again, and no other.

    As of version 0.2 they have other ids and sentences, an epoch and an exposure, and say `source`
    for `feed`. With form 6 of checkpoints came another common factor, kinds of weeks and budget: an
    older archive gives most of the alerts again, and hardly another one.
    """
    options = ["--config", str(folder / "archive.toml"), "--alerts", "alerts.jsonl"]
    run(tmp_path, "replay", "--archive", str(folder / "archive"), *options)
    replayed = (tmp_path / "alerts.jsonl").read_bytes().splitlines()
    recorded = [
        line
        for file in (folder / "archive/alerts").rglob("*.parquet")
        for line in pq.read_table(file, columns=["cloudevent"]).column(0).to_pylist()
    ]
    assert len(recorded) > 20
    now, then = _by_number(replayed), _by_number(recorded)
    if FORMS[folder] < 6:
        found, known = _opened(now), _opened(then)
        assert 2 * len(found & known) > len(known)
        assert len(found - known) <= 1
    else:
        assert now == then


def _opened(alerts: dict[object, Alert]) -> set[tuple[Entity, str, str]]:
    """Entity, signal and day of the first bucket of each alert."""
    return {
        (alert.entity, alert.signal, alert.first_bucket[:10])
        for alert in alerts.values()
        if alert.event == "opened"
    }


@pytest.mark.parametrize("folder", [FIRST, *READ], ids=lambda folder: folder.name)
def test_a_recorded_archive_carries_an_upgrade_that_cannot_read_the_state(folder: Path) -> None:
    """`warm` knows the senders of then, and what was open goes on: also from version 0.1."""
    config = load_config(folder / "archive.toml", must_exist=True)
    recorded = [
        decode_event(line).alert
        for file in sorted((folder / "archive/alerts").rglob("*.parquet"))
        for line in pq.read_table(file, columns=["cloudevent"]).column(0).to_pylist()
    ]
    open_then = {
        alert.entity
        for alert in {
            a.alert_id: a for a in sorted(recorded, key=lambda a: a.feed_no or 0)
        }.values()
        if alert.state == "open"
    }
    shard = Shard(0, config)
    era = warm([shard], recorded_for(config, [Archive(folder / "archive")]))
    assert era.warmed
    begun = shard.begin_again()
    assert {one.alert.entity for one in begun} == open_then
    assert [one.alert.feed_no for one in begun] == [*range(1, len(begun) + 1)]
    (group,) = shard.groups.values()
    assert len(group.panel.entities["sends", "sender"].names) > 30
    assert group.panel.volume["sends", "sender"].expected_total(None) > 1.0


def _by_number(lines: list[bytes]) -> dict[object, Alert]:
    """Alerts as read, by their place in the feed; ids as the place of an alert's first revision."""
    alerts = [decode_event(line).alert for line in lines]
    alerts.sort(key=lambda alert: (alert.group, alert.feed_no))
    first: dict[str, int | None] = {}
    for alert in alerts:
        first.setdefault(alert.alert_id, alert.feed_no)
    return {
        (alert.group, alert.feed_no): replace(
            alert,
            alert_id=str(first[alert.alert_id]),
            parent=alert.parent and str(first[alert.parent]),
            exposure=None,
            summary="",
            config="",
        )
        for alert in alerts
    }
