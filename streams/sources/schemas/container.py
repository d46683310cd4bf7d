"""Avro's files: a header with the schema, then blocks of records, perhaps compressed.

The header and each block end in the same 16 bytes. Whatever a file says, a block takes a bounded
amount of memory, packed and unpacked.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from streams.sources.rejects import Undecodable
from streams.sources.schemas.avro import read_number
from streams.sources.schemas.limits import LARGEST_SCHEMA

MAGIC = b"Obj\x01"
LARGEST_BLOCK = 33_554_432
"""Bytes of a block, as stored and unpacked."""

_SYNC = 16
_MOST_ENTRIES = 1_000
_CHUNK = 1 << 18
_XZ_MEMORY = 134_217_728


class DamagedContainer(Exception):
    """A file is no Avro file, or its codec is not known; the text says which."""


class Readable(Protocol):
    """A file's bytes, from its beginning."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes; fewer at the end."""


class Container:
    """An open file of Avro, to be read once.

    Attributes
    ----------
    schema
        The text of its schema.

    Raises
    ------
    DamagedContainer
        Where it is none.
    """

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._data, self._at = bytearray(), 0
        try:
            header = self._header()
            self._sync = self._take(_SYNC)
        except IndexError:
            raise DamagedContainer("must be whole; its header breaks off") from None
        try:
            self.schema = header["avro.schema"].decode()
            codec = header.get("avro.codec", b"null").decode()
        except (KeyError, UnicodeDecodeError):
            raise DamagedContainer("must have its schema in its header; found none") from None
        if codec not in CODECS:
            known = ", ".join(CODECS)
            raise DamagedContainer(
                f"must be packed by one of {known}; found {codec[:40]!r}: write it anew"
            )
        self._unpack = CODECS[codec]

    def blocks(self) -> Iterator[tuple[int, bytes] | Undecodable]:
        """Yield how many records each block has, and their bytes; or what is wrong with it.

        Behind a damaged block the file goes on where its 16 bytes are found next.
        """
        while self._has(1):
            begin = self._at
            try:
                count, size = self._number(), self._number()
                whole = 0 <= size <= LARGEST_BLOCK and self._ends(size)
            except IndexError:
                whole = False
            if whole:
                yield self._block(count, self._take(size + _SYNC)[:-_SYNC])
            else:
                self._at = begin
                self._seek()
                yield Undecodable("not_avro", "a block must be whole; found one that is not")

    def _block(self, count: int, packed: bytes) -> tuple[int, bytes] | Undecodable:
        try:
            data = self._unpack(packed)
        except Exception:  # each codec has errors of its own
            return Undecodable(
                "not_avro",
                f"a block must have at most {LARGEST_BLOCK} bytes and must be unpacked by the"
                " file's codec; found another",
            )
        if not 0 <= count <= len(data):
            return Undecodable("not_avro", "a block must have a byte a record; found fewer")
        return count, data

    def _header(self) -> Mapping[str, bytes]:
        if self._take(len(MAGIC)) != MAGIC:
            raise DamagedContainer("must be an Avro file, which begins with Obj and a byte 1")
        out: dict[str, bytes] = {}
        while (count := self._number()) != 0:
            if count < 0:
                count, _ = -count, self._number()
            if len(out) + count > _MOST_ENTRIES:
                raise DamagedContainer(f"must have at most {_MOST_ENTRIES} entries in its header")
            for _ in range(count):
                name = self._octets().decode("utf-8", "replace")
                out[name] = self._octets()
        return out

    def _octets(self) -> bytes:
        size = self._number()
        if not 0 <= size <= LARGEST_SCHEMA:
            raise DamagedContainer(f"must have a header of texts up to {LARGEST_SCHEMA} bytes")
        return self._take(size)

    def _number(self) -> int:
        self._has(10)
        try:
            number, self._at = read_number(self._data, self._at)
        except Undecodable:
            raise IndexError from None
        return number

    def _ends(self, size: int) -> bool:
        """Whether a block of this size ends as it must."""
        end = self._at + size
        return self._has(size + _SYNC) and self._data[end : end + _SYNC] == self._sync

    def _seek(self) -> None:
        """Go on behind the next 16 bytes that end a block, or to the end."""
        while (found := self._data.find(self._sync, self._at)) < 0:
            self._at = max(len(self._data) - _SYNC + 1, self._at)
            if not self._more():
                self._at = len(self._data)
                return
        self._at = found + _SYNC

    def _take(self, size: int) -> bytes:
        if not self._has(size):
            raise IndexError
        self._at += size
        return bytes(self._data[self._at - size : self._at])

    def _has(self, size: int) -> bool:
        """Whether there are so many more bytes."""
        while len(self._data) - self._at < size:
            if not self._more():
                return False
        return True

    def _more(self) -> bool:
        if self._at > _CHUNK:
            del self._data[: self._at]
            self._at = 0
        added = self._file.read(_CHUNK)
        self._data += added
        return len(added) > 0


def _within(unpacker: Any, packed: bytes) -> bytes:
    """Unpack by one of the standard library's decompressors, no further than a block may be."""
    data = bytes(unpacker.decompress(packed, LARGEST_BLOCK + 1))
    if not unpacker.eof or len(data) > LARGEST_BLOCK:
        raise ValueError("the block breaks off, or is too large")
    return data


def _snappy(packed: bytes) -> bytes:
    import cramjam

    plain, checksum = packed[:-4], packed[-4:]
    # Snappy says first how long it is unpacked.
    size = sum((byte & 0x7F) << (7 * at) for at, byte in enumerate(_number_bytes(plain)))
    if size > LARGEST_BLOCK:
        raise ValueError("the block is too large")
    data = bytes(cramjam.snappy.decompress_raw(plain))
    if zlib.crc32(data).to_bytes(4, "big") != checksum:
        raise ValueError("the block is damaged")
    return data


def _number_bytes(data: bytes) -> Iterator[int]:
    for byte in data[:5]:
        yield byte
        if byte < 0x80:
            return


def _zstandard(packed: bytes) -> bytes:
    import cramjam

    room = bytearray(min(LARGEST_BLOCK, max(65_536, 64 * len(packed))))
    try:
        size = cramjam.zstd.decompress_into(packed, room)
    except cramjam.DecompressionError:
        room = bytearray(LARGEST_BLOCK)
        size = cramjam.zstd.decompress_into(packed, room)
    return bytes(room[:size])


CODECS: Mapping[str, Callable[[bytes], bytes]] = {
    "null": bytes,
    "deflate": lambda packed: _within(zlib.decompressobj(wbits=-15), packed),
    "snappy": _snappy,
    "zstandard": _zstandard,
    "bzip2": lambda packed: _within(bz2.BZ2Decompressor(), packed),
    "xz": lambda packed: _within(lzma.LZMADecompressor(memlimit=_XZ_MEMORY), packed),
}
"""How the bytes of a block are unpacked, by the codec's name."""
