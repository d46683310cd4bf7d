"""Garbage in control records and late totals is refused with a reason: it stops nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.counts.wire import Unreadable, decode_record
from streams.detection.merge import Merge
from streams.items import LEVELS, Counts
from streams.registry.control import RegistryRows
from streams.registry.entry import ROW_TYPES, key_of
from streams.registry.table import Registry
from tests.counts.facts.drawn import wanting

NUMBERS = st.sampled_from([-(10**14), -1, 0, 1, 2, 7, 2**53, 2**63 - 1, 10**17, 10**30])
KEYS = st.sampled_from(["", "x", "nonsense/x", "code/", "code/1", "signature/S", "filing/1/S"])
ENTRIES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        {"kind": "code", "id": "1"},
        {"kind": "signature", "id": "S"},
        {"kind": "filing", "code": "1", "signature": "S"},
    ]
)
ROWS = st.lists(st.tuples(NUMBERS, KEYS, ENTRIES, st.booleans()), max_size=3)


@given(NUMBERS, ROWS)
@settings(max_examples=100, deadline=None)
def test_a_control_record_is_refused_or_can_be_applied(after: int, rows: list[Any]) -> None:
    fields = {"control": "registry", "source": "", "lane": 0, "lanes": 0}
    value = msgspec.json.encode({**fields, "after": after, "rows": rows, "v": 3})
    try:
        record = decode_record(value)
    except Unreadable:
        return
    assert isinstance(record, RegistryRows)
    assert record.rows
    registry = Registry()
    registry.take(record.rows)
    assert after < record.rows[0].seq
    assert registry.seq == record.rows[-1].seq <= 2**53
    registry.code_of("12", 738_000)
    for kind in ROW_TYPES:
        for entry in registry.entries(kind):
            assert registry.get(kind, key_of(entry).partition("/")[2]) is entry


LATE = st.tuples(
    st.sampled_from([0, 7, 21_600, 43_200, 10**17, -(10**14)]),
    st.sampled_from([0, 7, 21_600, 10**17, -(10**14), -(10**30)]),
    st.sampled_from([*LEVELS, "town"]),
    st.just("a"),
    NUMBERS,
    st.sampled_from([-1, 0, 8, 128, 10**9]),
    st.sampled_from(["", "YWJjZGVm", "YWJj"]),
    st.sampled_from(["", "YWJjZGVm", "YWJjZGVmZw=="]),
)


@given(st.lists(LATE, min_size=1, max_size=2), NUMBERS, st.sampled_from([0, 60, 10**17]))
@settings(max_examples=100, deadline=None)
def test_late_totals_and_totals_are_refused_or_close(
    late: list[Any], count: int, start: int
) -> None:
    source = wanting("complaints", bucket="6h")
    record = {"source": "complaints", "lane": 0, "lanes": 1, "bucket_s": 21_600, "v": 2}
    totals = [[start - start % 21_600, "sender", "a", count]]
    value = msgspec.json.encode({**record, "totals": totals, "late": late, "watermark": 864e3})
    try:
        found = decode_record(value)
    except Unreadable:
        return
    assert isinstance(found, Counts)
    merge = Merge([source])
    merge.add(0, found)
    for bucket in merge.close():
        for each in bucket.facts.late:
            assert each.of_bucket < bucket.start
            assert merge.buckets.day(each.of_bucket) > 0
            assert each.total >= 0
