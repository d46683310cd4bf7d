"""What the counter writes reaches every shard completely."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.counts.open_bucket import Flush
from streams.counts.wire import (
    TALLIES_A_RECORD,
    TOTALS_A_RECORD,
    Unreadable,
    WrongShape,
    decode_counts,
    decode_record,
    encode_counts,
    records,
    shard_of,
)
from streams.items import COUNTS_FORM, LEVELS, Counts, Tally, Total
from streams.registry.control import RegistryRow, RegistryRows, encode_control
from streams.registry.entry import CodeEntry

LARGEST = 8_000_000
"""What the counter's client sends as one message."""


def _totals(number: int) -> list[Total]:
    return [Total(60 * (n % 3), "sender", f"s{n}", n + 1) for n in range(number)]


def _records(flush: Flush, shards: int = 1) -> list[tuple[int, Counts]]:
    return list(records("sends", 2, 4, 60, flush, shards))


def _sizes(out: Sequence[tuple[int, Counts]]) -> list[int]:
    return [len(record.totals) for _, record in out]


_total = st.builds(
    Total,
    st.integers(0, 10**10),
    st.sampled_from(LEVELS),
    st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable()),
    st.integers(1, 10**15),
)
_tally = st.builds(Tally, st.integers(0, 10**10), *[st.integers(0, 10**9)] * 4)
_times = st.one_of(st.none(), st.floats(0, 1e10))


@settings(max_examples=60, deadline=None)
@given(st.lists(_total, max_size=20), st.lists(_tally, max_size=3), _times, st.integers(1, 5))
def test_nothing_is_lost_on_the_way_to_the_shards(
    totals: list[Total], tallies: list[Tally], watermark: float | None, shards: int
) -> None:
    """Every total once, in its entity's shard; tallies once; the watermark in every shard."""
    out = _records(Flush(totals, tallies, watermark), shards)
    back = [(shard, decode_counts(encode_counts(record))) for shard, record in out]
    assert back == out
    assert Counter(t for _, record in back for t in record.totals) == Counter(totals)
    assert [t for _, record in back for t in record.tallies] == tallies
    for shard, record in back:
        assert {shard_of(t.level, t.id, shards) for t in record.totals} <= {shard}
    marked = [shard for shard, record in back if record.watermark is not None]
    assert marked == ([] if watermark is None else list(range(shards)))


def test_a_large_flush_is_split() -> None:
    """No record outgrows what a broker takes, and the last one is not empty."""
    out = _records(Flush(_totals(2 * TOTALS_A_RECORD + 5), watermark=180.0))
    assert _sizes(out) == [TOTALS_A_RECORD, TOTALS_A_RECORD, 5]
    whole = _records(Flush(_totals(TOTALS_A_RECORD), watermark=180.0))
    assert _sizes(whole) == [TOTALS_A_RECORD]


def test_the_largest_record_fits_into_a_message() -> None:
    """With the longest names there are, each of characters that JSON escapes, it is sent.

    A sender may name a thousand platforms, and hours may close at once, a second a bucket.
    """
    name = '"' * 256
    totals = [Total(1_772_409_600, "signature", name, 10**15)] * TOTALS_A_RECORD
    tallies = [Tally(10**10, *[2**63] * 4)] * (3 * TALLIES_A_RECORD + 1)
    out = _records(Flush(totals, tallies, 1e9 / 7))
    assert max(len(encode_counts(record)) for _, record in out) < LARGEST
    assert max(len(record.tallies) for _, record in out) == TALLIES_A_RECORD
    assert [tally for _, record in out for tally in record.tallies] == tallies

    def named(number: int) -> str:
        return name[:-4] + f"{number:04}"

    for of_each in (1, 3, 1000):
        parents = {
            (60, named(sender)): {("category", named(of_each * sender + n)) for n in range(of_each)}
            for sender in range(2000)
        }
        senders = [Total(60, "sender", named(sender), 10**15) for sender in range(2000)]
        out = _records(Flush(senders, tallies, 1e9 / 7, parents=parents))
        sizes = [len(encode_counts(record)) for _, record in out]
        assert max(sizes) < LARGEST
        assert sum(len(record.totals) for _, record in out) == len(senders)


def test_the_watermark_and_tallies_stand_in_the_last_record() -> None:
    """Whoever has read the watermark has read every total below it."""
    tally = Tally(0, 9, 1, 0, 0)
    flush = Flush(_totals(TOTALS_A_RECORD + 1), [tally], 180.0, idle=True)
    (_, first), (_, last) = _records(flush)
    assert (first.watermark, first.tallies, first.idle) == (None, [], False)
    assert (last.watermark, last.tallies, last.idle) == (180.0, [tally], True)


def test_an_empty_flush_writes_nothing() -> None:
    """A quiet lane does not fill the topic."""
    assert _records(Flush(), 3) == []


def test_every_record_names_its_lane_and_their_number() -> None:
    """So that a lane that has not been seen yet holds the close."""
    ((_, record),) = _records(Flush(_totals(1)))
    assert (record.source, record.lane, record.lanes, record.bucket_s) == ("sends", 2, 4, 60)


def test_shards_are_the_same_on_every_machine() -> None:
    """A worker started elsewhere, or by another release, finds an entity in the same shard."""
    names = [("sender", "106900012345"), ("signature", "商城"), ("all", "all")]
    assert [shard_of(level, name, 8) for level, name in names] == [1, 4, 6]
    assert {shard_of("sender", str(n), 4) for n in range(100)} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    "value",
    [b"", b"{}", b"[]", b"\xff\xfe", b'{"source":"a"}', b"[" * 100_000, b'{"v":1,"source":1}'],
)
def test_what_is_no_counts_record_is_said_to_be_none(value: bytes) -> None:
    """A foreign record in the topic gets one clear error, whatever its bytes."""
    with pytest.raises(Unreadable, match=r"^not a counts record: "):
        decode_counts(value)


def test_a_record_of_a_later_version_is_refused() -> None:
    """Fields whose meaning may have changed are not guessed at, and no count is passed over."""
    ((_, record),) = records("sends", 0, 1, 60, Flush(_totals(1)), 1)
    value = encode_counts(record)
    now, later = (f'"v":{form}'.encode() for form in (COUNTS_FORM, COUNTS_FORM + 1))
    assert value.endswith(now + b"}")
    with pytest.raises(WrongShape, match=r"a later version wrote one of form \d\. Go on with that"):
        decode_counts(value.replace(now, later))
    with pytest.raises(Unreadable):
        decode_counts(b'{"source":"another program\'s","v":99}')


def test_control_record_is_told_from_counts_and_stops_earlier_versions() -> None:
    rows = [RegistryRow(7, "code/1069", CodeEntry(id="1069")), RegistryRow(8, "code/1065")]
    record = RegistryRows(after=3, rows=rows)
    value = encode_control(record)
    assert decode_record(value) == record
    found = json.loads(value)  # what a version looks at that knows counts only, of forms 1 and 2
    assert (found["source"], found["lane"], found["lanes"], found["v"]) == ("", 0, 0, 3)
    with pytest.raises(WrongShape, match="form 4"):
        decode_record(value.replace(b'"v":3', b'"v":4'))
    with pytest.raises(Unreadable, match="not a control record"):
        decode_record(value.replace(b'"after":3', b'"after":"x"'))
