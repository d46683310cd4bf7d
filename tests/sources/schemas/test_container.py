"""Avro's files are read as others write them; a damaged or hostile one takes bounded memory."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from typing import Any

import cramjam
import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.sources.rejects import Undecodable
from streams.sources.schemas.avro import avro_decoder
from streams.sources.schemas.avro_types import parse_avro
from streams.sources.schemas.container import CODECS, Container, DamagedContainer

SCHEMA = {"type": "record", "name": "A", "fields": [{"name": "x", "type": "string"}]}
HEADER = b"Obj\x01"
SYNC = b"sixteen bytes..."


def container(blocks: bytes, **header: bytes) -> Container:
    own = {key.replace("_", "."): value for key, value in header.items()}
    entries = {"avro.schema": b'"null"', "avro.codec": b"null", **own}
    texts = b"".join(
        number(len(name)) + name.encode() + number(len(value)) + value
        for name, value in entries.items()
    )
    return Container(io.BytesIO(HEADER + number(len(entries)) + texts + b"\x00" + SYNC + blocks))


def number(value: int) -> bytes:
    found, value = b"", value << 1
    while value >= 0x80:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])


def block(count: int, data: bytes) -> bytes:
    return number(count) + number(len(data)) + data + SYNC


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz"])
def test_what_another_library_writes_is_read(codec: str) -> None:
    file = io.BytesIO()
    records = [{"x": f"record {n}"} for n in range(500)]
    fastavro.writer(file, fastavro.parse_schema(SCHEMA), records, codec, sync_interval=1000)
    file.seek(0)
    found = Container(file)
    blocks = [block for block in found.blocks() if not isinstance(block, Undecodable)]
    assert len(blocks) > 3
    assert sum(count for count, _ in blocks) == 500
    everything = b"".join(data for _, data in blocks)
    decode = avro_decoder(parse_avro(f'{{"type": "array", "items": {found.schema}}}'))
    assert decode(number(500) + everything + b"\x00", 0) == records


def packed_by(codec: str, data: bytes) -> bytes:
    match codec:
        case "deflate":
            return zlib.compress(data)[2:-4]
        case "snappy":
            return bytes(cramjam.snappy.compress_raw(data)) + zlib.crc32(data).to_bytes(4, "big")
        case "zstandard":
            return bytes(cramjam.zstd.compress(data))
        case "bzip2":
            return bz2.compress(data)
        case "xz":
            return lzma.compress(data)
    return data


@pytest.mark.parametrize("codec", list(CODECS))
def test_each_codec_is_bounded_and_knows_damage(codec: str) -> None:
    data = b"some text " * 100
    packed = packed_by(codec, data)
    header = {"avro_codec": codec.encode()}
    assert list(container(block(7, packed), **header).blocks()) == [(7, data)]
    if codec == "null":
        return
    bomb = packed_by(codec, bytes(40_000_000))
    assert len(bomb) < 2_000_000
    for broken in (bomb, packed[: len(packed) // 2], b"nonsense", b""):
        bad, good = container(block(7, broken) + block(7, packed), **header).blocks()
        assert "must be unpacked by the file's codec" in str(bad)
        assert good == (7, data)


@pytest.mark.parametrize(
    "damaged",
    [
        block(1, b"abc")[:-1],
        block(1, b"abc")[:-1] + b"x",
        b"\x02\x01" + SYNC,
        b"\x02" + b"\xff" * 20,
        b"\x02" + number(2**40),
        b"\x02" + number(30_000_000) + b"abc",
        block(9, b"abc"),
        b"\x02" + number(4) + b"abc" + SYNC,
    ],
)
def test_a_damaged_block_costs_no_other(damaged: bytes) -> None:
    good = block(5, b"12345")
    found = list(container(good + damaged).blocks())
    assert found[0] == (5, b"12345")
    assert isinstance(found[1], Undecodable)
    assert len(found) == 2
    found = list(container(good + damaged + SYNC + good + good).blocks())
    assert [each for each in found if not isinstance(each, Undecodable)] == [(5, b"12345")] * 3
    assert 1 <= len(found) - 3 <= 2


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"avro_codec": b"lzo"}, "must be packed by one of null, deflate, .*; found 'lzo'"),
        ({"avro_schema": b"\xff"}, "must have its schema"),
    ],
)
def test_a_header_that_cannot_be_used(header: dict[str, Any], said: str) -> None:
    with pytest.raises(DamagedContainer, match=said):
        container(b"", **header)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_file_or_none(data: bytes) -> None:
    with pytest.raises(DamagedContainer):
        Container(io.BytesIO(HEADER + data))
    with pytest.raises(DamagedContainer):
        Container(io.BytesIO(data))
