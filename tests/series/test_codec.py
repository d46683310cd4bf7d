"""Records of the topic ``series``: what comes back is what was written, in bounded pieces."""

from __future__ import annotations

import contextlib

import msgspec
import numpy as np
import pytest
from backports.zstd import compress

from streams.series import codec
from streams.series.codec import decode_series, encode_bucket, encode_outlook
from streams.series.record import COLUMNS, BucketSeries, FullRow
from tests.series.examples import block, bucket, outlook, watched


def _decoded(series: BucketSeries) -> list[BucketSeries]:
    found = [decode_series(value) for _, value in encode_bucket(series)]
    assert all(isinstance(one, BucketSeries) for one in found)
    return [one for one in found if isinstance(one, BucketSeries)]


def test_a_bucket_comes_back_as_it_was_written() -> None:
    """Its blocks in single precision, its full rows to the last bit."""
    full = FullRow("sender", "s\u4e2d", "sends", watched(expected=1 / 3))
    written = bucket(blocks=[block(["a", "b"]), block(["all"], level="all")], full=[full])
    (found,) = _decoded(written)
    assert found.full == [full]
    assert (found.group, found.start, found.end, found.part, found.parts) == ("g", 60, 120, 0, 1)
    for one, other in zip(written.blocks, found.blocks, strict=True):
        assert (one.level, one.signal, list(one.ids)) == (other.level, other.signal, other.ids)
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_large_bucket_takes_several_records_below_a_mebibyte() -> None:
    """Whatever its names are: no row is lost, and none stands twice."""
    rng = np.random.default_rng(1)
    ids = [f"{n:05}" + "".join(map(chr, rng.integers(0x4E00, 0x9FFF, 83))) for n in range(8000)]
    full = [FullRow("sender", f"full{n}", "sends", watched()) for n in range(2000)]
    pairs = list(encode_bucket(bucket(blocks=[block(ids)], full=full)))
    assert len(pairs) > 2
    assert max(len(value) for _, value in pairs) < 2**20
    assert len({key for key, _ in pairs}) == len(pairs)
    found = [one for _, value in pairs if isinstance(one := decode_series(value), BucketSeries)]
    assert [one.part for one in found] == list(range(len(pairs)))
    assert {one.parts for one in found} == {len(pairs)}
    assert [name for one in found for each in one.blocks for name in each.ids] == ids
    assert [row for one in found for row in one.full] == full


def test_a_bucket_without_rows_is_a_record() -> None:
    """So that a reader knows that the bucket is closed."""
    (found,) = _decoded(bucket())
    assert (found.blocks, found.full, found.parts) == ([], [], 1)


def test_the_same_bucket_gives_the_same_bytes() -> None:
    """Who writes again after a crash writes the same."""
    written = bucket(blocks=[block(["a", "b"])])
    assert list(encode_bucket(written)) == list(encode_bucket(written))


def test_an_outlook_comes_back() -> None:
    """With every figure, and the key of its entity."""
    key, value = encode_outlook(outlook(signals={"sends": watched(alarms_at=9.0)}))
    assert key == b"sender/s1"
    assert decode_series(value) == outlook(signals={"sends": watched(alarms_at=9.0)})


def test_a_row_says_what_was_usual() -> None:
    """The band follows from expectation and shape; which count is enough was not asked."""
    found = block(["a"], expected=4.0, shape=1e6).watched(0, 60, 120)
    assert (found.low, found.high, found.expected) == (1.0, 8.0, 4.0)
    assert (found.alarms_at, found.alarms_known) == (None, False)
    new = block(["a"], shape=float("nan")).watched(0, 60, 120)
    assert (new.low, new.high) == (None, None)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"", "truncated"),
        (b"\xc1garbage", "malformed"),
        (b'{"v":1,"type":"bucket"}', "Expected"),
        (msgspec.msgpack.encode({"v": 9, "type": "bucket"}), "found 9: a later version"),
        (msgspec.msgpack.encode({"v": 1, "type": "other"}), "Invalid value"),
    ],
)
def test_what_is_no_record_is_refused(value: bytes, says: str) -> None:
    """With the reason; a later version's with the remedy."""
    with pytest.raises(ValueError, match=says):
        decode_series(value)


def test_a_spoilt_record_is_refused_at_every_byte() -> None:
    """Cut or changed anywhere, it is a ValueError, or another record."""
    ((_, value),) = encode_bucket(bucket(blocks=[block(["a", "b"])]))
    read = []
    for at in range(len(value)):
        for spoilt in (value[:at], value[:at] + bytes([value[at] ^ 0x41]) + value[at + 1 :]):
            with contextlib.suppress(ValueError):
                read.append(decode_series(spoilt))
    assert len(read) < 2 * len(value)


def test_rows_that_would_be_huge_are_refused() -> None:
    """A few bytes that unpack to gigabytes cost no memory."""
    bomb = compress(bytes(50_000_000), 3)
    fields = {"group": "g", "shard": 0, "epoch": 1, "start": 0, "end": 1, "part": 0, "parts": 1}
    value = msgspec.msgpack.encode({"v": 1, "type": "bucket", **fields, "rows": bomb})
    with pytest.raises(ValueError, match="at most 1800000 bytes"):
        decode_series(value)


def test_columns_of_other_lengths_are_refused() -> None:
    """Each column has a number for each row."""
    stored = codec._stored_block(block(["a", "b"]), b"a\nb")
    rows = codec._StoredRows([msgspec.structs.replace(stored, shape=b"123")], [])
    whole = next(value for _, value in encode_bucket(bucket()))
    fields = msgspec.msgpack.decode(whole)
    fields["rows"] = compress(msgspec.msgpack.encode(rows), 3)
    with pytest.raises(ValueError, match="shape must have 8 bytes, for 2 rows; found 3"):
        decode_series(msgspec.msgpack.encode(fields))
