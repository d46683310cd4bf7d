"""Ids that an earlier version stored as they came are those that count today."""

from __future__ import annotations

import datetime as dt

import msgspec
import pyarrow as pa
import pytest

from streams.alerts.label import Span, decode_label, encode_label, make_label
from streams.archive.read.buckets import split_by_bucket
from streams.archive.record.rows import counts_rows
from streams.archive.tables import COUNTS
from streams.counts.wire import decode_counts, encode_counts
from streams.detection.judges.entities import Entities
from streams.detection.judges.retired import Retired
from streams.detection.merge import ClosedBucket
from streams.items import SURPLUS, Counts, Family, Total

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
