"""Ids that an earlier version stored as they came are those that count today."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

from streams.alerts.cloudevent import Entity, decode_event
from streams.alerts.ending import place_of
from streams.alerts.history import lives
from streams.alerts.label import Span, decode_label, encode_label, make_label
from streams.alerts.latest import AlertFilter
from streams.archive.manifest import Manifest
from streams.archive.read.buckets import RecordedBucket, joined_sums, split_by_bucket, unsharded
from streams.archive.read.reader import Archive
from streams.archive.read.series import SeriesKey, read_series
from streams.archive.record.rows import counts_rows
from streams.archive.record.writer import Writer
from streams.archive.tables import COUNTS, ShardGroup
from streams.cli.arguments import parse_entity
from streams.counts.wire import decode_counts, encode_counts
from streams.detection.bucket_result import BucketResult
from streams.detection.context.membership import Indexed, members
from streams.detection.judges.entities import Entities
from streams.detection.judges.retired import Retired
from streams.detection.merge import ClosedBucket
from streams.detection.source_faults.verdict import SourceVerdict
from streams.items import SURPLUS, Counts, Family, Total
from tests.alerts import examples
from tests.events_of import config

WRITTEN, FORM = "10\u200b69", "1069"


def test_an_archives_ids_are_added_up() -> None:
    """Rows of ids that are one today are one entity, and belong to what it belongs to."""
    parents = {WRITTEN: {("platform", "Mall\u200b")}, "1070": {("platform", "Mall")}}
    sums = {("s", "sender"): {WRITTEN: 3, FORM: 4, "1070": 1, SURPLUS: 9}}
    bucket = ClosedBucket(60, 120, sums, parents, {})
    table = pa.Table.from_batches(counts_rows(bucket), COUNTS).unify_dictionaries()
    column = table["id"].dictionary_encode()
    table = table.set_column(table.column_names.index("id"), "id", column)
    ((start, found, belongs),) = split_by_bucket(table)
    assert start == 60
    assert found == {("s", "sender"): {FORM: 7, "1070": 1, SURPLUS: 9}}
    assert belongs["1070"] == {("platform", "Mall")}


def test_an_archives_ids_are_one_across_its_parts() -> None:
    """A bucket may lie in two groups of rows, or in two shards: what is one today is added up."""
    key = ("s", "sender")
    parents = {WRITTEN: {("platform", "Mall\u200b")}, FORM: {("signature", "A")}}
    shards = [
        ClosedBucket(60, 120, {key: {name: count}}, {name: parents[name]}, {})
        for name, count in ((WRITTEN, 3), (FORM, 4))
    ]
    read = [_read(shard) for shard in shards]
    whole = _read(ClosedBucket(60, 120, {key: {WRITTEN: 3, FORM: 4, "1070": 1}}, parents, {}))
    assert whole.sums == {key: {FORM: 7, "1070": 1}}
    together = [RecordedBucket(ShardGroup(n, "g"), bucket) for n, bucket in enumerate(read)]
    for bucket in (whole, next(unsharded(together)).bucket):
        assert bucket.sums[key][FORM] == 7
        assert bucket.parents[FORM] == {("platform", "Mall"), ("signature", "A")}
        for wider in bucket.parents[FORM]:
            assert members(bucket.parents, {wider}) == {FORM}
    assert isinstance(whole.parents, Indexed)
    sums = {key: dict(read[0].sums[key])}
    assert joined_sums(sums, read[1].sums) == {key: {FORM: 7}}


def _read(bucket: ClosedBucket) -> ClosedBucket:
    table = pa.Table.from_batches(counts_rows(bucket), COUNTS)
    column = table["id"].dictionary_encode()
    table = table.set_column(table.column_names.index("id"), "id", column)
    ((start, sums, parents),) = split_by_bucket(table)
    return ClosedBucket(start, bucket.end, sums, parents, {})


def test_a_series_is_that_of_todays_id(tmp_path: Path) -> None:
    """A report draws the counts of an entity, whatever names an archive has for it."""
    settings = config(count={"bucket": "1m"})
    manifest = Manifest.from_config(settings, origin="kafka")
    at, sums = ShardGroup(0, "1m"), {("sends", "sender"): {WRITTEN: 3, FORM: 4, "1070": 1}}
    writer = Writer(tmp_path, at, manifest)
    verdicts = {"sends": SourceVerdict(times=1)}
    writer.add(BucketResult(0, "1m", ClosedBucket(60, 120, sums, {}, {}), [], verdicts, {}))
    writer.flush()
    manifest.write(tmp_path)
    key = SeriesKey("1m", "sender", FORM, "sends", 0, 120)
    assert read_series(Archive(tmp_path), [key]) == {key: {60: 7}}


def test_alerts_are_known_by_todays_ids() -> None:
    """Also in a list of alerts, in their lives, and where they go on in another epoch."""
    alert = examples.alert(entity=Entity("sender", WRITTEN))
    assert alert.entity.in_form == FORM
    assert AlertFilter(entity=("sender", FORM))(alert)
    assert place_of(alert)[1] == FORM
    (life,) = lives([decode_event(examples.raw(entity=alert.entity))])
    assert life.entity == FORM
    assert Entity("source", "Shop.Sends").in_form == "Shop.Sends"
    assert parse_entity("E", "source/Shop.Sends", ["source"]) == ("source", "Shop.Sends")
    assert parse_entity("E", f"sender/{WRITTEN}", ["sender"]) == ("sender", FORM)


def test_counts_of_the_first_form_are_read_in_todays() -> None:
    """Those of today are in it already, and are read as they are."""
    record = Counts(
        source="s",
        lane=0,
        lanes=1,
        bucket_s=60,
        totals=[Total(0, "sender", WRITTEN, 3), Total(0, "sender", SURPLUS, 1)],
        families=[Family("platform", "Mall\u200b", [0])],
    )
    read = decode_counts(encode_counts(record))
    assert [each.id for each in read.totals] == [FORM, SURPLUS]
    assert [each.id for each in read.families] == ["Mall"]
    today = msgspec.structs.replace(record, v=2)
    assert decode_counts(encode_counts(today)) == today


@pytest.mark.parametrize(
    ("stored", "known"),
    [
        ([WRITTEN, "a"], [FORM, "a"]),
        ([WRITTEN, FORM], [WRITTEN, FORM]),
        (["\u200b", "a"], ["\u200b", "a"]),
    ],
)
def test_a_checkpoints_entities_are_known_by_todays_ids(
    stored: list[str], known: list[str]
) -> None:
    """Unless the entity of that id is known too: then each keeps its own."""
    before, after = Entities("g", "sender", "sends", 60), Entities("g", "sender", "sends", 60)
    before.add(stored, 3)
    after.state.unpack(before.state.pack_shared(), [before.state.pack_rows(0, len(stored))])
    assert after.names == known
    assert after.rows == {name: row for row, name in enumerate(known)}


def test_the_retired_are_known_by_todays_ids() -> None:
    """Who comes back under the one form of its id is no newcomer."""
    before, after = Retired(0), Retired(0)
    before.end_day([WRITTEN, "a"], [3, 4], [])  # type: ignore[arg-type]
    after.state.unpack(before.state.pack_shared(), [before.state.pack_rows(0, 2)])
    assert after.among([FORM, "a", "b"]) == [FORM, "a"]


def test_a_labels_entity_is_named_as_it_is_counted() -> None:
    """Whoever wrote the label copied the id from a page, or from an alert of long ago."""
    at = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    span = Span(entity=f"sender/{WRITTEN}", start=at, end=at + dt.timedelta(days=1))
    label = make_label("true", at, window=span)
    assert label.window is not None
    assert label.window.entity == f"sender/{FORM}"
    stored = encode_label(label).replace(b"sender/1069", f"sender/{WRITTEN}".encode())
    assert decode_label(stored) == label
